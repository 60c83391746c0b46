// From recurrence to loop program: one nest of one stage for each value that needs memory, everything else
// inlined into the stages that use it, data movement turned into index maps.
#pragma once

#include "ir/loop_program.h"
#include "ir/recurrence.h"
#include "passes/context.h"

namespace rondo::passes {

ir::LoopProgram lower(const ir::Recurrence& recurrence, Context& context);

}  // namespace rondo::passes
