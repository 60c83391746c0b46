#include "ir/element.h"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "ir/elementary/apply.h"

namespace rondo::ir {

Element Element::of(const LiteralValue& value, DType dtype) {
  switch (dtype) {
    case DType::F32:
      return Element(static_cast<float>(value.as_double()));
    case DType::F64:
      return Element(value.as_double());
    case DType::I32:
      return Element(static_cast<int32_t>(value.as_integer()));
    case DType::I64:
      return Element(value.as_integer());
    case DType::Bool:
      return Element(value.as_integer() != 0);
  }
  __builtin_unreachable();
}

LiteralValue Element::to_literal() const {
  switch (dtype) {
    case DType::F32:
      return {static_cast<double>(f32)};
    case DType::F64:
      return {f64};
    case DType::I32:
      return {int64_t{i32}};
    case DType::I64:
      return {i64};
    case DType::Bool:
      return {int64_t{boolean}};
  }
  __builtin_unreachable();
}

Element Element::load(DType dtype, const std::byte* from) {
  Element result;
  result.dtype = dtype;
  if (dtype == DType::Bool)
    result.boolean = *from != std::byte{0};
  else
    std::memcpy(&result.f64, from, static_cast<size_t>(size_of(dtype)));
  return result;
}

void Element::store(std::byte* to) const {
  if (dtype == DType::Bool)
    *to = static_cast<std::byte>(boolean ? 1 : 0);
  else
    std::memcpy(to, &f64, static_cast<size_t>(size_of(dtype)));
}

namespace {

template <class T>
T get(const Element& e) {
  if constexpr (std::is_same_v<T, float>) return e.f32;
  if constexpr (std::is_same_v<T, double>) return e.f64;
  if constexpr (std::is_same_v<T, int32_t>) return e.i32;
  if constexpr (std::is_same_v<T, int64_t>) return e.i64;
  if constexpr (std::is_same_v<T, bool>) return e.boolean;
}

// Integer arithmetic wraps: it is done on the unsigned type.
template <class T, class Body>
T wrapping(T a, T b, Body body) {
  if constexpr (std::is_integral_v<T>) {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(body(static_cast<U>(a), static_cast<U>(b)));
  } else {
    return body(a, b);
  }
}

template <class T>
T smaller(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a != a || b != b) return std::numeric_limits<T>::quiet_NaN();
    if (a == b) return std::signbit(a) ? a : b;
  }
  return a < b ? a : b;
}

template <class T>
T larger(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a != a || b != b) return std::numeric_limits<T>::quiet_NaN();
    if (a == b) return std::signbit(a) ? b : a;
  }
  return a > b ? a : b;
}

template <class T>
Element arithmetic(Op op, T a, T b) {
  switch (op) {
    case Op::Negate:
      if constexpr (std::is_floating_point_v<T>) return Element(-a);
      return Element(wrapping(T{0}, a, [](auto x, auto y) { return x - y; }));
    case Op::Absolute:
      if constexpr (std::is_floating_point_v<T>) return Element(std::fabs(a));
      return Element(a < 0 ? wrapping(T{0}, a, [](auto x, auto y) { return x - y; }) : a);
    case Op::Add:
      return Element(wrapping(a, b, [](auto x, auto y) { return x + y; }));
    case Op::Subtract:
      return Element(wrapping(a, b, [](auto x, auto y) { return x - y; }));
    case Op::Multiply:
      return Element(wrapping(a, b, [](auto x, auto y) { return x * y; }));
    case Op::Minimum:
      return Element(smaller(a, b));
    case Op::Maximum:
      return Element(larger(a, b));
    case Op::Less:
      return Element(a < b);
    case Op::LessEqual:
      return Element(a <= b);
    case Op::Greater:
      return Element(a > b);
    case Op::GreaterEqual:
      return Element(a >= b);
    case Op::Equal:
      return Element(a == b);
    case Op::NotEqual:
      return Element(a != b);
    case Op::Divide:
      if constexpr (std::is_floating_point_v<T>) return Element(a / b);
      break;
    default:
      if constexpr (std::is_floating_point_v<T>)
        return Element(
            elementary::apply(elementary::ScalarMachine<T>{}, op, std::span<const T>(std::array{a, b})));
  }
  RONDO_CHECK(false, "an operation that this element type does not have");
}

Element logic(Op op, bool a, bool b) {
  if (op == Op::And) return Element(a && b);
  if (op == Op::Or) return Element(a || b);
  if (op == Op::Not) return Element(!a);
  if (op == Op::Equal) return Element(a == b);
  RONDO_CHECK(op == Op::NotEqual, "an operation that booleans do not have");
  return Element(a != b);
}

template <class To, class From>
To cast_to(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From{0};
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    if (x != x) return 0;
    if (x <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    if (x >= static_cast<From>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return static_cast<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

// Calls `body` with the value of the element as its own C++ type.
template <class Body>
auto visit(const Element& e, Body&& body) {
  switch (e.dtype) {
    case DType::F32:
      return body(e.f32);
    case DType::F64:
      return body(e.f64);
    case DType::I32:
      return body(e.i32);
    case DType::I64:
      return body(e.i64);
    case DType::Bool:
      return body(e.boolean);
  }
  __builtin_unreachable();
}

Element cast(const Element& x, DType to) {
  return visit(x, [to](auto value) {
    switch (to) {
      case DType::F32:
        return Element(cast_to<float>(value));
      case DType::F64:
        return Element(cast_to<double>(value));
      case DType::I32:
        return Element(cast_to<int32_t>(value));
      case DType::I64:
        return Element(cast_to<int64_t>(value));
      case DType::Bool:
        return Element(cast_to<bool>(value));
    }
    __builtin_unreachable();
  });
}

}  // namespace

Element evaluate(Op op, DType result, std::span<const Element> operands) {
  if (op == Op::Cast) return cast(operands[0], result);
  if (op == Op::Select) return operands[0].boolean ? operands[1] : operands[2];
  const Element& a = operands[0];
  const Element& b = operands.size() > 1 ? operands[1] : operands[0];
  return visit(a, [&]<class T>(T value) {
    if constexpr (std::is_same_v<T, bool>) {
      return logic(op, value, b.boolean);
    } else {
      return arithmetic(op, value, get<T>(b));
    }
  });
}

Element fused_multiply_add(const Element& a, const Element& b, const Element& c) {
  if (a.dtype == DType::F64) return Element(std::fma(a.f64, b.f64, c.f64));
  return Element(std::fma(a.f32, b.f32, c.f32));
}

Element neutral_element(Op reduction, DType dtype) {
  const auto number = [dtype](double value) { return Element::of({value}, dtype); };
  const double infinity = std::numeric_limits<double>::infinity();
  const bool is_max = reduction == Op::Max;
  if (reduction == Op::Sum) return number(is_float(dtype) ? -0.0 : 0.0);
  if (reduction == Op::Product) return number(1);
  if (is_float(dtype)) return number(is_max ? -infinity : infinity);
  if (dtype == DType::I32)
    return Element(is_max ? std::numeric_limits<int32_t>::min() : std::numeric_limits<int32_t>::max());
  return Element(is_max ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max());
}

Element reduction_of_nothing(Op reduction, DType dtype) {
  RONDO_CHECK(reduction == Op::Sum || reduction == Op::Product, "a maximum or minimum of nothing");
  return Element::of({reduction == Op::Sum ? 0.0 : 1.0}, dtype);
}

Op joining_op(Op reduction) {
  if (reduction == Op::Sum) return Op::Add;
  if (reduction == Op::Product) return Op::Multiply;
  if (reduction == Op::Max) return Op::Maximum;
  RONDO_CHECK(reduction == Op::Min, "not a reduction");
  return Op::Minimum;
}

}  // namespace rondo::ir
