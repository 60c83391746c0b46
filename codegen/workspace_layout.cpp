#include "codegen/workspace_layout.h"

#include <algorithm>
#include <map>

#include "codegen/panel_layout.h"
#include "ir/diagnostics.h"

namespace rondo::codegen {

using namespace ir;

namespace {

Region region_of(const Buffer& buffer) {
  const int64_t row = buffer.row_stride * size_of(buffer.dtype);
  switch (buffer.rows) {
    case Rows::One:
      break;
    case Rows::Samples:
      return {0, row, 0};
    case Rows::Steps:
      return {0, 0, row};
  }
  RONDO_CHECK(false, "a buffer of the workspace without rows for its samples");
}

// Of one row: a pointer for each family of contractions, and two numbers.
int64_t row_table_bytes(const LoopProgram& program) {
  int64_t bytes = 0;
  for (const auto& [name, nests] : phases(program))
    for (const Nest& nest : *nests)
      for (const Stage& stage : nest.stages)
        if (stage.panels)
          bytes = std::max(bytes, static_cast<int64_t>(stage.panels->families.size() + 2) * 8);
  return bytes;
}

int64_t bytes_of_sums(const LoopProgram& program) {
  int64_t bytes = 0;
  for (const auto& [name, nests] : phases(program))
    for (const Nest& nest : *nests)
      for (const Stage& stage : nest.stages)
        if (stage.panels) bytes = std::max(bytes, lay_out_panels(stage).bytes_of_sums);
  return bytes;
}

// Lanes of the widest vectors over samples.
int64_t sample_lanes(const LoopProgram& program) {
  int lanes = 1;
  for (const auto& [name, nests] : phases(program))
    for (const Nest& nest : *nests)
      for (const Stage& stage : nest.stages)
        if (nest.rows != Rows::One) lanes = std::max(lanes, stage.lanes);
  return lanes;
}

bool is_prepared(const Buffer& buffer) {
  return buffer.kind == BufferKind::Temporary && buffer.rows == Rows::One;
}

// Temporaries with one slot share their place.
SampleTiles lay_out_tiles(const LoopProgram& program) {
  constexpr int64_t widest_element = 8;
  SampleTiles tiles{-1, sample_lanes(program), 0, {}, {}};
  const auto round_up = [](int64_t bytes, int64_t to) { return (bytes + to - 1) / to * to; };
  const auto take = [&](int64_t bytes, int64_t align) {
    const int64_t begin = round_up(tiles.bytes_a_sample, align);
    tiles.bytes_a_sample = begin + bytes;
    return begin;
  };
  const auto bytes_of = [](const Buffer& buffer) { return buffer.elements * size_of(buffer.dtype); };
  const auto shares = [](const Buffer& buffer) {
    return buffer.kind == BufferKind::Temporary && buffer.rows == Rows::Samples && buffer.slot >= 0;
  };
  std::map<int, int64_t> bytes_of_slot, begin_of_slot;
  for (const Buffer& buffer : program.buffers)
    if (shares(buffer)) bytes_of_slot[buffer.slot] = std::max(bytes_of_slot[buffer.slot], bytes_of(buffer));
  for (const auto& [slot, bytes] : bytes_of_slot) begin_of_slot[slot] = take(bytes, widest_element);
  for (const Buffer& buffer : program.buffers) {
    int64_t current = -1, next = -1;
    if (buffer.kind == BufferKind::State) {
      current = take(bytes_of(buffer), size_of(buffer.dtype));
      next = buffer.in_place ? current : take(bytes_of(buffer), size_of(buffer.dtype));
    } else if (shares(buffer)) {
      current = begin_of_slot.at(buffer.slot);
    }
    tiles.current.push_back(current);
    tiles.next.push_back(next);
  }
  tiles.bytes_a_sample = round_up(tiles.bytes_a_sample, widest_element);
  return tiles;
}

}  // namespace

PreparedLayout lay_out_prepared(const LoopProgram& program, bool keeps_weights) {
  PreparedLayout layout;
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer& buffer = program.buffers[i];
    const bool kept = keeps_weights && buffer.kind == BufferKind::Weight &&
                      is_read_in_place(program, {static_cast<int32_t>(i)});
    const int64_t elements = kept ? buffer.elements : buffer.row_stride;
    layout.offsets.push_back(kept || is_prepared(buffer) ? layout.bytes : -1);
    if (layout.offsets.back() >= 0) layout.bytes += (elements * size_of(buffer.dtype) + 63) / 64 * 64;
  }
  for (const auto& [name, nests] : phases(program))
    for (const Nest& nest : *nests)
      for (const Stage& stage : nest.stages) {
        if (!stage.panels) continue;
        layout.panels[&stage] = layout.bytes;
        layout.bytes += (lay_out_panels(stage).bytes + 63) / 64 * 64;
      }
  return layout;
}

WorkspaceLayout lay_out_workspace(const LoopProgram& program) {
  WorkspaceLayout layout;
  const size_t count = program.buffers.size();
  layout.current.assign(count, -1);
  layout.next.assign(count, -1);
  int64_t widest = 64;
  for (const Buffer& buffer : program.buffers)
    widest = std::max(widest, buffer.elements * size_of(buffer.dtype));
  layout.regions.push_back({widest, widest, 0});
  const auto add = [&](const Region& region) {
    layout.regions.push_back(region);
    return static_cast<int>(layout.regions.size()) - 1;
  };
  layout.tiles.current.assign(count, -1);
  layout.tiles.next.assign(count, -1);
  if (program.samples_across_lanes) {
    layout.tiles = lay_out_tiles(program);
    // Also where no buffer has an element: then there is nothing to touch in it, but it has an address.
    const int64_t bytes = layout.tiles.bytes_a_sample;
    layout.tiles.region = add({(layout.tiles.lanes - 1) * bytes, bytes, 0});
  }
  std::map<int, int> by_slot;
  for (size_t i = 0; i < count; ++i) {
    const Buffer& buffer = program.buffers[i];
    if (layout.tiles.current[i] >= 0) continue;
    if (buffer.kind == BufferKind::State) {
      layout.current[i] = add(region_of(buffer));
      layout.next[i] = buffer.in_place ? layout.current[i] : add(region_of(buffer));
    } else if (buffer.kind == BufferKind::Temporary && buffer.slot >= 0 && !is_prepared(buffer)) {
      const Region region = region_of(buffer);
      const auto [it, is_new] = by_slot.try_emplace(buffer.slot, 0);
      if (is_new) it->second = add({});
      Region& shared = layout.regions[static_cast<size_t>(it->second)];
      shared.bytes_a_sample = std::max(shared.bytes_a_sample, region.bytes_a_sample);
      shared.bytes_a_row = std::max(shared.bytes_a_row, region.bytes_a_row);
      layout.current[i] = it->second;
    }
  }
  if (const int64_t bytes = row_table_bytes(program); bytes > 0) layout.row_tables = add({0, 0, bytes});
  if (const int64_t bytes = bytes_of_sums(program); bytes > 0) layout.sums = add({bytes, 0, 0});
  if (program.masking == Masking::None) return layout;
  layout.sample_lists = add({0, 2 * int64_t{sizeof(int64_t)}, 0});
  layout.step_lists = add({0, 0, 2 * int64_t{sizeof(int64_t)}});
  return layout;
}

}  // namespace rondo::codegen
