// The loops of a nest: over rows, over columns, in the order that the schedule says, around register tiles.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <vector>

#include "codegen/tile_emitter.h"
#include "ir/loop_program.h"
#include "ir/target.h"

namespace rondo::codegen {

/// Memory of a buffer in a call. Strides are those of arguments; the workspace has its own.
struct BufferMemory {
  llvm::Value* current = nullptr;
  llvm::Value* next = nullptr;  ///< of a state
  llvm::Value* batch_stride = nullptr;
  llvm::Value* time_stride = nullptr;
};

struct CallSizes {
  llvm::Value* batch = nullptr;
  llvm::Value* time = nullptr;
  llvm::Value* spare_row = nullptr;  ///< memory that may be read in place of a row that is not there
};

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
              const CallSizes& sizes, const std::vector<BufferMemory>& memory, const ir::Nest& nest)
      : b_(builder), program_(program), target_(target), sizes_(sizes), memory_(memory), nest_(nest) {}

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
  void emit_rows(const Moment& moment, const RowRange& range, const std::function<void(RowSource&)>& body);
  void emit_columns(const ir::Stage& stage, int sample_lanes, int vectors,
                    const std::function<void(const std::vector<llvm::Value*>&, const TileEmitter::Shape&)>& body);

  llvm::IRBuilder<>& b_;
  const ir::LoopProgram& program_;
  const ir::Target& target_;
  const CallSizes& sizes_;
  const std::vector<BufferMemory>& memory_;
  const ir::Nest& nest_;
};

}  // namespace rondo::codegen
