#include "passes/sink_behind_loop.h"

#include <fmt/format.h>

#include "passes/costs.h"
#include "passes/graph_rewriter.h"

namespace rondo::passes {

using namespace ir;

namespace {

// A product is worth the way through memory; an activation on what is in registers anyway is not.
bool is_worth_sinking(const Node& node) {
  return node.op == Op::Dot;
}

}  // namespace

void sink_behind_loop(Recurrence& recurrence, Context& context) {
  if (recurrence.time == 1) return;  // nothing is behind a single step
  const StepGraph& graph = recurrence.step;
  const std::vector<bool> needed = needed_nodes(graph);
  std::vector<bool> sunk(static_cast<size_t>(graph.size()));
  for (int32_t i = 0; i < graph.size(); ++i) {
    const auto at = static_cast<size_t>(i);
    const Node& node = graph[NodeId{i}];
    if (!needed[at] || context.plan.time_classes[at] != TimeClass::OutputOnly) continue;
    bool follows = false;
    for (NodeId operand : node.operands) follows = follows || sunk[static_cast<size_t>(operand.index)];
    sunk[at] = follows || is_worth_sinking(node);
    if (!sunk[at] || is_view(node.op)) continue;
    context.plan.placements[at] = Placement::After;
    if (is_worth_sinking(node))
      context.remark(
          "sink",
          fmt::format("'{}' {} is needed by outputs alone: behind the loop, for a block of steps at a "
                      "time",
                      name_of(node.op), to_string(node.type)),
          node.where,
          fmt::format("in the step, where its {} operations an element would serve one row at a time",
                      cost_of(graph, NodeId{i})));
  }
}

}  // namespace rondo::passes
