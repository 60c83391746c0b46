// What a step should cost, by the figures that the passes decide by: a yardstick to lay beside what is
// measured, and what decides how samples and threads divide a call.
#pragma once

#include <string>
#include <vector>

#include "ir/loop_program.h"
#include "ir/target.h"

namespace rondo::passes {

/// Cycles of one stage for one sample and one step.
struct StageEstimate {
  std::string phase;    ///< "before", "step", "after"
  bool shared = false;  ///< whether its columns are shared out to threads (ir::has_shared_columns)
  double products = 0;  ///< multiply-adds of contractions
  double sums = 0;      ///< the same, or the loads for them where those take longer
  double elements = 0;  ///< all else that is done to each element
  double waiting = 0;   ///< for the results of the stage itself, one after another; in the step alone, where
                        ///< the next stage cannot begin without them
  double cycles() const { return sums + elements + waiting; }
};

struct StepEstimate {
  std::vector<StageEstimate> stages;
  double weights = 0;  ///< bytes that each step reads
  double cycles() const;
};

/// For a batch of one. Rough: two vector operations a cycle, four cycles for each result that another waits
/// for.
StepEstimate estimate_step(const ir::LoopProgram& program, const ir::Target& target);

}  // namespace rondo::passes
