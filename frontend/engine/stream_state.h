// What a stream remembers, as one block of memory.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "ir/recurrence.h"
#include "runtime/workspace.h"

namespace rondo::engine {

/// For each state, and behind them for each output, dense rows (batch, ...): the states between two steps,
/// and the last outputs, which a masked step repeats. They stand behind a few words that tell what they are
/// the state of.
class StreamState {
 public:
  /// Zeros; nothing, and a diagnostic, where memory does not suffice.
  static std::optional<StreamState> allocate(const ir::Recurrence& recurrence, int64_t batch,
                                             ir::Diagnostics& diagnostics);

  /// Rows of one leaf: states first, then outputs.
  std::byte* rows(size_t leaf) const { return data() + regions_[leaf].offset; }
  size_t row_bytes(size_t leaf) const { return regions_[leaf].row_bytes; }

  /// All of it; the same bytes for the same state.
  std::span<const std::byte> bytes() const { return {data(), size_}; }
  /// Takes over the bytes of another one. False, and nothing changed, unless that is of as many samples and
  /// of leaves of the same types and shapes.
  bool assign(std::span<const std::byte> bytes);
  /// The rows of one sample of all leaves; both are of one recurrence and batch.
  void assign_sample(const StreamState& other, int64_t sample);

 private:
  struct Region {
    size_t offset, row_bytes;
  };
  StreamState(std::vector<Region> regions, size_t size, runtime::Workspace memory)
      : regions_(std::move(regions)), size_(size), memory_(std::move(memory)) {}
  std::byte* data() const { return static_cast<std::byte*>(memory_.data()); }

  std::vector<Region> regions_;
  size_t size_;
  runtime::Workspace memory_;
};

}  // namespace rondo::engine
