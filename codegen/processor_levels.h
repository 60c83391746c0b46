// The levels of x86-64, as the processor's supplement to the System V ABI has them, asked of the processor.
#pragma once

#include <llvm/IR/Module.h>

#include <optional>
#include <string>

namespace rondo::codegen {

/// 1 to 4 for "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4".
std::optional<int> level_of(const std::string& cpu);

/// Emits `int32_t NAME(void)`: the level of the processor that it runs on, with what the operating system
/// keeps of its registers taken into account. It needs nothing of a C library, and no constructors.
void emit_processor_level(llvm::Module& module, const std::string& name);

}  // namespace rondo::codegen
