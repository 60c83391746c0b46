// How much code a program may become: LLVM takes more than linear time over the length of a function.
#pragma once

#include "ir/diagnostics.h"
#include "ir/loop_program.h"

namespace rondo::passes {

/// Operations of a step that passes work on at most.
inline constexpr int64_t most_operations = 100'000;

/// Stages of loops, and instructions in them, that are compiled at most: element-wise functions count as what
/// they become, copies of the step each. They take about a minute.
inline constexpr int64_t most_stages = 2000, most_instructions = 200'000;

/// Whether the passes may work on the step; reports how large it is otherwise.
bool check_step_size(const ir::StepGraph& step, ir::Diagnostics& diagnostics);

/// Whether the program is small enough; reports the figures otherwise.
bool check_code_size(const ir::LoopProgram& program, ir::Diagnostics& diagnostics);

}  // namespace rondo::passes
