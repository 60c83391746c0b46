// Finds when in time each node can run; places everything in the step, cheap nodes and views anywhere.
#pragma once

#include "ir/recurrence.h"
#include "passes/context.h"

namespace rondo::passes {

void classify_in_time(ir::Recurrence& recurrence, Context& context);

}  // namespace rondo::passes
