// Decides how many threads may share one call by the columns of its products, and what that costs. Never
// changes a value: which thread computes a column is no part of how it is computed.
#pragma once

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

void share_columns(ir::LoopProgram& program, Context& context);

/// Cycles of one step of so many samples that so many threads share. Rough, as all costs are.
double cycles_of_step(const ir::Sharing& sharing, double samples, double threads);

}  // namespace rondo::passes
