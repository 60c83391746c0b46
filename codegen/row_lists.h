// Which rows of a moment keep their step and which hold: lists made ahead of nests that skip the work of the
// latter.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include "codegen/nest_emitter.h"
#include "codegen/tile_rows.h"
#include "ir/loop_program.h"

namespace rondo::codegen {

/// Numbers of rows, upwards.
struct RowList {
  llvm::Value* numbers = nullptr;
  llvm::Value* count = nullptr;
};
struct RowLists {
  RowList kept, held;
};

/// Rows of nests over samples, or over the steps of a block, are numbered sample by sample.
llvm::Value* row_count(llvm::IRBuilder<>& builder, ir::Rows rows, const CallSizes& sizes,
                       const Moment& moment);
TileRows::Row row_at(llvm::IRBuilder<>& builder, ir::Rows rows, const Moment& moment, llvm::Value* number);

/// Makes both lists of the rows of `moment` in `memory`, which holds two numbers for each row.
RowLists emit_row_lists(llvm::IRBuilder<>& builder, const ir::LoopProgram& program, const CallSizes& sizes,
                        const std::vector<BufferMemory>& buffers, ir::Rows rows, const Moment& moment,
                        llvm::Value* memory);

}  // namespace rondo::codegen
