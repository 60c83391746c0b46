// Decides how many samples run through all steps together, before the next ones begin. Never changes a value:
// samples do not know of one another.
#pragma once

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

/// As many as a cache holds with all that is kept for them from step to step; or all, where the weights that
/// each block reads anew in every step are more than that.
void block_samples(ir::LoopProgram& program, Context& context);

}  // namespace rondo::passes
