// From loop program to LLVM module: the kernel function and its companion that tells the workspace.
#pragma once

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <memory>
#include <string>

#include "ir/loop_program.h"
#include "ir/target.h"

namespace rondo::codegen {

/// Emits `int32_t NAME(const rondo_call*)` and `int64_t NAME_workspace(int64_t batch)` of
/// runtime/kernel_abi.h.
std::unique_ptr<llvm::Module> emit_module(const ir::LoopProgram& program, const ir::Target& target,
                                          const std::string& name, llvm::LLVMContext& context);

}  // namespace rondo::codegen
