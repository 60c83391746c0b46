// From an operation of the step graph to its elementary function, on any machine.
#pragma once

#include <span>

#include "ir/diagnostics.h"
#include "ir/elementary/elementary.h"
#include "ir/op.h"

namespace rondo::ir::elementary {

/// The result of a function of floats: Exp, Log, Tanh, Sigmoid and their fast forms, Sqrt, Sin, Cos, Erf,
/// Floor of one operand, Power of two.
template <class M>
typename M::F apply(const M& m, Op op, std::span<const typename M::F> x) {
  switch (op) {
    case Op::Exp:
      return exp(m, x[0]);
    case Op::Log:
      return log(m, x[0]);
    case Op::Tanh:
      return tanh(m, x[0]);
    case Op::Sigmoid:
      return sigmoid(m, x[0]);
    case Op::TanhFast:
      return tanh_fast(m, x[0]);
    case Op::SigmoidFast:
      return sigmoid_fast(m, x[0]);
    case Op::Sqrt:
      return m.sqrt(x[0]);
    case Op::Sin:
      return sin(m, x[0]);
    case Op::Cos:
      return cos(m, x[0]);
    case Op::Erf:
      return erf(m, x[0]);
    case Op::Floor:
      return m.floor(x[0]);
    case Op::Power:
      return pow(m, x[0], x[1]);
    default:
      RONDO_CHECK(false, "not a function of floats");
  }
}

}  // namespace rondo::ir::elementary
