// Chooses for each stage the vector axis, the lanes, and the register tiles: as many accumulators as
// registers allow.
#pragma once

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

void vectorize(ir::LoopProgram& program, Context& context);

}  // namespace rondo::passes
