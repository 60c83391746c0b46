// Decides by a cost model how many copies of the step the time loop's body has. Never changes a value.
#pragma once

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

void choose_unrolling(ir::LoopProgram& program, Context& context);

}  // namespace rondo::passes
