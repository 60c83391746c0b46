// From loop program to LLVM module: the kernel function and its companion that tells the workspace.
#pragma once

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <memory>
#include <string>

#include "ir/loop_program.h"
#include "ir/target.h"

namespace rondo::codegen {

/// Emits the functions of runtime/kernel_abi.h: the kernel NAME, NAME_workspace, NAME_prepare and
/// NAME_prepared_size.
std::unique_ptr<llvm::Module> emit_module(const ir::LoopProgram& program, const ir::Target& target,
                                          const std::string& name, llvm::LLVMContext& context);

}  // namespace rondo::codegen
