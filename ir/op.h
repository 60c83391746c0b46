// The operations of a step graph, expanded from ops.def.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rondo::ir {

enum class Op : uint8_t {
#define RONDO_OP(name, text, operands, category) name,
#include "ir/ops.def"
#undef RONDO_OP
};

enum class OpCategory : uint8_t {
  Leaf,
  Unary,
  Binary,
  Compare,
  Logic,
  Select,
  Cast,
  Contraction,
  Reduction,
  Movement
};

/// The function's name in the text language: "tanh", "where", "take".
std::string_view name_of(Op op);
std::optional<Op> op_from_name(std::string_view name);

/// Number of operands; -1 where it varies.
int operand_count(Op op);
OpCategory category_of(Op op);

/// Whether each element of the result depends on the matching element of each (broadcast) operand alone.
bool is_elementwise(Op op);

}  // namespace rondo::ir
