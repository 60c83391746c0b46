// Drops nodes that neither an output nor a next state needs, and shares equal ones. Declared leaves stay.
#pragma once

#include "ir/recurrence.h"
#include "passes/context.h"

namespace rondo::passes {

void remove_dead_nodes(ir::Recurrence& recurrence, Context& context);

}  // namespace rondo::passes
