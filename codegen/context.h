// LLVM's context, with LLVM's own ways to end a process turned into exceptions.
#pragma once

#include <llvm/IR/LLVMContext.h>

namespace rondo::codegen {

/// All of Rondo's modules live in one of these. While LLVM works on them, its fatal errors and error
/// diagnostics throw ir::InternalError, and what it cannot allocate std::bad_alloc: a program with Rondo in
/// it goes on.
class Context : public llvm::LLVMContext {
 public:
  Context();
};

}  // namespace rondo::codegen
