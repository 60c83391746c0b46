// Turns guarded stores into selects: where the sample does not keep the step, a state keeps its value, an
// output repeats its previous one or is zero. The one place where mask and data meet.
#pragma once

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

void fuse_masks(ir::LoopProgram& program, Context& context);

}  // namespace rondo::passes
