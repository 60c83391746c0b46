// The loop interpreter: runs a loop program over tensors, element by element, so that lowering and the passes
// behind it can be tested without code generation.
#pragma once

#include "ir/arguments.h"
#include "ir/loop_program.h"

namespace rondo::ir {

/// Runs the program, which was made from `recurrence`, over the arguments of that. Decisions that must not
/// change a value (lanes, tiles, unrolling, the order of loops) are ignored; decisions about memory are
/// followed to the letter, and all memory starts as garbage, so that a wrong one shows in the results.
/// Requires that `verify` finds nothing. Nothing, and diagnostics, where the arguments do not fit.
std::optional<Results> interpret(const LoopProgram& program, const Recurrence& recurrence,
                                 const Arguments& arguments, Diagnostics& diagnostics);

}  // namespace rondo::ir
