// Plans as files: what the passes decided, written down, edited, and given back.
//
//     {
//       "cell": "lstm",
//       "vector_axis": "columns",            // or "samples"
//       "unroll": 1,                         // copies of the step in the loop's body
//       "disabled_passes": [],
//       "placements": {"%7": "before the loop", "i": "in the step"},
//       "stages": {"step 0": {"lanes": 8, "tiles": ["3x1", "1x2"], "packing": {"vectors": 1, "rows": [4, 2,
//       1]}}}
//     }
//
// What is left out is decided by the passes. Comments begin with //. "packing": null leaves weights as they
// are.
#pragma once

#include <optional>
#include <string>

#include "passes/pass_manager.h"

namespace rondo::engine {

/// All decisions of a pipeline that made its loop program, as the text of a plan file.
std::string plan_text(const passes::Pipeline& pipeline, const passes::Options& options);

/// Sets in `options` what the plan pins, but for what is set there already. `name` is what the user calls the
/// text. Reports what is no plan; whether the plan can be followed is found when the passes run
/// (`passes::run_passes`).
bool apply_plan(const std::string& text, const std::string& name, passes::Options& options,
                ir::Diagnostics& diagnostics);

}  // namespace rondo::engine
