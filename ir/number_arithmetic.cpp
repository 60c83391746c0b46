#include "ir/number_arithmetic.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace rondo::ir {

std::optional<LiteralValue> convert_number(const LiteralValue& value, DType dtype) {
  switch (dtype) {
    case DType::F32:
      return LiteralValue{static_cast<double>(static_cast<float>(value.as_double()))};
    case DType::F64:
      return LiteralValue{value.as_double()};
    case DType::I32:
    case DType::I64:
    case DType::Bool:
      break;
  }
  int64_t whole = 0;
  if (const auto* integer = std::get_if<int64_t>(&value.value)) {
    whole = *integer;
  } else {
    const double real = std::get<double>(value.value);
    if (!(real >= -0x1p63 && real < 0x1p63) || std::floor(real) != real) return std::nullopt;
    whole = static_cast<int64_t>(real);
  }
  const bool fits =
      dtype == DType::I64 || (dtype == DType::Bool ? whole == 0 || whole == 1
                                                   : whole >= std::numeric_limits<int32_t>::min() &&
                                                         whole <= std::numeric_limits<int32_t>::max());
  if (!fits) return std::nullopt;
  return LiteralValue{whole};
}

namespace {

std::optional<int64_t> fold_whole(Op op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool overflow = true;
  if (op == Op::Add) overflow = __builtin_add_overflow(a, b, &result);
  if (op == Op::Subtract) overflow = __builtin_sub_overflow(a, b, &result);
  if (op == Op::Multiply) overflow = __builtin_mul_overflow(a, b, &result);
  if (overflow) return std::nullopt;
  return result;
}

std::optional<double> fold_real(Op op, double a, double b) {
  if (op == Op::Add) return a + b;
  if (op == Op::Subtract) return a - b;
  if (op == Op::Multiply) return a * b;
  if (op == Op::Divide) return a / b;
  if (op == Op::Power) return std::pow(a, b);
  return std::nullopt;
}

}  // namespace

std::optional<LiteralValue> fold_numbers(Op op, const std::vector<LiteralValue>& numbers) {
  if (op == Op::Negate) {
    const auto* whole = std::get_if<int64_t>(&numbers[0].value);
    if (whole && *whole != 0 && *whole != std::numeric_limits<int64_t>::min()) return LiteralValue{-*whole};
    return LiteralValue{-numbers[0].as_double()};  // -0 is a float
  }
  if (numbers.size() != 2) return std::nullopt;
  const auto* a = std::get_if<int64_t>(&numbers[0].value);
  const auto* b = std::get_if<int64_t>(&numbers[1].value);
  if (a && b)
    if (const std::optional<int64_t> whole = fold_whole(op, *a, *b)) return LiteralValue{*whole};
  const std::optional<double> real = fold_real(op, numbers[0].as_double(), numbers[1].as_double());
  if (!real) return std::nullopt;
  return LiteralValue{*real};
}

std::string to_text(const LiteralValue& value) {
  if (const auto* whole = std::get_if<int64_t>(&value.value)) return fmt::format("{}", *whole);
  const double real = std::get<double>(value.value);
  if (std::isnan(real)) return "nan";
  if (std::isinf(real)) return real > 0 ? "inf" : "-inf";
  return fmt::format("{}", real);
}

}  // namespace rondo::ir
