// Brings every contraction to the form [batch..., rows..., k] x [batch..., k, columns...], and every
// reduction to its last axis, by explicit transpositions and reshapes. Where only the left side has columns,
// the sides are exchanged, so that columns always come from the right side (products commute to the bit).
#pragma once

#include "ir/recurrence.h"
#include "passes/context.h"

namespace rondo::passes {

void canonicalize_sums(ir::Recurrence& recurrence, Context& context);

}  // namespace rondo::passes
