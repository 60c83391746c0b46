// Where each buffer of a loop program stands: in the workspace of a call, or in what is prepared for all
// calls with the same weights.
#pragma once

#include <map>
#include <vector>

#include "ir/loop_program.h"

namespace rondo::codegen {

/// A piece of the workspace: `bytes_shared + batch * bytes_a_sample + rows * bytes_a_row`, rounded up to 64.
/// `rows` are the most that a block of steps has for the batch, or for fewer samples.
struct Region {
  int64_t bytes_shared = 0;
  int64_t bytes_a_sample = 0;
  int64_t bytes_a_row = 0;
};

/// Where the rows of samples stand if samples lie across lanes: in tiles of as many samples as a vector has
/// lanes. In a tile, each element of each buffer has its samples side by side, and all of them stand at fixed
/// distances from the tile's first byte: one address serves for all. Element e of sample s stands
/// `s / lanes * lanes * bytes_a_sample + begin * lanes + (e * lanes + s % lanes) * size` bytes behind the
/// region, where `begin` is that of the buffer.
struct SampleTiles {
  int region = -1;
  int64_t lanes = 1;
  int64_t bytes_a_sample = 0;
  std::vector<int64_t> current, next;  ///< by buffer: bytes of a sample ahead of it; -1 where it has none
};

/// The regions of the workspace one behind another, and which of them each buffer has.
struct WorkspaceLayout {
  std::vector<Region> regions;
  std::vector<int> current;  ///< by buffer; -1 for all that is not in the workspace
  std::vector<int> next;     ///< by buffer; of a state that is not updated in place
  SampleTiles tiles;         ///< instead of regions, of buffers with a row a sample, samples across lanes
  int row_tables = -1;       ///< of nests with packed weights: for each row, pointers and numbers
  int sums = -1;             ///< of nests with packed weights: sums of a tile, or of a row alone
  int sample_lists = -1;     ///< two numbers for each sample
  int step_lists = -1;       ///< two numbers for each row of a block of steps
};

/// Region 0 is a row that may be read where an output has no previous step.
WorkspaceLayout lay_out_workspace(const ir::LoopProgram& program);

/// Byte offsets in what is prepared, each a multiple of 64.
struct PreparedLayout {
  std::vector<int64_t> offsets;                ///< by buffer; -1 for all that does not stand there
  std::map<const ir::Stage*, int64_t> panels;  ///< of the stages that have packed weights
  int64_t bytes = 0;
};

/// With `keeps_weights` also of copies of the weights that kernels read as they are.
PreparedLayout lay_out_prepared(const ir::LoopProgram& program, bool keeps_weights);

}  // namespace rondo::codegen
