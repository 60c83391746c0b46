#include "passes/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "passes/costs.h"
#include "passes/graph_rewriter.h"

namespace rondo::passes {

using namespace ir;

std::string_view name_of(TimeClass time_class) {
  switch (time_class) {
    case TimeClass::Invariant:
      return "invariant";
    case TimeClass::InputOnly:
      return "input-only";
    case TimeClass::Carried:
      return "carried";
    case TimeClass::OutputOnly:
      return "output-only";
  }
  __builtin_unreachable();
}

std::string_view name_of(Placement placement) {
  switch (placement) {
    case Placement::Once:
      return "once a call";
    case Placement::Before:
      return "before the loop";
    case Placement::Step:
      return "in the step";
    case Placement::After:
      return "behind the loop";
    case Placement::Anywhere:
      return "where used";
  }
  __builtin_unreachable();
}

std::string to_text(const Pins& pins) {
  std::string out = pins.cell;
  for (const auto& [label, placement] : pins.placements)
    out += fmt::format(";{}:{}", label, name_of(placement));
  for (const auto& [stage, plan] : pins.stages) {
    out += fmt::format(";{}", stage);
    if (plan.lanes) out += fmt::format(" lanes {}", *plan.lanes);
    if (plan.tiles)
      for (const Tile& tile : *plan.tiles) out += fmt::format(" {}x{}", tile.rows, tile.vectors);
    if (plan.packing)
      out += fmt::format(" packing {} {}", plan.packing->vectors, fmt::join(plan.packing->rows, " "));
  }
  return out;
}

std::vector<std::string> node_labels(const StepGraph& graph) {
  std::set<std::string> taken;
  for (int32_t i = 0; i < graph.size(); ++i)
    if (std::holds_alternative<LeafIndex>(graph[NodeId{i}].attribute))
      taken.insert(graph.leaf_name(NodeId{i}));
  std::vector<std::string> labels;
  for (int32_t i = 0; i < graph.size(); ++i) {
    const Node& node = graph[NodeId{i}];
    if (std::holds_alternative<LeafIndex>(node.attribute))
      labels.push_back(graph.leaf_name(NodeId{i}));
    else if (const auto* literal = std::get_if<LiteralValue>(&node.attribute))
      labels.push_back(fmt::format("{:g}", literal->as_double()));
    else if (!node.name.empty() && taken.insert(node.name).second)
      labels.push_back(node.name);
    else
      labels.push_back(fmt::format("%{}", i));
  }
  return labels;
}

std::vector<bool> placeable_nodes(const StepGraph& graph) {
  std::vector<bool> result = needed_nodes(graph);
  for (int32_t i = 0; i < graph.size(); ++i) {
    const Op op = graph[NodeId{i}].op;
    if (is_leaf(op) || is_view(op)) result[static_cast<size_t>(i)] = false;
  }
  return result;
}

}  // namespace rondo::passes
