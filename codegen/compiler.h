// From a scheduled loop program to native code.
#pragma once

#include <optional>
#include <string>

#include "ir/diagnostics.h"
#include "ir/loop_program.h"
#include "ir/target.h"
#include "runtime/code_image.h"

namespace rondo::codegen {

/// Whether a kernel asks before it touches memory (codegen/bounds_checks.h).
enum class Checks { None, Bounds };

/// The code of a program, for a target of the host's architecture. Any number of threads may compile at once.
/// Nothing, and a diagnostic, where what LLVM made of it cannot stand alone.
std::optional<runtime::CodeImage> compile(const ir::LoopProgram& program, const ir::Target& target,
                                          ir::Diagnostics& diagnostics, Checks checks = Checks::None);

/// The code of a program as text.
std::string llvm_text(const ir::LoopProgram& program, const ir::Target& target);
std::string assembly_text(const ir::LoopProgram& program, const ir::Target& target);

}  // namespace rondo::codegen
