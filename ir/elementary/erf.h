// erf(x) = c x + x P(x^2) / Q(x^2), minimax on the whole range where erf is not yet 1. f32 runs in f64
// inside, with fewer terms.
//
// Greatest error: f32 0.84 ulp (all inputs), f64 3.64 ulp (samples).
#pragma once

#include "ir/elementary/coefficients.h"
#include "ir/elementary/polynomial.h"

namespace rondo::ir::elementary {

template <class M>
typename M::F erf(const M& m, typename M::F x) {
  if constexpr (M::is_double) {
    return detail::odd_rational(m, x, 5.9375, coefficients::erf_f64_slope, coefficients::erf_f64_upper,
                                coefficients::erf_f64_lower);
  } else {
    const auto w = m.wide();
    return m.narrow(detail::odd_rational(w, m.widen(x), 3.93, coefficients::erf_f32_slope,
                                         coefficients::erf_f32_upper, coefficients::erf_f32_lower));
  }
}

}  // namespace rondo::ir::elementary
