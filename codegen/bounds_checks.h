// Kernels that ask before they touch memory.
#pragma once

#include <llvm/IR/Module.h>

namespace rondo::codegen {

/// Puts a check (runtime/bounds.h) before each load and store of the kernel `name`, of the function that
/// prepares its weights, and of all that they call, but for those of the frame, the stack and constants of
/// the module. The kernel is to be called with a runtime::CallFrame, the prepare function with the address of
/// one as a third argument. The module carries origins: violations name the instruction of the loop program.
void insert_bounds_checks(llvm::Module& module, const std::string& name);

}  // namespace rondo::codegen
