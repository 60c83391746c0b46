// Functions that make tensors of nothing but numbers and files: what expressions of a session have beside the
// functions of the language.
#pragma once

#include <optional>
#include <span>

#include "frontend/text/functions.h"
#include "ir/tensor.h"

namespace rondo::repl {

/// Bytes of the largest tensor that is made, and of all values of an expression together.
inline constexpr int64_t max_tensor_bytes = int64_t{1} << 30;

/// In the order in which the documentation shows them.
std::span<const text::Function> source_functions();

/// Calls one of them. Nothing, and a diagnostic, where a file cannot be read or memory would not hold it.
std::optional<ir::Tensor> make_tensor(const text::Function& function, const text::Arguments& arguments,
                                      const ir::Location& where, ir::Diagnostics& diagnostics);

}  // namespace rondo::repl
