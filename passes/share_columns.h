// Decides how many threads may share one call by the columns of its products. Never changes a value: which
// thread computes a column is no part of how it is computed.
#pragma once

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

void share_columns(ir::LoopProgram& program, Context& context);

}  // namespace rondo::passes
