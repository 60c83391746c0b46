// Joins neighbouring column axes that every access of a stage walks through as if they were one.
#pragma once

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

void collapse_axes(ir::LoopProgram& program, Context& context);

}  // namespace rondo::passes
