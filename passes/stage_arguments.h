// Where samples lie across lanes: brings inputs into the workspace and outputs out of it a block of steps at
// a time, as the caller's arrays rarely have samples side by side.
#pragma once

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

/// Adds a copy of each input ahead of the steps of a block, and of each output behind them.
void stage_arguments(ir::LoopProgram& program, Context& context);

}  // namespace rondo::passes
