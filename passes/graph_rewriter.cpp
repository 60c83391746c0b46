#include "passes/graph_rewriter.h"

#include "ir/shape_rules.h"

namespace rondo::passes {

using namespace ir;

std::vector<bool> needed_nodes(const StepGraph& graph) {
  std::vector<bool> needed(static_cast<size_t>(graph.size()));
  for (const State& state : graph.states) needed[static_cast<size_t>(state.next.index)] = true;
  for (const Output& output : graph.outputs) needed[static_cast<size_t>(output.node.index)] = true;
  for (int32_t i = graph.size(); i-- > 0;) {
    if (!needed[static_cast<size_t>(i)]) continue;
    for (NodeId operand : graph[NodeId{i}].operands) needed[static_cast<size_t>(operand.index)] = true;
  }
  return needed;
}

GraphRewriter::GraphRewriter(const StepGraph& source)
    : source_(source), map_(static_cast<size_t>(source.size())) {
  result_.name = source.name;
  result_.where = source.where;
  copy_leaves();
}

// Leaves come first and all of them, so that the signature stays what the user declared.
void GraphRewriter::copy_leaves() {
  const auto copy = [&](const std::vector<Leaf>& from, std::vector<Leaf>& to) {
    for (const Leaf& leaf : from) {
      to.push_back({leaf.name, result_.add(source_[leaf.node])});
      map_[static_cast<size_t>(leaf.node.index)] = to.back().node;
    }
  };
  copy(source_.inputs, result_.inputs);
  copy(source_.constants, result_.constants);
  copy(source_.weights, result_.weights);
  for (const State& state : source_.states) {
    result_.states.push_back({state.name, result_.add(source_[state.node]), {}});
    map_[static_cast<size_t>(state.node.index)] = result_.states.back().node;
  }
}

StepGraph GraphRewriter::rewrite(const Replace& replace) {
  const std::vector<bool> needed = needed_nodes(source_);
  for (int32_t i = 0; i < source_.size(); ++i) {
    const auto at = static_cast<size_t>(i);
    if (map_[at].valid() || !needed[at]) continue;
    Node node = source_[NodeId{i}];
    for (NodeId& operand : node.operands) operand = mapped(operand);
    const std::optional<NodeId> replaced =
        node.op == Op::Literal ? std::nullopt : replace(*this, NodeId{i}, node);
    map_[at] = replaced ? *replaced : result_.add(std::move(node));
  }
  for (size_t i = 0; i < source_.states.size(); ++i) result_.states[i].next = mapped(source_.states[i].next);
  for (const Output& output : source_.outputs) result_.outputs.push_back({output.name, mapped(output.node)});
  return std::move(result_);
}

NodeId GraphRewriter::make(Op op, std::vector<NodeId> operands, Attribute attribute, const Node& like,
                           const Type& wanted) {
  std::vector<Type> types;
  for (NodeId operand : operands) types.push_back(result_.type(operand));
  std::string problem;
  const std::optional<Type> type = infer_type(op, types, attribute, wanted, problem);
  RONDO_CHECK(type.has_value(), "a pass made a node that does not fit: " + problem);
  return result_.add({op, *type, std::move(operands), std::move(attribute), like.where, {}});
}

}  // namespace rondo::passes
