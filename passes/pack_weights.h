// Decides which contractions read their weights from panels: packed ahead of the calls, in the order in which
// register tiles read them.
#pragma once

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

/// Sets `panels` of every stage whose contractions all multiply by what is prepared: shared by all samples,
/// and known before the first step. The tile is the one with the least estimated time for each product.
void pack_weights(ir::LoopProgram& program, Context& context);

}  // namespace rondo::passes
