// The functions of the language for those who build cells by calls instead of text.
#pragma once

#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/graph_builder.h"

namespace rondo::builder {

/// An argument as numpy and the text language write it: a tensor (or a number that takes the type it meets),
/// several of them, an integer, a list of integers, a number, or true and false.
struct Argument {
  std::string_view name = {};  ///< empty: by position
  std::variant<ir::Value, std::vector<ir::Value>, int64_t, std::vector<int64_t>, double, bool> value;
};

/// Calls a function of the language (frontend/text/functions.h) by its name, as `softmax(x, axis=-1)` does:
/// operators are there as `add`, `matmul`, `less` and so on. Every mistake is reported to the builder, at its
/// location; then there is one value, which is nothing.
std::vector<ir::Value> call_function(ir::GraphBuilder& builder, std::string_view function,
                                     std::span<const Argument> arguments);

}  // namespace rondo::builder
