// LLVM modules as object files and assembly.
#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Target/TargetMachine.h>

#include <memory>
#include <string>

namespace rondo::codegen {

/// Throws ir::InternalError where the module is no valid LLVM IR, of which a backend may make anything at
/// all.
void verify(const llvm::Module& module);

/// Verifies the module and turns it into an object file; the module is used up.
std::unique_ptr<llvm::MemoryBuffer> emit_object(llvm::Module& module, llvm::TargetMachine& machine);

/// The same as assembly text; the module is used up.
std::string emit_assembly(llvm::Module& module, llvm::TargetMachine& machine);

}  // namespace rondo::codegen
