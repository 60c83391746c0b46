// The loops of a nest whose stage sums packed weights: columns outside, so that a block of weights serves all
// rows; rows in tiles, whose sums internal functions compute; the rest of the body row by row from the sums.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <functional>
#include <optional>
#include <vector>

#include "codegen/nest_emitter.h"
#include "codegen/panel_layout.h"
#include "codegen/row_lists.h"
#include "codegen/sum_functions.h"
#include "codegen/tile_rows.h"
#include "ir/loop_program.h"
#include "ir/target.h"

namespace rondo::codegen {

class PanelEmitter {
 public:
  /// `panels`: the packed weights of the nest's only stage. With lists, rows that do not keep their step are
  /// summed nowhere.
  PanelEmitter(llvm::IRBuilder<>& builder, const ir::LoopProgram& program, const ir::Target& target,
               const CallSizes& sizes, const std::vector<BufferMemory>& memory, StackArrays& stack,
               const ir::Nest& nest, llvm::Value* panels, const std::optional<RowLists>& lists);

  void emit(const Moment& moment);

 private:
  TileRows::Row row_at(const Moment& moment, llvm::Value* position);
  void emit_blocks(const std::vector<llvm::Value*>& indices, llvm::Value* number,
                   const std::function<void(const std::vector<llvm::Value*>&, llvm::Value*)>& body);
  void emit_block(const Moment& moment, const std::vector<llvm::Value*>& indices, llvm::Value* block);
  llvm::Value* emit_tile_size(llvm::Value* left);
  void emit_left_sides(const Moment& moment, const std::vector<llvm::Value*>& indices, llvm::Value* begin,
                       llvm::Value* size, llvm::Value* last);
  void emit_sums(llvm::Value* size, llvm::Value* block);
  void emit_row(TileRows& row, const std::vector<llvm::Value*>& indices, llvm::Value* in_tile);
  void emit_held_rows(const Moment& moment, const std::vector<llvm::Value*>& indices);
  void emit_vector(RowSource& row, const std::vector<llvm::Value*>& indices, llvm::Value* in_tile,
                   llvm::Value* vector, int active);

  llvm::Value* integer(int64_t value);
  const ir::Instruction& first_of(size_t family) const;

  llvm::IRBuilder<>& b_;
  const ir::LoopProgram& program_;
  const ir::Target& target_;
  const CallSizes& sizes_;
  const std::vector<BufferMemory>& memory_;
  StackArrays& stack_;
  const ir::Nest& nest_;
  const ir::Stage& stage_;
  PanelLayout layout_;
  SumFunctions functions_;
  llvm::Value* panels_;
  std::optional<RowLists> lists_;
  // By family, on the stack: pointers to the left side of each row of the tile, and its sums.
  std::vector<llvm::Value*> lefts_, sums_;
};

}  // namespace rondo::codegen
