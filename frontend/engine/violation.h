// What a checked kernel tried, in words.
#pragma once

#include <string>
#include <string_view>

#include "ir/loop_program.h"
#include "runtime/bounds.h"

namespace rondo::engine {

/// A sentence with the access, the memory that it is nearest to and the instruction that it comes from. `who`
/// tried it: "the kernel". The program is the one that the code was made from.
std::string describe(const runtime::Violation& violation, const ir::LoopProgram& program,
                     std::string_view who);

}  // namespace rondo::engine
