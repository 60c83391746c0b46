// The loops of a nest whose stage sums packed weights: columns outside, so that a block of weights serves all
// rows; rows in tiles, whose sums internal functions compute; the rest of the body row by row from the sums.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <functional>
#include <optional>
#include <vector>

#include "codegen/nest_emitter.h"
#include "codegen/origin_mark.h"
#include "codegen/outlining.h"
#include "codegen/panel_layout.h"
#include "codegen/row_lists.h"
#include "codegen/sum_functions.h"
#include "codegen/team_emitter.h"
#include "codegen/tile_rows.h"
#include "ir/loop_program.h"
#include "ir/target.h"

namespace rondo::codegen {

/// What a nest with packed weights needs beside its buffers.
struct PanelMemory {
  llvm::Value* panels;  ///< the packed weights of the nest's only stage
  llvm::Value* tables;  ///< room for the tables of rows (WorkspaceLayout::row_tables)
  llvm::Value* sums;    ///< room for sums (WorkspaceLayout::sums)
};

class PanelEmitter {
 public:
  /// Of the blocks of columns, those of `share`. With lists, rows that do not keep their step are summed
  /// nowhere.
  PanelEmitter(llvm::IRBuilder<>& builder, const ir::LoopProgram& program, const ir::Target& target,
               const CallSizes& sizes, const std::vector<BufferMemory>& memory, const ir::Nest& nest,
               const PanelMemory& own, const Share& share, const std::optional<RowLists>& lists,
               Outlining& outlining);

  void emit(const Moment& moment);

 private:
  // Where things are, the same for all blocks of the share.
  void find_places(const Moment& moment);
  void emit_axes(const Moment& moment, const std::vector<llvm::Value*>& indices, llvm::Value* number);
  void emit_tables(const Moment& moment, const std::vector<llvm::Value*>& indices);
  llvm::Value* is_downwards(const Moment& moment);
  llvm::Value* in_sweep(const Moment& moment, llvm::Value* position);
  llvm::Value* next_in_sweep(const Moment& moment, llvm::Value* position, llvm::Value* block);
  void emit_alone(const Moment& moment, llvm::Value* first_block);
  // Packed weights of a block of columns, and of the one that follows in the sweep.
  struct Block {
    llvm::Value* weights;
    llvm::Value* next;
  };
  void emit_block(const Moment& moment, const std::vector<llvm::Value*>& indices, const Block& block);
  llvm::Value* emit_tile_size(llvm::Value* left);
  void emit_sums(llvm::Value* begin, llvm::Value* size, const Block& block);
  TileRows::Row row_in_table(const Moment& moment, llvm::Value* position);

  // The vectors of columns of a block, or of all blocks of the share for a row alone.
  struct Columns {
    llvm::Value* first;        // vectors ahead of them
    llvm::Value* count;        // of those that are whole
    llvm::Value* reaches_end;  // whether the last columns are among them, less than a vector
  };
  Columns columns_of(llvm::Value* block);
  llvm::Value* column_at(const Columns& columns, llvm::Value* vector);
  // A row by its place in the tile, and a vector by its place in the block.
  struct Piece {
    llvm::Value* row;
    llvm::Value* vector;
  };
  void emit_whole(const Moment& moment, const std::vector<llvm::Value*>& indices, const Columns& columns,
                  llvm::Value* begin, llvm::Value* rows);
  void emit_pairs(const Moment& moment, const std::vector<llvm::Value*>& indices, const Columns& columns,
                  llvm::Value* begin, llvm::Value* rows);
  void emit_partial(const Columns& columns, const std::function<void(llvm::Value* vector, int active)>& body);
  void emit_held_rows(const Moment& moment, const std::vector<llvm::Value*>& indices, const Columns& columns);
  void emit_vectors(const Moment& moment, const std::vector<llvm::Value*>& indices, const Columns& columns,
                    llvm::Value* begin, const std::vector<Piece>& pieces, int active);
  void emit_rest(RowSource& rows, const std::vector<llvm::Value*>& indices,
                 const std::vector<llvm::Value*>& firsts, const std::vector<Piece>& pieces, int active);
  llvm::Value* load_sum(int contraction, const Piece& piece);

  llvm::Value* integer(int64_t value);
  const ir::Instruction& first_of(size_t family) const;
  OriginMark mark_sums_of(size_t family);

  llvm::IRBuilder<>& b_;
  const ir::LoopProgram& program_;
  const ir::Target& target_;
  const CallSizes& sizes_;
  const std::vector<BufferMemory>& memory_;
  const ir::Nest& nest_;
  const ir::Stage& stage_;
  PanelLayout layout_;
  SumFunctions functions_;
  PanelMemory own_;
  Share share_;
  std::optional<RowLists> lists_;
  Outlining& outlining_;
  llvm::Value* count_ = nullptr;  // rows to be summed
  llvm::Value* alone_ = nullptr;  // whether there is but one
  // By family: the table of pointers to the left sides of the rows, and the sums.
  std::vector<llvm::Value*> lefts_, sums_;
  // Tables of the sample and the step in the block of each row, where rows are steps or come from lists.
  llvm::Value *samples_ = nullptr, *steps_ = nullptr;
};

}  // namespace rondo::codegen
