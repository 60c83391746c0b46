// Polynomials, and the layout of a float, for the elementary functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace rondo::ir::elementary::detail {

/// What the functions need to know about a machine's float type (IEEE 754 binary32 or binary64).
template <class M>
struct Layout {
  static constexpr int mantissa_bits = M::is_double ? 52 : 23;
  static constexpr int bias = M::is_double ? 1023 : 127;
  static constexpr int64_t one = static_cast<int64_t>(bias) << mantissa_bits;
  static constexpr int64_t exponent_and_sign = ~((int64_t{1} << mantissa_bits) - 1);
  static constexpr int64_t sign = M::is_double ? INT64_MIN : INT32_MIN;
  static constexpr double smallest_normal = M::is_double ? 0x1p-1022 : 0x1p-126;
  /// Adding it rounds a value to an integer (to even), which then stands in the sum's low bits: 3/2 * 2^52.
  static constexpr double rounder = M::is_double ? 0x1.8p52 : 0x1.8p23;
};

/// x held to [low, high]; NaN stays NaN, -0 stays -0.
template <class M>
typename M::F clamp(const M& m, typename M::F x, double low, double high) {
  const auto bottom = m.constant(low);
  const auto top = m.constant(high);
  const auto raised = m.select(m.lt(x, bottom), bottom, x);
  return m.select(m.gt(raised, top), top, raised);
}

/// sum of c[i] x^i by Estrin's scheme (G. Estrin, 1960): neighbours are joined pairwise, so that the chain of
/// dependent operations grows with log2 of the degree; it costs log2 of the degree multiplications more than
/// Horner's.
template <class M, size_t Count>
typename M::F polynomial(const M& m, typename M::F x, const std::array<double, Count>& c) {
  using F = typename M::F;
  std::array<F, Count> terms;
  for (size_t i = 0; i < Count; ++i) terms[i] = m.constant(c[i]);
  F power = x;
  for (size_t live = Count; live > 1; live = (live + 1) / 2) {
    if (live != Count) power = m.mul(power, power);
    for (size_t i = 0; i < live / 2; ++i) terms[i] = m.fma(terms[2 * i + 1], power, terms[2 * i]);
    if (live % 2 == 1) terms[live / 2] = terms[live - 1];
  }
  return terms[0];
}

/// The same with c[0] added last, on its own: about half an ulp less error where c[0] is the largest term.
template <class M, size_t Count>
typename M::F rounded_once(const M& m, typename M::F x, const std::array<double, Count>& c) {
  std::array<double, Count - 1> rest;
  for (size_t i = 1; i < Count; ++i) rest[i - 1] = c[i];
  return m.fma(x, polynomial(m, x, rest), m.constant(c[0]));
}

/// c x + x P(x^2) / Q(x^2) with x held to [-limit, limit]. For a function that tends to 1, and c near
/// 1/limit, the quotient fades out towards the limit and its rounding errors with it. Odd, so -0 stays;
/// subnormals are kept.
template <class M, size_t Upper, size_t Lower>
typename M::F odd_rational(const M& m, typename M::F x, double limit, double c,
                           const std::array<double, Upper>& p, const std::array<double, Lower>& q) {
  const auto held = clamp(m, x, -limit, limit);
  const auto square = m.mul(held, held);
  const auto over = m.mul(held, rounded_once(m, square, p));
  const auto quotient = m.div(over, rounded_once(m, square, q));
  return m.fma(held, m.constant(c), quotient);
}

}  // namespace rondo::ir::elementary::detail
