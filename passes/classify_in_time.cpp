#include "passes/classify_in_time.h"

#include <fmt/format.h>

#include "passes/costs.h"
#include "passes/graph_rewriter.h"

namespace rondo::passes {

using namespace ir;

namespace {

std::vector<TimeClass> classes(const StepGraph& graph) {
  const auto size = static_cast<size_t>(graph.size());
  std::vector<bool> needs_input(size), needs_state(size), reaches_state(size);
  for (size_t i = 0; i < size; ++i) {
    const Node& node = graph[NodeId{static_cast<int32_t>(i)}];
    needs_input[i] = node.op == Op::Input;
    needs_state[i] = node.op == Op::State;
    for (NodeId operand : node.operands) {
      needs_input[i] = needs_input[i] || needs_input[static_cast<size_t>(operand.index)];
      needs_state[i] = needs_state[i] || needs_state[static_cast<size_t>(operand.index)];
    }
  }
  for (const State& state : graph.states) reaches_state[static_cast<size_t>(state.next.index)] = true;
  for (size_t i = size; i-- > 0;)
    if (reaches_state[i])
      for (NodeId operand : graph[NodeId{static_cast<int32_t>(i)}].operands)
        reaches_state[static_cast<size_t>(operand.index)] = true;
  std::vector<TimeClass> result(size, TimeClass::Carried);
  for (size_t i = 0; i < size; ++i) {
    if (!needs_state[i])
      result[i] = needs_input[i] ? TimeClass::InputOnly : TimeClass::Invariant;
    else if (!reaches_state[i])
      result[i] = TimeClass::OutputOnly;
  }
  return result;
}

}  // namespace

void classify_in_time(Recurrence& recurrence, Context& context) {
  const StepGraph& graph = recurrence.step;
  const std::vector<bool> needed = needed_nodes(graph);
  Plan& plan = context.plan;
  plan.time_classes = classes(graph);
  plan.placements.assign(static_cast<size_t>(graph.size()), Placement::Step);
  int counts[4] = {};
  for (int32_t i = 0; i < graph.size(); ++i) {
    const Op op = graph[NodeId{i}].op;
    const auto at = static_cast<size_t>(i);
    if (is_leaf(op) || is_view(op) || cost_of(graph, NodeId{i}) < costly)
      plan.placements[at] = Placement::Anywhere;
    if (needed[at] && !is_leaf(op)) ++counts[static_cast<int>(plan.time_classes[at])];
  }
  context.remark("classify", fmt::format("{} invariant, {} input-only, {} carried, {} output-only operations",
                                         counts[0], counts[1], counts[2], counts[3]));
}

}  // namespace rondo::passes
