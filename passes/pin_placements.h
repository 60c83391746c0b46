// Moves nodes in time as the user's plan says, and refuses what would run ahead of its operands.
#pragma once

#include "ir/recurrence.h"
#include "passes/context.h"

namespace rondo::passes {

void pin_placements(ir::Recurrence& recurrence, Context& context);

}  // namespace rondo::passes
