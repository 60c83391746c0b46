#include "passes/simplify.h"

#include <fmt/format.h>

#include "ir/number_arithmetic.h"
#include "passes/graph_rewriter.h"

namespace rondo::passes {

using namespace ir;

namespace {

// One rule a function; each gets the node with its operands in the new graph and returns what stands for it.
class Simplifier {
 public:
  std::optional<NodeId> operator()(GraphRewriter& rewriter, const Node& node) {
    rewriter_ = &rewriter;
    const std::optional<NodeId> result = apply(node);
    if (result) ++count;
    return result;
  }

  int count = 0;

 private:
  const Node& operand(const Node& node, size_t i) const { return rewriter_->result()[node.operands[i]]; }

  bool is_literal(const Node& node, size_t i, double value) const {
    const Node& x = operand(node, i);
    return x.op == Op::Literal &&
           std::get<LiteralValue>(x.attribute) == *convert_number(LiteralValue{value}, x.type.dtype);
  }

  // The operand stands for the node only where broadcasting did not change its shape.
  std::optional<NodeId> keep(const Node& node, size_t i) const {
    if (operand(node, i).type.dims != node.type.dims) return std::nullopt;
    return node.operands[i];
  }

  std::optional<NodeId> apply(const Node& node) {
    switch (node.op) {
      case Op::Multiply:
        if (is_literal(node, 1, 1)) return keep(node, 0);
        if (is_literal(node, 0, 1)) return keep(node, 1);
        return std::nullopt;
      case Op::Divide:
        return is_literal(node, 1, 1) ? keep(node, 0) : std::nullopt;
      case Op::Subtract:
        return is_literal(node, 1, 0) ? keep(node, 0) : std::nullopt;
      case Op::Add:  // -0 is the neutral element of a float sum
        if (is_float(node.type.dtype) ? is_literal(node, 1, -0.0) : is_literal(node, 1, 0))
          return keep(node, 0);
        return std::nullopt;
      case Op::Negate:
      case Op::Not:
        return operand(node, 0).op == node.op ? std::optional(operand(node, 0).operands[0]) : std::nullopt;
      case Op::And:
        if (is_literal(node, 0, 1)) return keep(node, 1);
        return is_literal(node, 1, 1) ? keep(node, 0) : std::nullopt;
      case Op::Or:
        if (is_literal(node, 0, 0)) return keep(node, 1);
        return is_literal(node, 1, 0) ? keep(node, 0) : std::nullopt;
      case Op::Minimum:
      case Op::Maximum:
        return node.operands[0] == node.operands[1] ? keep(node, 0) : std::nullopt;
      case Op::Select:
        if (node.operands[1] == node.operands[2]) return keep(node, 1);
        if (is_literal(node, 0, 1)) return keep(node, 1);
        return is_literal(node, 0, 0) ? keep(node, 2) : std::nullopt;
      case Op::Cast:
      case Op::Broadcast:
        return operand(node, 0).type.dtype == node.type.dtype ? keep(node, 0) : std::nullopt;
      case Op::Reshape:
        return reshape(node);
      case Op::Transpose:
        return transpose(node);
      case Op::Slice:
        return slice(node);
      case Op::Concatenate:
        return node.operands.size() == 1 ? keep(node, 0) : std::nullopt;
      default:
        return std::nullopt;  // no rule
    }
  }

  std::optional<NodeId> reshape(const Node& node) {
    if (operand(node, 0).type.dims == node.type.dims) return node.operands[0];
    if (operand(node, 0).op != Op::Reshape) return std::nullopt;
    const NodeId inner = operand(node, 0).operands[0];
    if (rewriter_->result().type(inner).dims == node.type.dims) return inner;
    return rewriter_->make(Op::Reshape, {inner}, {}, node, node.type);
  }

  std::optional<NodeId> transpose(const Node& node) {
    std::vector<int> axes = std::get<Axes>(node.attribute).axes;
    NodeId source = node.operands[0];
    const bool nested = operand(node, 0).op == Op::Transpose;
    if (nested) {
      const std::vector<int>& inner = std::get<Axes>(operand(node, 0).attribute).axes;
      for (int& axis : axes) axis = inner[static_cast<size_t>(axis)];
      source = operand(node, 0).operands[0];
    }
    bool identity = true;
    for (size_t i = 0; i < axes.size(); ++i) identity = identity && axes[i] == static_cast<int>(i);
    if (identity) return source;
    if (!nested) return std::nullopt;
    return rewriter_->make(Op::Transpose, {source}, Axes{axes}, node);
  }

  std::optional<NodeId> slice(const Node& node) {
    const auto& outer = std::get<SliceRanges>(node.attribute).axes;
    const Dims& dims = operand(node, 0).type.dims;
    bool whole = true;
    for (size_t axis = 0; axis < outer.size(); ++axis)
      whole = whole && outer[axis] == SliceRange{0, 1, dims[axis]};
    if (whole) return node.operands[0];
    if (operand(node, 0).op != Op::Slice) return std::nullopt;
    SliceRanges joined = std::get<SliceRanges>(operand(node, 0).attribute);
    for (size_t axis = 0; axis < outer.size(); ++axis) {
      SliceRange& range = joined.axes[axis];
      range = {range.start + outer[axis].start * range.step, range.step * outer[axis].step,
               outer[axis].count};
      if (range.count == 0) range = {0, 1, 0};
    }
    return rewriter_->make(Op::Slice, {operand(node, 0).operands[0]}, joined, node);
  }

  GraphRewriter* rewriter_ = nullptr;
};

}  // namespace

void simplify(Recurrence& recurrence, Context& context) {
  Simplifier simplifier;
  recurrence.step =
      GraphRewriter(recurrence.step).rewrite([&](GraphRewriter& rewriter, NodeId, const Node& node) {
        return simplifier(rewriter, node);
      });
  if (simplifier.count > 0)
    context.remark("simplify", fmt::format("{} operations changed nothing and are gone", simplifier.count));
}

}  // namespace rondo::passes
