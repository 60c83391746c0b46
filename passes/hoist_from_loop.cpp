#include "passes/hoist_from_loop.h"

#include <fmt/format.h>

#include "passes/costs.h"
#include "passes/graph_rewriter.h"

namespace rondo::passes {

using namespace ir;

namespace {

// Of one sample.
int64_t multiply_adds(const StepGraph& graph, const std::vector<bool>& needed) {
  int64_t sum = 0;
  for (int32_t i = 0; i < graph.size(); ++i)
    if (needed[static_cast<size_t>(i)] && graph[NodeId{i}].op == Op::Dot)
      sum += graph[NodeId{i}].type.count() * cost_of(graph, NodeId{i});
  return sum;
}

// Whether work on the inputs alone is better done ahead. A single step has no others to do it for, and while
// it is short would only wait for memory; a long one reads the weights of the state's products in one stream
// if they are alone in their nest.
bool has_work_ahead(const Recurrence& recurrence, const std::vector<bool>& needed) {
  constexpr int64_t short_step = 10000;
  return recurrence.time != 1 || multiply_adds(recurrence.step, needed) > short_step;
}

}  // namespace

void hoist_from_loop(Recurrence& recurrence, Context& context) {
  const StepGraph& graph = recurrence.step;
  const std::vector<bool> needed = needed_nodes(graph);
  const bool ahead = has_work_ahead(recurrence, needed);
  for (int32_t i = 0; i < graph.size(); ++i) {
    const auto at = static_cast<size_t>(i);
    const Node& node = graph[NodeId{i}];
    Placement& placement = context.plan.placements[at];
    if (!needed[at] || is_leaf(node.op) || is_view(node.op)) continue;
    const TimeClass time_class = context.plan.time_classes[at];
    // An invariant is computed once however cheap it is; work on the inputs alone must cost something, as
    // what is hoisted goes through memory.
    if (time_class == TimeClass::Invariant) {
      placement = Placement::Once;
      context.remark("hoist",
                     fmt::format("'{}' {} needs neither input nor state: once a call", name_of(node.op),
                                 to_string(node.type)),
                     node.where, "in every step again");
    } else if (time_class == TimeClass::InputOnly && placement != Placement::Anywhere && ahead) {
      placement = Placement::Before;
      context.remark(
          "hoist",
          fmt::format("'{}' {} needs no state: ahead of the loop, for a block of steps at a time",
                      name_of(node.op), to_string(node.type)),
          node.where,
          fmt::format("in the step, where its {} operations an element would serve one row at a time",
                      cost_of(graph, NodeId{i})));
    }
  }
}

}  // namespace rondo::passes
