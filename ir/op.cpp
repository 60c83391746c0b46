#include "ir/op.h"

namespace rondo::ir {

namespace {

struct OpInfo {
  Op op;
  std::string_view name;
  int operands;
  OpCategory category;
};

constexpr OpInfo table[] = {
#define RONDO_OP(name, text, operands, category) {Op::name, text, operands, OpCategory::category},
#include "ir/ops.def"
#undef RONDO_OP
};

const OpInfo& info(Op op) {
  return table[static_cast<size_t>(op)];
}

}  // namespace

std::string_view name_of(Op op) {
  return info(op).name;
}

std::optional<Op> op_from_name(std::string_view name) {
  for (const OpInfo& row : table)
    if (row.name == name) return row.op;
  return std::nullopt;
}

int operand_count(Op op) {
  return info(op).operands;
}

OpCategory category_of(Op op) {
  return info(op).category;
}

bool is_elementwise(Op op) {
  switch (category_of(op)) {
    case OpCategory::Unary:
    case OpCategory::Binary:
    case OpCategory::Compare:
    case OpCategory::Logic:
    case OpCategory::Select:
    case OpCategory::Cast:
      return true;
    case OpCategory::Leaf:
    case OpCategory::Contraction:
    case OpCategory::Reduction:
    case OpCategory::Movement:
      return false;
  }
  __builtin_unreachable();
}

}  // namespace rondo::ir
