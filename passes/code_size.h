// How much code a program may become: LLVM takes more than linear time over the length of a function.
#pragma once

#include "ir/diagnostics.h"
#include "ir/loop_program.h"

namespace rondo::passes {

/// Stages of loops, and instructions in them, that are compiled at most; copies of the step count each. They
/// take about a minute.
inline constexpr int64_t most_stages = 2000, most_instructions = 250'000;

/// Whether the program is small enough; reports the figures otherwise.
bool check_code_size(const ir::LoopProgram& program, ir::Diagnostics& diagnostics);

}  // namespace rondo::passes
