#include "ir/math.h"

#include <utility>

namespace rondo::ir {

namespace {

constexpr std::pair<Op, Op> strict_and_fast[] = {{Op::Tanh, Op::TanhFast}, {Op::Sigmoid, Op::SigmoidFast}};

Op form_of(Op op, Math math) {
  for (const auto& [strict, fast] : strict_and_fast)
    if (op == strict || op == fast) return math == Math::Fast ? fast : strict;
  return op;
}

}  // namespace

std::optional<Math> math_from_name(std::string_view name) {
  if (name == "strict") return Math::Strict;
  if (name == "fast") return Math::Fast;
  return std::nullopt;
}

StepGraph with_math(const StepGraph& graph, Math math) {
  StepGraph result;
  result.name = graph.name;
  result.where = graph.where;
  std::vector<NodeId> places;
  const auto place = [&](NodeId old) { return places[static_cast<size_t>(old.index)]; };
  for (int i = 0; i < graph.size(); ++i) {
    Node node = graph[{i}];
    node.op = form_of(node.op, math);
    for (NodeId& operand : node.operands) operand = place(operand);
    places.push_back(result.add(std::move(node)));
  }
  for (const auto leaves : {&StepGraph::inputs, &StepGraph::constants, &StepGraph::weights})
    for (const Leaf& leaf : graph.*leaves) (result.*leaves).push_back({leaf.name, place(leaf.node)});
  for (const State& state : graph.states)
    result.states.push_back({state.name, place(state.node), place(state.next)});
  for (const Output& output : graph.outputs) result.outputs.push_back({output.name, place(output.node)});
  return result;
}

}  // namespace rondo::ir
