// Decides row strides, which states may be overwritten in place, and which temporaries share memory.
#pragma once

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

/// Whether the next value of a state may overwrite the current one: nothing reads the current value behind
/// the store, and in the storing stage itself every index reads what it is about to write. What stands behind
/// a stage in the same nest is behind it for the same row, and rows do not read one another.
bool can_update_in_place(const ir::LoopProgram& program, ir::BufferId state);

/// The same for a kernel, whose stages may sum rows of what they overwrite (ir::sums_rows_first): the order
/// within a stage is that of its tiles there, but index by index where a loop program is interpreted.
bool can_overwrite_behind_sums(const ir::LoopProgram& program, ir::BufferId state);

void assign_buffers(ir::LoopProgram& program, Context& context);

}  // namespace rondo::passes
