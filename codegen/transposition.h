// Copies between the caller's arrays and the workspace where samples lie side by side: transpositions, done
// in square blocks of registers.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include "codegen/tile_rows.h"
#include "ir/loop_program.h"

namespace rondo::codegen {

/// Whether a nest does nothing but copy whole rows between an input or output and the workspace, samples
/// across lanes.
bool is_transposition(const ir::LoopProgram& program, const ir::Nest& nest);

/// Where each sample has a single element, and samples lie side by side in the caller's array, there is
/// nothing to transpose: lets the buffer of the workspace stand for the caller's memory from step `begin` on.
void emit_stand_in(llvm::IRBuilder<>& builder, const ir::LoopProgram& program, const CallSizes& sizes,
                   std::vector<BufferMemory>& memory, const ir::Nest& nest, llvm::Value* begin);

/// Emits such a nest for all samples and `count` steps from step `begin` on. Does nothing where the workspace
/// stands for the caller's memory.
void emit_transposition(llvm::IRBuilder<>& builder, const ir::LoopProgram& program, const CallSizes& sizes,
                        const std::vector<BufferMemory>& memory, const ir::Nest& nest, llvm::Value* begin,
                        llvm::Value* count);

}  // namespace rondo::codegen
