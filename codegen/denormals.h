// Flushing of denormal numbers for the length of a function.
#pragma once

#include <llvm/IR/IRBuilder.h>

namespace rondo::codegen {

/// Turns flushing on; returns what `emit_restore` takes. Null on machines that have no such switch.
llvm::Value* emit_flush(llvm::IRBuilder<>& b, const llvm::Triple& triple);

/// Sets back what the caller had.
void emit_restore(llvm::IRBuilder<>& b, const llvm::Triple& triple, llvm::Value* before);

}  // namespace rondo::codegen
