// Decides row strides, which states may be overwritten in place, and which temporaries share memory.
#pragma once

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

void assign_buffers(ir::LoopProgram& program, Context& context);

}  // namespace rondo::passes
