// log(x) = k ln 2 + log(1 + f), x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2).
//
// f32: log(1 + f) = f - f^2/2 + f^3 q(f).
//
// f64: log(1 + f) = 2 atanh(s), s = f / (2 + f). As 2s = f - s f, that is f - s (f - R), R = 2 atanh(s)/s
// - 2.
//
// Greatest error: f32 0.90 ulp (all inputs), f64 0.81 ulp (samples).
#pragma once

#include <limits>

#include "ir/elementary/coefficients.h"
#include "ir/elementary/polynomial.h"

namespace rondo::ir::elementary {

namespace detail {

/// x = 2^k (1 + f); only for positive finite x, subnormals included. f is exact.
template <class M>
struct SplitFloat {
  typename M::F k, f;
};

template <class M>
SplitFloat<M> split_float(const M& m, typename M::F x) {
  using L = Layout<M>;
  constexpr int64_t root_half = M::is_double ? 0x3fe6a09e667f3bcd : 0x3f3504f3;  // the bits of sqrt(1/2)
  const auto tiny = m.lt(x, m.constant(L::smallest_normal));
  const auto raised = m.mul(x, m.constant(M::is_double ? 0x1p64 : 0x1p32));
  const auto bits = m.bits(m.select(tiny, raised, x));
  const auto power = m.ashr(m.isub(bits, m.integer(root_half)), L::mantissa_bits);
  const auto f = m.sub(m.from_bits(m.isub(bits, m.shl(power, L::mantissa_bits))), m.constant(1));
  // k to a float: set into the low bits of the rounder, which is then taken off, with the tiny ones' 2^64 or
  // 2^32.
  const auto rounder = m.constant(L::rounder);
  const auto sum = m.from_bits(m.iadd(m.bits(rounder), power));
  const auto offset = m.select(tiny, m.constant(L::rounder + (M::is_double ? 64 : 32)), rounder);
  return {m.sub(sum, offset), f};
}

/// `value` for positive finite x; else what C says: log(inf) = inf, log(+-0) = -inf, NaN below 0.
template <class M>
typename M::F log_special(const M& m, typename M::F x, typename M::F value) {
  const auto infinity = m.constant(std::numeric_limits<double>::infinity());
  const auto zero = m.constant(0);
  const auto finite = m.select(m.lt(x, infinity), value, x);  // NaN is not less
  const auto real = m.select(m.lt(x, zero), m.constant(std::numeric_limits<double>::quiet_NaN()), finite);
  return m.select(m.eq(x, zero), m.neg(infinity), real);
}

}  // namespace detail

template <class M>
typename M::F log(const M& m, typename M::F x) {
  // The first part of ln 2 has so few bits that k times it is exact.
  constexpr double ln2_high = M::is_double ? 0x1.62e42fefa4p-1 : 0x1.62e4p-1;
  constexpr double ln2_low = M::is_double ? -0x1.8432a1b0e2634p-43 : 0x1.7f7d1cf79abcap-20;
  const auto [k, f] = detail::split_float(m, x);
  const auto low = m.mul(k, m.constant(ln2_low));
  typename M::F small;  // log(1 + f) + k ln2_low
  if constexpr (M::is_double) {
    const auto s = m.div(f, m.add(m.constant(2), f));
    const auto square = m.mul(s, s);
    const auto q = detail::polynomial(m, square, coefficients::log_f64);
    const auto r = m.mul(square, m.fma(square, q, m.constant(0x1.5555555555555p-1)));
    small = m.add(f, m.fma(m.neg(s), m.sub(f, r), low));
  } else {
    const auto square = m.mul(f, f);
    const auto q = detail::polynomial(m, f, coefficients::log_f32);
    const auto cubic = m.fma(m.mul(square, f), q, low);
    small = m.add(f, m.fma(square, m.constant(-0.5), cubic));
  }
  return detail::log_special(m, x, m.fma(k, m.constant(ln2_high), small));
}

}  // namespace rondo::ir::elementary
