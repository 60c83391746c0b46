// Where there is but one step: states are read where the caller has their initial values, and written, where
// that may be, to their final ones, instead of passing through the workspace. Each pass through memory is a
// wait for the one before, and a step called by itself is little more than such waits.
#pragma once

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

/// Needs to know all accesses and tiles: behind fusion and packing. A final state may be the very array of
/// its initial state, so only a state that nothing reads any more when it is stored is written there at once.
void forward_states(ir::LoopProgram& program, Context& context);

}  // namespace rondo::passes
