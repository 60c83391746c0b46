// Memory of the rows that a tile works on: the rows of states and temporaries in the workspace, those of the
// caller's arrays through their strides, and whether a row keeps its step.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <map>
#include <vector>

#include "codegen/tile_emitter.h"
#include "ir/loop_program.h"

namespace rondo::codegen {

/// Memory of a buffer in a call. Strides are those of arguments; the workspace has its own, unless a buffer
/// of it stands in for an argument whose samples lie side by side already: then `time_stride` is that of the
/// argument.
struct BufferMemory {
  llvm::Value* current = nullptr;
  llvm::Value* next = nullptr;  ///< of a state
  llvm::Value* batch_stride = nullptr;
  llvm::Value* time_stride = nullptr;
  /// Of a buffer in tiles of samples: bytes from the tile to its first element. `current` and `next` are
  /// those of the first tile.
  int64_t in_tile = -1;
};

struct CallSizes {
  llvm::Value* batch = nullptr;
  llvm::Value* time = nullptr;
  llvm::Value* spare_row = nullptr;  ///< memory that may be read in place of a row that is not there
  int64_t tile_lanes = 1;            ///< see SampleTiles
  int64_t tile_bytes_a_sample = 0;
};

/// Places of rows of the workspace at one step, less what the sample adds: by buffer.
using StepPlaces = std::map<ir::BufferId, llvm::Value*>;

/// Places of all buffers of the workspace that `nest` touches and that have a row for each step, samples
/// across lanes; `in_block` is the step, counted from the first of its block.
StepPlaces find_step_places(llvm::IRBuilder<>& builder, const ir::LoopProgram& program,
                            const CallSizes& sizes, const std::vector<BufferMemory>& memory,
                            const ir::Nest& nest, llvm::Value* in_block);

/// The rows of a tile at one moment. Finds the memory of a row when first asked for it, at the builder's
/// place then: what is used in inner loops is to be found ahead of them.
class TileRows : public RowSource {
 public:
  struct Row {
    llvm::Value* sample;
    llvm::Value* t;
    llvm::Value* in_block;  ///< the step, counted from the first of its block
  };

  /// `sample_lanes`: samples that lie along the lanes of a vector, or 1.
  TileRows(llvm::IRBuilder<>& builder, const ir::LoopProgram& program, const CallSizes& sizes,
           const std::vector<BufferMemory>& memory, std::vector<Row> rows, int sample_lanes)
      : b_(builder),
        program_(program),
        sizes_(sizes),
        memory_(memory),
        rows_(std::move(rows)),
        lanes_(sample_lanes) {}

  /// Takes places that were found ahead of the loop over samples.
  void take_places(const StepPlaces& places) { places_ = places; }
  /// From here on all rows are known to keep the step, or not to.
  void assume_keep(bool keep) { known_keep_ = keep; }
  /// Finds all that the stages of a nest touch.
  void locate_all(const ir::Nest& nest);

  RowMemory memory(const ir::Access& access, int row) override;
  llvm::Value* keep(int row) override;
  std::optional<bool> known_keep() const override { return known_keep_; }
  llvm::Value* is_first_step(int row) override;

 private:
  RowMemory locate(const ir::Access& access, const Row& row);
  RowMemory locate_in_workspace(const ir::Access& access, const ir::Buffer& buffer,
                                const BufferMemory& memory, const Row& row);
  RowMemory locate_in_tile(const ir::Access& access, const ir::Buffer& buffer, const BufferMemory& memory,
                           const Row& row);
  RowMemory locate_argument(const ir::Access& access, const ir::Buffer& buffer, const BufferMemory& memory,
                            const Row& row);
  RowMemory locate_before(const ir::Buffer& output, const Row& row);
  llvm::Value* emit_keep(const Row& row);
  const BufferMemory& argument(ir::BufferKind kind) const;
  llvm::Value* keep_by_mask(const Row& row, llvm::Value* sample);
  llvm::Value* keep_by_length(const Row& row, llvm::Value* sample);

  llvm::IRBuilder<>& b_;
  const ir::LoopProgram& program_;
  const CallSizes& sizes_;
  const std::vector<BufferMemory>& memory_;
  std::vector<Row> rows_;
  int lanes_;
  std::map<std::pair<std::pair<ir::BufferId, ir::Time>, int>, RowMemory> known_;
  std::map<int, llvm::Value*> keeps_;
  std::optional<bool> known_keep_;
  StepPlaces places_;
  std::map<std::pair<llvm::Value*, llvm::Value*>, llvm::Value*> tiles_;  // by first tile and sample
};

}  // namespace rondo::codegen
