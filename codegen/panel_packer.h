// Packs weights into panels: part of the function that prepares weights.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include "codegen/tile_rows.h"
#include "ir/loop_program.h"

namespace rondo::codegen {

/// Emits the packing of all weights of a stage that has panels. `panels`: where they go, aligned to 64.
void emit_packing(llvm::IRBuilder<>& builder, const std::vector<BufferMemory>& memory, const ir::Stage& stage,
                  llvm::Value* panels);

}  // namespace rondo::codegen
