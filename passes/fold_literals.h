// Computes element-wise operations whose operands are all literals, as the interpreter would.
#pragma once

#include "ir/recurrence.h"
#include "passes/context.h"

namespace rondo::passes {

void fold_literals(ir::Recurrence& recurrence, Context& context);

}  // namespace rondo::passes
