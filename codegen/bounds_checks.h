// Kernels that ask before they touch memory.
#pragma once

#include <llvm/IR/Module.h>

namespace rondo::codegen {

/// Puts a check (runtime/bounds.h) before each load and store of the kernel `name` and of all that it calls,
/// but for those of the frame, the stack and constants of the module. The kernel is to be called with a
/// CheckedFrame. The module carries origins: violations name the instruction of the loop program. Other
/// functions of the module, which have no bounds, stay unchecked.
void insert_bounds_checks(llvm::Module& module, const std::string& name);

}  // namespace rondo::codegen
