// Settles what masks each step. A mask wins over lengths; an `input_length` that reaches beyond the known
// number of steps cuts nothing.
#pragma once

#include "ir/recurrence.h"
#include "passes/context.h"

namespace rondo::passes {

void resolve_masking(ir::Recurrence& recurrence, Context& context);

}  // namespace rondo::passes
