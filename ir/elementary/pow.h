// pow(x, y) = exp(y log|x|), with the special cases of C (C11, F.10.4.4).
//
// f32 runs in f64 inside. f64 has log|x| as a sum of two doubles: 2 atanh(s) with s and s^3 so, and k ln 2
// added. The steps on such sums are those of T. J. Dekker, 1971: the sum of a larger and a smaller term, and
// products by fma.
//
// Greatest error: f32 0.51 ulp, f64 1.61 ulp (samples of both).
#pragma once

#include "ir/elementary/exp.h"
#include "ir/elementary/log.h"

namespace rondo::ir::elementary {

namespace detail {

/// high + low, |low| at most half an ulp of high.
template <class M>
struct Pair {
  typename M::F high, low;
};

/// a + b + low for |a| >= |b| or a = 0, b's rounding error kept.
template <class M>
Pair<M> sum_of(const M& m, typename M::F a, typename M::F b, typename M::F low) {
  const auto sum = m.add(a, b);
  return {sum, m.add(m.sub(b, m.sub(sum, a)), low)};
}

/// log(x) to about 2^-65 of itself, for positive finite x.
template <class M>
Pair<M> log_pair(const M& m, typename M::F x) {
  const auto [k, f] = split_float(m, x);
  // s = f / (2 + f) = s_high + s_low.
  const auto two = m.constant(2);
  const auto below = sum_of(m, two, f, m.constant(0));
  const auto s = m.div(f, below.high);
  const auto left = m.fma(m.neg(s), below.low, m.fma(m.neg(s), below.high, f));
  const auto s_low = m.div(left, below.high);
  // w = s^2 and c = (2/3) s^3 = s w 2/3, as pairs.
  const auto w = m.mul(s, s);
  const auto w_low = m.fma(m.add(s, s), s_low, m.fma(s, s, m.neg(w)));
  const auto two_thirds = m.constant(0x1.5555555555555p-1);
  const auto v = m.mul(w, two_thirds);
  const auto v_low =
      m.fma(w_low, two_thirds, m.fma(w, m.constant(0x1.5555555555555p-55), m.fma(w, two_thirds, m.neg(v))));
  const auto c = m.mul(v, s);
  const auto c_low = m.fma(v, s_low, m.fma(v_low, s, m.fma(v, s, m.neg(c))));
  const auto quintic = m.mul(m.mul(m.mul(w, w), s), polynomial(m, w, coefficients::log_f64));
  // k ln 2 + 2s + c + quintic, from the largest down; k times the first part of ln 2 is exact.
  const auto k_high = m.mul(k, m.constant(0x1.62e42fefa4p-1));
  const auto k_low = m.mul(k, m.constant(-0x1.8432a1b0e2634p-43));
  const auto first = sum_of(m, k_high, m.add(s, s), m.constant(0));
  const auto second = sum_of(m, first.high, c, m.add(first.low, m.add(k_low, m.fma(two, s_low, c_low))));
  const auto all = sum_of(m, second.high, quintic, second.low);
  return sum_of(m, all.high, all.low, m.constant(0));
}

/// exp(y log x) for x >= 0, to f64 precision; NaN where the exponent is 0 * inf.
template <class M>
typename M::F precise_power(const M& m, typename M::F x, typename M::F y) {
  const auto log_x = log_pair(m, x);
  const auto log_high = log_special(m, x, log_x.high);
  const auto product = m.mul(y, log_high);
  const auto lost = m.fma(y, log_x.low, m.fma(y, log_x.high, m.neg(product)));
  const auto held = clamp(m, product, -746, 710);
  // Where the product leaves that range, or x or y is not finite, `lost` may be anything, and has no say.
  const auto low = m.select(m.eq(held, product), lost, m.constant(0));
  auto reduced = reduce_exp(m, held, 0);
  reduced.p = m.fma(reduced.p, low, reduced.p);
  return scale_exp(m, reduced, m.mul(held, m.constant(0)));
}

/// pow(x, y) on f64 lanes; `precise`: to f64 precision, otherwise to some 2^-43, plenty for f32.
template <bool precise, class M>
typename M::F power(const M& m, typename M::F x, typename M::F y) {
  const auto zero = m.constant(0);
  const auto one = m.constant(1);
  const auto size = m.abs(x);
  typename M::F value;
  if constexpr (precise) {
    value = precise_power(m, size, y);
  } else {
    value = exp(m, m.mul(y, log(m, size)));
  }
  // (+-1)^(+-inf) is 1; with y = NaN it stays NaN here.
  value = m.select(m.mask_and(m.eq(size, one), m.eq(y, y)), one, value);
  const auto half = m.mul(y, m.constant(0.5));
  const auto whole = m.eq(m.floor(y), y);  // infinity counts as an even integer
  const auto odd = m.mask_and(whole, m.mask_not(m.eq(m.floor(half), half)));
  const auto sign = m.iand(m.bits(x), m.integer(Layout<M>::sign));
  const auto signed_value = m.from_bits(m.ior(m.bits(value), sign));
  value = m.select(odd, signed_value, value);
  const auto infinity = m.constant(std::numeric_limits<double>::infinity());
  const auto finite_negative = m.mask_and(m.lt(x, zero), m.lt(size, infinity));
  const auto undefined = m.mask_and(finite_negative, m.mask_not(whole));
  value = m.select(undefined, m.constant(std::numeric_limits<double>::quiet_NaN()), value);
  return m.select(m.mask_or(m.eq(x, one), m.eq(y, zero)), one, value);
}

}  // namespace detail

template <class M>
typename M::F pow(const M& m, typename M::F x, typename M::F y) {
  if constexpr (M::is_double) {
    return detail::power<true>(m, x, y);
  } else {
    return m.narrow(detail::power<false>(m.wide(), m.widen(x), m.widen(y)));
  }
}

}  // namespace rondo::ir::elementary
