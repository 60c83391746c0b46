// Removes operations that change nothing: x * 1, x - 0, views of views, casts to the same type, selections
// with a known condition. Every rewrite keeps every bit: x + 0 stays, as it turns -0 into +0.
#pragma once

#include "ir/recurrence.h"
#include "passes/context.h"

namespace rondo::passes {

void simplify(ir::Recurrence& recurrence, Context& context);

}  // namespace rondo::passes
