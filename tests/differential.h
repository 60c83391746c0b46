// Differential testing: what a random recurrence means must not depend on who runs it.
#pragma once

#include <cstdint>
#include <string>

#include "frontend/engine/engine.h"

namespace rondo::tests {

/// Which engines are held against the interpreter. Compiling takes a hundred times as long as all else.
enum class Against { LoopProgram, LoopProgramAndKernel };

/// Draws a recurrence, its arguments and ways of compiling it from the seed, and runs it. What went wrong,
/// with the recurrence, or nothing.
std::string run_seed(uint64_t seed, Against against, const engine::Engine& engine);

}  // namespace rondo::tests
