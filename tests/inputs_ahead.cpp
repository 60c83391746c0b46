#include "tests/inputs_ahead.h"

#include "ir/diagnostics.h"

namespace rondo::tests {

passes::Pins inputs_ahead(const ir::Recurrence& recurrence, const ir::Target& target,
                          passes::Options options) {
  options.stop_after = "classify";
  ir::Diagnostics diagnostics;
  const auto pipeline = passes::run_passes(recurrence, target, options, diagnostics);
  RONDO_CHECK(pipeline.has_value(), diagnostics.render());
  const ir::StepGraph& graph = pipeline->recurrence.step;
  const std::vector<std::string> labels = passes::node_labels(graph);
  const std::vector<bool> placeable = passes::placeable_nodes(graph);
  passes::Pins pins;
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool costs_something = pipeline->plan.placements[i] != passes::Placement::Anywhere;
    if (placeable[i] && costs_something && pipeline->plan.time_classes[i] == passes::TimeClass::InputOnly)
      pins.placements.emplace(labels[i], passes::Placement::Before);
  }
  return pins;
}

}  // namespace rondo::tests
