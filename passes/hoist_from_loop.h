// Places what depends on no state ahead of the loop: invariant work once a call, input-only work that costs
// something for a whole block of steps at a time, where it becomes one large product instead of many small
// ones. What is ahead goes through memory: products stay in a short step, whose waits they fill, and all work
// stays where a step has many samples.
#pragma once

#include "ir/recurrence.h"
#include "passes/context.h"

namespace rondo::passes {

void hoist_from_loop(ir::Recurrence& recurrence, Context& context);

}  // namespace rondo::passes
