// Places costly work that no later step needs (a dense head on the output) behind the loop, for a block of
// steps at a time.
#pragma once

#include "ir/recurrence.h"
#include "passes/context.h"

namespace rondo::passes {

void sink_behind_loop(ir::Recurrence& recurrence, Context& context);

}  // namespace rondo::passes
