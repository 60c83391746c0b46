#include "passes/fold_literals.h"

#include <algorithm>

#include "ir/element.h"
#include "passes/graph_rewriter.h"

namespace rondo::passes {

using namespace ir;

namespace {

std::optional<NodeId> fold(GraphRewriter& rewriter, NodeId, const Node& node) {
  if (!is_elementwise(node.op)) return std::nullopt;
  std::vector<Element> operands;
  for (NodeId id : node.operands) {
    const Node& operand = rewriter.result()[id];
    if (operand.op != Op::Literal) return std::nullopt;
    operands.push_back(Element::of(std::get<LiteralValue>(operand.attribute), operand.type.dtype));
  }
  const LiteralValue value = evaluate(node.op, node.type.dtype, operands).to_literal();
  return rewriter.make(Op::Literal, {}, value, node, node.type);
}

}  // namespace

void fold_literals(Recurrence& recurrence, Context&) {
  recurrence.step = GraphRewriter(recurrence.step).rewrite(fold);
}

}  // namespace rondo::passes
