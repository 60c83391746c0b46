// One number of any element type, and what each element-wise operation does to it: the scalar meaning of the
// ops, shared by both interpreters and by constant folding.
#pragma once

#include <cstddef>
#include <span>

#include "ir/op.h"
#include "ir/step_graph.h"
#include "ir/type.h"

namespace rondo::ir {

struct Element {
  DType dtype = DType::F32;
  union {
    float f32;
    double f64;
    int32_t i32;
    int64_t i64;
    bool boolean;
  };

  Element() : f64(0) {}
  explicit Element(float value) : dtype(DType::F32), f32(value) {}
  explicit Element(double value) : dtype(DType::F64), f64(value) {}
  explicit Element(int32_t value) : dtype(DType::I32), i32(value) {}
  explicit Element(int64_t value) : dtype(DType::I64), i64(value) {}
  explicit Element(bool value) : dtype(DType::Bool), boolean(value) {}

  /// The value of a literal of the given type.
  static Element of(const LiteralValue& value, DType dtype);
  LiteralValue to_literal() const;

  static Element load(DType dtype, const std::byte* from);
  void store(std::byte* to) const;
};

/// Any element-wise operation on matching operands; `result` is the element type of the result (it matters to
/// Cast).
Element evaluate(Op op, DType result, std::span<const Element> operands);

/// a * b + c, rounded once; floats.
Element fused_multiply_add(const Element& a, const Element& b, const Element& c);

/// The element that a reduction starts with: leaves any other unchanged. For Sum -0, as -0 + -0 = -0.
Element neutral_element(Op reduction, DType dtype);

/// The result of Sum (0) or Product (1) over no element at all. Not the neutral element: a sum of nothing is
/// +0.
Element reduction_of_nothing(Op reduction, DType dtype);

/// The operation that joins two elements of a reduction: Add, Multiply, Maximum or Minimum.
Op joining_op(Op reduction);

}  // namespace rondo::ir
