// The plan: what the passes decide, as values that can be written down, and what a user pins of it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/loop_program.h"
#include "ir/step_graph.h"

namespace rondo::passes {

/// When in time a node can run.
enum class TimeClass {
  Invariant,   ///< needs neither input nor state
  InputOnly,   ///< needs inputs, no state
  Carried,     ///< needs the state and reaches a next state
  OutputOnly,  ///< needs the state, reaches outputs alone
};
/// "invariant", "input-only", "carried", "output-only".
std::string_view name_of(TimeClass time_class);

/// The phase in which a node is computed. Anywhere: it is cheap, or only a view of another value, and is
/// computed where it is used.
enum class Placement { Once, Before, Step, After, Anywhere };
inline constexpr Placement all_placements[] = {Placement::Once, Placement::Before, Placement::Step,
                                               Placement::After, Placement::Anywhere};
/// "once a call", "before the loop", "in the step", "behind the loop", "where used".
std::string_view name_of(Placement placement);

/// How the weights of a stage are packed.
struct PackingPlan {
  int vectors = 0;        ///< of columns in a block; 0: they are not packed
  std::vector<int> rows;  ///< of the tiles, largest first; the last is 1

  bool operator==(const PackingPlan&) const = default;
};

/// How a stage with contractions is computed. What is absent is decided by the passes.
struct StagePlan {
  std::optional<int> lanes;  ///< elements of a vector
  std::optional<std::vector<ir::Tile>> tiles;
  std::optional<PackingPlan> packing;
};

/// What was decided. Stages with contractions are called by their phase and their number in it: "step 0".
struct Plan {
  std::vector<TimeClass> time_classes;  ///< by node of the graph as the graph passes left it
  std::vector<Placement> placements;    ///< likewise
  std::vector<std::pair<std::string, StagePlan>> stages;  ///< empty where samples lie across lanes
};

/// What a user pins beside `Options`. Nodes are called as `node_labels` calls them, stages as in `Plan`.
struct Pins {
  std::string cell;  ///< the cell that all this is for; empty: any
  std::map<std::string, Placement> placements;
  std::map<std::string, StagePlan> stages;
};

/// All that is pinned as one line, the same for equal pins.
std::string to_text(const Pins& pins);

/// What each node is called in explanations and plans: the name of a leaf or of a value where no other node
/// has it, "2.5" for a number, else "%7", its place in the graph.
std::vector<std::string> node_labels(const ir::StepGraph& graph);

/// Whether a plan may place the node: not where it is a leaf, a number or a view, or nothing needs it.
std::vector<bool> placeable_nodes(const ir::StepGraph& graph);

}  // namespace rondo::passes
