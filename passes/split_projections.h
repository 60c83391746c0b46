// Moves slices towards the leaves: a slice of a sum is the sum of slices, a slice of a product over columns
// is a product with a slice of the right side. The four gates that an LSTM cuts out of one wide product
// become four contractions which share their left side, and which one loop nest then computes side by side.
#pragma once

#include "ir/recurrence.h"
#include "passes/context.h"

namespace rondo::passes {

void split_projections(ir::Recurrence& recurrence, Context& context);

}  // namespace rondo::passes
