// exp(x) = 2^n exp(r), n = round(x / ln 2), r = x - n ln 2 (W. J. Cody and W. Waite, 1980), exp(r) a
// polynomial.
//
// Greatest error: f32 1.05 ulp (all inputs), f64 0.99 ulp (samples).
#pragma once

#include "ir/elementary/coefficients.h"
#include "ir/elementary/polynomial.h"

namespace rondo::ir::elementary {

namespace detail {

/// exp(x) as 2^n p, p in [0.7, 1.42], p - 1 known more precisely than p. `power` has n + shift in its low
/// bits; where x is NaN, so is p, but `power` is anything.
template <class M>
struct ReducedExp {
  typename M::F p, p_less_one;
  typename M::I power;
};

/// |n| must be below 2^11 (f64) or 2^8 (f32).
template <class M>
ReducedExp<M> reduce_exp(const M& m, typename M::F x, double shift) {
  // The first part of ln 2 has so few bits that n times it, and x less that, are exact.
  constexpr double ln2_high = M::is_double ? 0x1.62e42fefa4p-1 : 0x1.62e4p-1;
  constexpr double ln2_low = M::is_double ? -0x1.8432a1b0e2634p-43 : 0x1.7f7d1cf79abcap-20;
  const auto rounder = m.constant(Layout<M>::rounder + shift);
  const auto shifted = m.fma(x, m.constant(0x1.71547652b82fep+0), rounder);
  const auto n = m.sub(shifted, rounder);
  const auto high = m.fma(n, m.constant(-ln2_high), x);
  const auto r = m.fma(n, m.constant(-ln2_low), high);
  const auto square = m.mul(r, r);
  typename M::F q;
  if constexpr (M::is_double) {
    q = polynomial(m, r, coefficients::exp_f64);
  } else {
    q = polynomial(m, r, coefficients::exp_f32);
  }
  const auto rest = m.fma(square, q, r);
  return {m.add(m.constant(1), rest), rest, m.bits(shifted)};
}

/// 2^n p + nothing, where nothing is 0 or NaN. The power is applied in two halves: the first, onto the
/// exponent of p, is exact, so a subnormal result is rounded once, by the second.
template <class M>
typename M::F scale_exp(const M& m, const ReducedExp<M>& reduced, typename M::F nothing) {
  using L = Layout<M>;
  const auto n = m.shl(reduced.power, L::mantissa_bits);
  const auto half = m.iand(m.ashr(n, 1), m.integer(L::exponent_and_sign));
  const auto rest = m.iadd(m.isub(n, half), m.integer(L::one));
  const auto scaled = m.from_bits(m.iadd(m.bits(reduced.p), half));
  return m.fma(scaled, m.from_bits(rest), nothing);
}

}  // namespace detail

template <class M>
typename M::F exp(const M& m, typename M::F x) {
  // Beyond these the result is 0 or infinity.
  const auto held = detail::clamp(m, x, M::is_double ? -746 : -104, M::is_double ? 710 : 89);
  const auto reduced = detail::reduce_exp(m, held, 0);
  const auto nothing = m.mul(held, m.constant(0));  // carries NaN past the integer operations
  return detail::scale_exp(m, reduced, nothing);
}

}  // namespace rondo::ir::elementary
