// The loops of a nest: over rows, over columns, in the order that the schedule says, around register tiles.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "codegen/stack_arrays.h"
#include "codegen/tile_emitter.h"
#include "codegen/tile_rows.h"
#include "ir/loop_program.h"
#include "ir/target.h"

namespace rondo::codegen {

/// When nests run: one step, or (first step and count set) all steps of a block.
struct Moment {
  llvm::Value* t = nullptr;         ///< the step; of a block, its first
  llvm::Value* in_block = nullptr;  ///< the step, counted from the first of its block
  llvm::Value* block_begin = nullptr;
  llvm::Value* block_count = nullptr;
};

class NestEmitter {
 public:
  NestEmitter(llvm::IRBuilder<>& builder, const ir::LoopProgram& program, const ir::Target& target,
              const CallSizes& sizes, const std::vector<BufferMemory>& memory, StackArrays& stack,
              const ir::Nest& nest)
      : b_(builder),
        program_(program),
        target_(target),
        sizes_(sizes),
        memory_(memory),
        stack_(stack),
        nest_(nest) {}

  /// The weights of its only stage, packed: contractions read these.
  void take(PackedWeights packed) { packed_ = std::move(packed); }

  void emit(const Moment& moment);

 private:
  // Rows [begin, end) in steps of `rows`, along the samples or along the steps of a block.
  struct RowRange {
    llvm::Value* begin;
    llvm::Value* end;
    int rows;
    int sample_lanes;  // 1, or samples across lanes
  };

  bool across_samples() const;
  std::vector<RowRange> row_ranges(const Moment& moment) const;
  void emit_range(const Moment& moment, const RowRange& range, size_t tile);
  // The rows of a tile, and each of them alone by its number.
  struct RowTile {
    RowSource& rows;
    std::function<std::unique_ptr<RowSource>(llvm::Value* row)> row_at;
  };
  void emit_rows(const Moment& moment, const RowRange& range,
                 const std::function<void(const RowTile&)>& body);
  void load_numbers(int lanes);
  void begin_block();
  void emit_tile(const ir::Stage& stage, const std::vector<llvm::Value*>& indices,
                 const TileEmitter::Shape& shape, const RowTile& tile);
  bool sums_row_first(const ir::Stage& stage, const RowRange& range, int vectors) const;
  void emit_summed_row(const ir::Stage& stage, int vectors, RowSource& row);
  // Vectors that are left of the last axis, too few for a tile: one of their own, or a part of the last.
  enum class Rest { Apart, Joined };
  void emit_columns(
      const ir::Stage& stage, int sample_lanes, int vectors, Rest rest,
      const std::function<void(const std::vector<llvm::Value*>&, const TileEmitter::Shape&)>& body);

  llvm::IRBuilder<>& b_;
  const ir::LoopProgram& program_;
  const ir::Target& target_;
  const CallSizes& sizes_;
  const std::vector<BufferMemory>& memory_;
  StackArrays& stack_;
  const ir::Nest& nest_;
  std::optional<PackedWeights> packed_;
  std::map<const ir::Stage*, TileEmitter::Known> known_;  // of the rows that are being walked
};

}  // namespace rondo::codegen
