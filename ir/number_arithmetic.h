// Arithmetic on bare numbers of a program, before they meet an element type: `2 * 3`, `1 / 3`, `-1e-3`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/step_graph.h"

namespace rondo::ir {

/// The value as an element of `dtype`: floats are rounded to it, integers must be whole and in range,
/// booleans 0 or 1.
std::optional<LiteralValue> convert_number(const LiteralValue& value, DType dtype);

/// `op` on numbers, in double precision, or exactly where all are whole and so is the result. Nothing for
/// operations on which numbers are better left as they are (comparisons, logic, functions).
std::optional<LiteralValue> fold_numbers(Op op, const std::vector<LiteralValue>& numbers);

/// Shortest text that reads back as the same value: "1", "0.1", "1e-09", "inf", "-inf", "nan".
std::string to_text(const LiteralValue& value);

}  // namespace rondo::ir
