#include "passes/pin_placements.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "passes/costs.h"

namespace rondo::passes {

using namespace ir;

namespace {

// What needs no state may move ahead of the loop, what no later step needs behind it; all may stay in it, and
// what costs little, or is computed element by element, be computed again wherever it is used.
std::vector<Placement> allowed(const StepGraph& graph, NodeId id, TimeClass time_class) {
  std::vector<Placement> result{Placement::Step};
  if (time_class == TimeClass::Invariant) result.push_back(Placement::Once);
  if (time_class == TimeClass::InputOnly) result.push_back(Placement::Before);
  if (time_class == TimeClass::OutputOnly) result.push_back(Placement::After);
  if (is_elementwise(graph[id].op) || cost_of(graph, id) < costly) result.push_back(Placement::Anywhere);
  return result;
}

std::string names(const std::vector<Placement>& placements) {
  std::string out;
  for (const Placement placement : placements)
    out += fmt::format("{}'{}'", out.empty() ? "" : " or ", name_of(placement));
  return out;
}

class Pinning {
 public:
  Pinning(const StepGraph& graph, Context& context)
      : graph_(graph),
        context_(context),
        plan_(context.plan),
        labels_(node_labels(graph)),
        placeable_(placeable_nodes(graph)) {}

  void run() {
    for (const auto& [label, placement] : context_.options.pins.placements) pin(label, placement);
    if (!context_.problems.empty()) return;
    check_order();
  }

 private:
  void pin(const std::string& label, Placement placement) {
    const auto found = std::find(labels_.begin(), labels_.end(), label);
    const auto at = static_cast<size_t>(found - labels_.begin());
    if (found == labels_.end() || !placeable_[at])
      return context_.refuse(
          fmt::format("placements: there is no operation '{}'; there are {}", label, operations()));
    const NodeId id{static_cast<int32_t>(at)};
    const Node& node = graph_[id];
    const TimeClass time_class = plan_.time_classes[at];
    const std::vector<Placement> possible = allowed(graph_, id, time_class);
    if (std::find(possible.begin(), possible.end(), placement) == possible.end())
      return context_.refuse(fmt::format("placements: '{}' ({} {}) is {}: it can run {}, not '{}'", label,
                                         name_of(node.op), to_string(node.type), name_of(time_class),
                                         names(possible), name_of(placement)));
    if (plan_.placements[at] == placement) return;
    context_.remark("pin-placements",
                    fmt::format("'{}' runs {}: pinned by the plan, instead of {}", label, name_of(placement),
                                name_of(plan_.placements[at])),
                    node.where);
    plan_.placements[at] = placement;
  }

  std::string operations() const {
    std::vector<std::string> known;
    for (size_t i = 0; i < labels_.size(); ++i)
      if (placeable_[i]) known.push_back(labels_[i]);
    return fmt::format("{}", fmt::join(known, ", "));
  }

  // Phases follow one another: nothing may run in one ahead of that of its operands.
  void check_order() {
    std::vector<Placement> runs(labels_.size(), Placement::Once);
    for (size_t i = 0; i < runs.size(); ++i) {
      const Node& node = graph_[NodeId{static_cast<int32_t>(i)}];
      if (node.op == Op::Input) runs[i] = Placement::Before;
      if (node.op == Op::State) runs[i] = Placement::Step;
      const bool placed = placeable_[i] && plan_.placements[i] != Placement::Anywhere;
      if (placed) runs[i] = plan_.placements[i];
      for (const NodeId operand : node.operands) {
        const Placement needs = runs[static_cast<size_t>(operand.index)];
        if (needs <= runs[i]) continue;
        if (placed && !is_leaf_like(operand))
          context_.refuse(fmt::format("placements: '{}' cannot run {}: it needs '{}', which runs {}",
                                      labels_[i], name_of(runs[i]),
                                      labels_[static_cast<size_t>(operand.index)], name_of(needs)));
        runs[i] = needs;
      }
    }
  }

  // Inputs and states are there as early as what they are needed for may run: the time classes see to that.
  bool is_leaf_like(NodeId id) const { return category_of(graph_[id].op) == OpCategory::Leaf; }

  const StepGraph& graph_;
  Context& context_;
  Plan& plan_;
  std::vector<std::string> labels_;
  std::vector<bool> placeable_;
};

}  // namespace

void pin_placements(Recurrence& recurrence, Context& context) {
  if (!context.options.pins.placements.empty()) Pinning(recurrence.step, context).run();
}

}  // namespace rondo::passes
