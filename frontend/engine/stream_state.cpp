#include "frontend/engine/stream_state.h"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <cstring>

#include "frontend/engine/model.h"

namespace rondo::engine {

using namespace ir;

namespace {

constexpr std::array<char, 8> magic = {'R', 'O', 'N', 'D', 'O', 'S', 'T', '1'};
constexpr size_t alignment = 64;

struct Header {
  std::array<char, 8> magic;
  uint64_t signature;  // of the leaves
  int64_t batch;
};
static_assert(sizeof(Header) <= alignment);

std::vector<Type> leaf_types(const StepGraph& step) {
  std::vector<Type> types;
  for (const State& state : step.states) types.push_back(step.type(state.node));
  for (const Output& output : step.outputs) types.push_back(step.type(output.node));
  return types;
}

uint64_t signature_of(const StepGraph& step) {
  std::string text = fmt::format("{} states", step.states.size());
  for (const Type& type : leaf_types(step)) text += fmt::format(" {}", to_string(type));
  return XXH3_64bits(text.data(), text.size());
}

}  // namespace

std::optional<StreamState> StreamState::allocate(const Recurrence& recurrence, int64_t batch,
                                                 Diagnostics& diagnostics) {
  std::vector<Region> regions;
  size_t size = alignment;
  bool fits = true;
  for (const Type& type : leaf_types(recurrence.step)) {
    const auto row_bytes = static_cast<size_t>(type.count() * size_of(type.dtype));
    regions.push_back({size, row_bytes});
    size_t bytes = 0;
    fits = fits && !__builtin_mul_overflow(row_bytes, static_cast<size_t>(batch), &bytes) &&
           !__builtin_add_overflow(size, (bytes + alignment - 1) / alignment * alignment, &size) &&
           size <= size_t{1} << 62;
  }
  if (!fits) {
    diagnostics.error(fmt::format("the state of {} samples is larger than any memory", batch));
    return std::nullopt;
  }
  auto memory = engine::allocate(static_cast<int64_t>(size), "the state of a stream", diagnostics);
  if (!memory) return std::nullopt;
  const Header header{magic, signature_of(recurrence.step), batch};
  std::memcpy(memory->data(), &header, sizeof header);
  return StreamState(std::move(regions), size, std::move(*memory));
}

bool StreamState::assign(std::span<const std::byte> bytes) {
  if (bytes.size() != size_ || std::memcmp(bytes.data(), data(), sizeof(Header)) != 0) return false;
  std::memmove(data(), bytes.data(), size_);
  return true;
}

void StreamState::assign_sample(const StreamState& other, int64_t sample) {
  for (size_t leaf = 0; leaf < regions_.size(); ++leaf) {
    const size_t begin = static_cast<size_t>(sample) * row_bytes(leaf);
    std::memcpy(rows(leaf) + begin, other.rows(leaf) + begin, row_bytes(leaf));
  }
}

}  // namespace rondo::engine
