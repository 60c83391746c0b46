// LLVM modules as object files and assembly.
#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Target/TargetMachine.h>

#include <memory>
#include <string>

namespace rondo::codegen {

/// Turns the module into an object file; the module is used up.
std::unique_ptr<llvm::MemoryBuffer> emit_object(llvm::Module& module, llvm::TargetMachine& machine);

/// Assembly text; the module is used up.
std::string emit_assembly(llvm::Module& module, llvm::TargetMachine& machine);

}  // namespace rondo::codegen
