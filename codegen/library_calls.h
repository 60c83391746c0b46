// Operations for which some machines have no instructions and LLVM would call functions of a library: they
// are spelt out in others, to the same bits.
#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

namespace rondo::codegen {

/// Rewrites what `machine` lacks: rounding to integers (ARMv7, x86-64 ahead of v2); division of 64-bit
/// integers and their conversion from and to floats (ARMv7).
void replace_library_calls(llvm::Module& module, const llvm::TargetMachine& machine);

}  // namespace rondo::codegen
