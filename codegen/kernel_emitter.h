// From loop program to LLVM module: the kernel function and its companion that tells the workspace.
#pragma once

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "ir/loop_program.h"
#include "ir/target.h"

namespace rondo::codegen {

/// Where a kernel finds its weights.
struct WeightPlace {
  /// What is prepared has copies of the weights that are read as they are, and the arrays of a call have no
  /// weights: those of the prepare function may go when it has returned.
  bool kept = false;
  /// What is prepared, where it is known already (with `kept`): it becomes read-only data of the module,
  /// whose prepare function then writes nothing.
  std::optional<std::span<const std::byte>> prepared{};
};

/// Whether code says which instruction of the program it comes from (codegen/origin_mark.h).
enum class Origins { None, Carried };

/// The functions of a module: the kernel, or those that are called ahead of it, or all.
enum class Part { Kernel, Ahead, Whole };

/// Emits the functions of runtime/kernel_abi.h: the kernel NAME; and ahead of it NAME_workspace, NAME_prepare
/// and NAME_prepared_size.
std::unique_ptr<llvm::Module> emit_module(const ir::LoopProgram& program, const ir::Target& target,
                                          const std::string& name, llvm::LLVMContext& context,
                                          const WeightPlace& weights = {}, Origins origins = Origins::None,
                                          Part part = Part::Whole);

}  // namespace rondo::codegen
