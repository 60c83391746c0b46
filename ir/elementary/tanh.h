// f32: tanh(x) = x/8 + x P(x^2) / Q(x^2), minimax on the whole range where tanh is not yet 1 in f32.
//
// f64: tanh|x| = d / (d + 2), d = exp(2|x|) - 1 = 2^n (exp(r) - 1) + (2^n - 1), where nothing cancels near 0.
//
// Greatest error: f32 3.74 ulp (all inputs), f64 2.49 ulp (samples).
#pragma once

#include "ir/elementary/exp.h"

namespace rondo::ir::elementary {

template <class M>
typename M::F tanh(const M& m, typename M::F x) {
  using L = detail::Layout<M>;
  if constexpr (!M::is_double) {
    return detail::odd_rational(m, x, 9.03125, coefficients::tanh_f32_slope, coefficients::tanh_f32_upper,
                                coefficients::tanh_f32_lower);
  } else {
    const auto size = m.abs(x);
    const auto most = m.constant(22);
    const auto held = m.select(m.gt(size, most), most, size);
    const auto twice = m.add(held, held);
    const auto reduced = detail::reduce_exp(m, twice, 0);
    const auto power = m.from_bits(m.iadd(m.shl(reduced.power, L::mantissa_bits), m.integer(L::one)));
    const auto d = m.fma(power, reduced.p_less_one, m.sub(power, m.constant(1)));
    const auto result = m.div(d, m.add(d, m.constant(2)));
    const auto sign = m.iand(m.bits(x), m.integer(L::sign));
    return m.from_bits(m.ior(m.bits(result), sign));
  }
}

}  // namespace rondo::ir::elementary
