// sin and cos: |x| = (n + t) quarter turns, n an integer, |t| about 1/2; then a polynomial of r = t pi/2.
//
// f32 runs in f64 inside. |x| = 2^e w with w < 2^24, and a table has 2^e 2/pi modulo 4 in three parts, so the
// reduction is good for every float (the idea is that of M. Payne and R. Hanek, 1983). e = 0 serves all |x|
// below 2^24.
//
// f64 takes n pi/2 off in three parts (Cody and Waite, 1980). Up to |x| = 2^20 the result is right to a few
// ulp, also beside the zeros. From there to 2^51 the absolute error is what stays small: 2^-52 up to 2^33,
// then about |x| 2^-86. Past 2^51 the result means nothing, but lies in [-1, 1].
//
// Greatest error: f32 0.51 ulp (all inputs), f64 1.56 ulp (samples to |x| = 2^20).
#pragma once

#include "ir/elementary/coefficients.h"
#include "ir/elementary/polynomial.h"
#include "ir/elementary/quarter_turns.h"

namespace rondo::ir::elementary {

namespace detail {

/// |x| = (n + t) quarter turns, r = t pi/2. `turns` has n modulo 4 in its low two bits.
template <class M>
struct Quadrant {
  typename M::F r;
  typename M::I turns;
};

/// For x = |x| that came from a float; infinity gives NaN.
template <class W>
Quadrant<W> reduce_float_angle(const W& w, typename W::F x) {
  const auto zero = w.integer(0);
  const auto last = w.integer(104);  // infinity and NaN land there too
  const auto power = w.isub(w.lshr(w.bits(x), 52), w.integer(1023 + 23));
  const auto raised = w.select_int(w.int_lt(power, zero), zero, power);
  const auto e = w.select_int(w.int_lt(last, raised), last, raised);
  const auto scale = w.from_bits(w.shl(w.isub(w.integer(1023), e), 52));
  const auto digits = w.mul(x, scale);
  const auto rounder = w.constant(Layout<W>::rounder);
  const auto high = w.mul(digits, w.lookup(coefficients::quarter_turns_high, e));  // exact: 24 + 29 bits
  const auto shifted = w.add(high, rounder);
  const auto fraction = w.sub(high, w.sub(shifted, rounder));
  const auto middle = w.fma(digits, w.lookup(coefficients::quarter_turns_middle, e), fraction);
  const auto t = w.fma(digits, w.lookup(coefficients::quarter_turns_low, e), middle);
  return {w.mul(t, w.constant(0x1.921fb54442d18p+0)), w.bits(shifted)};
}

template <class M>
Quadrant<M> reduce_double_angle(const M& m, typename M::F x) {
  const auto rounder = m.constant(Layout<M>::rounder);
  const auto shifted = m.fma(x, m.constant(0x1.45f306dc9c883p-1), rounder);
  const auto n = m.neg(m.sub(shifted, rounder));
  const auto high = m.fma(n, m.constant(0x1.921fb544p+0), x);  // 33 bits of pi/2: exact for |n| < 2^20
  const auto middle = m.mul(n, m.constant(0x1.0b4611a6p-34));  // the next 33, likewise
  const auto sum = m.add(high, middle);                        // two-sum (D. E. Knuth): sum + lost is exact
  const auto part = m.sub(sum, high);
  const auto lost = m.add(m.sub(high, m.sub(sum, part)), m.sub(middle, part));
  const auto r = m.add(sum, m.fma(n, m.constant(0x1.3198a2e037073p-69), lost));
  return {clamp(m, r, -1.5, 1.5), m.bits(shifted)};
}

/// sin(x + quarters * pi/2), given x = |x| reduced; and the sign bit `sign` flips the result.
template <class M, size_t Sin, size_t Cos>
typename M::F sine_of(const M& m, const Quadrant<M>& angle, int64_t quarters, typename M::I sign,
                      const std::array<double, Sin>& sin_table, const std::array<double, Cos>& cos_table) {
  const auto r = angle.r;
  const auto square = m.mul(r, r);
  const auto sine = m.fma(m.mul(square, r), polynomial(m, square, sin_table), r);
  const auto half = m.fma(square, m.constant(-0.5), m.constant(1));
  const auto cosine = m.fma(m.mul(square, square), polynomial(m, square, cos_table), half);
  const auto turns = m.iadd(angle.turns, m.integer(quarters));
  const auto odd = m.int_eq(m.iand(turns, m.integer(1)), m.integer(1));
  const auto value = m.select(odd, cosine, sine);
  const auto flip = m.shl(m.iand(turns, m.integer(2)), 62);
  return m.from_bits(m.ixor(m.bits(value), m.ixor(flip, sign)));
}

template <class M>
typename M::F sine_or_cosine(const M& m, typename M::F x, bool cosine) {
  const int64_t quarters = cosine ? 1 : 0;
  if constexpr (M::is_double) {
    const auto sign = m.iand(m.bits(x), m.integer(cosine ? 0 : Layout<M>::sign));
    const auto angle = reduce_double_angle(m, m.abs(x));
    return sine_of(m, angle, quarters, sign, coefficients::sin_f64, coefficients::cos_f64);
  } else {
    const auto w = m.wide();
    using W = std::remove_const_t<decltype(w)>;
    const auto wide = m.widen(x);
    const auto sign = w.iand(w.bits(wide), w.integer(cosine ? 0 : Layout<W>::sign));
    const auto angle = reduce_float_angle(w, w.abs(wide));
    return m.narrow(sine_of(w, angle, quarters, sign, coefficients::sin_f32, coefficients::cos_f32));
  }
}

}  // namespace detail

template <class M>
typename M::F sin(const M& m, typename M::F x) {
  return detail::sine_or_cosine(m, x, false);
}

template <class M>
typename M::F cos(const M& m, typename M::F x) {
  return detail::sine_or_cosine(m, x, true);
}

}  // namespace rondo::ir::elementary
