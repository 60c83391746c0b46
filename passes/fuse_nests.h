// Merges stages with the same column space where no dependence stands between them, forwards stored values to
// the loads behind them, drops memory that nobody reads any more, and joins stages into nests.
#pragma once

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

void fuse_nests(ir::LoopProgram& program, Context& context);

}  // namespace rondo::passes
