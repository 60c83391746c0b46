// Where packed weights stand: the arithmetic of ir::Panels in bytes.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/loop_program.h"

namespace rondo::codegen {

/// The vectors of one family in a block: unit u is that of contraction u % contractions at vector
/// u / contractions of the block. Term k of unit u stands `offset + ((u / group * terms + k) * group + u %
/// group) * vector_bytes` behind the block.
struct FamilyLayout {
  ir::DType dtype;
  int64_t terms;
  int units;
  int group;
  int64_t offset;
  int64_t vector_bytes;

  /// Of the unit's first term.
  int64_t unit_offset(int unit) const {
    return offset + (unit / group * terms * group + unit % group) * vector_bytes;
  }
  /// From one term to the next.
  int64_t term_bytes() const { return group * vector_bytes; }
};

/// One block behind another along the last axis, for each index of the other axes.
struct PanelLayout {
  std::vector<FamilyLayout> families;
  int64_t block_bytes = 0;
  int64_t blocks = 0;  ///< along the last axis
  /// Blocks that a row alone sums together at least: as many go to one thread.
  int64_t blocks_together = 1;
  int64_t bytes = 0;  ///< of all
  /// Sums that stand side by side while a stage runs: for each family, its units as often as a tile has rows,
  /// or, of a row alone, blocks. Each takes the bytes of the widest vector.
  int64_t sums_of_unit = 0;
  int64_t sum_bytes = 0;
  int64_t bytes_of_sums = 0;
};

/// Where a contraction is among the families of its stage.
struct PlaceInPanels {
  size_t family;
  int member;
};
/// Of the contraction at position `contraction` of the body; it is in one of the families.
PlaceInPanels place_in_panels(const ir::Stage& stage, size_t contraction);

/// Of a stage that has panels.
PanelLayout lay_out_panels(const ir::Stage& stage);

}  // namespace rondo::codegen
