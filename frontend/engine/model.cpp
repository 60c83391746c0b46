#include "frontend/engine/model.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "frontend/engine/violation.h"
#include "runtime/call_frame.h"

namespace rondo::engine {

using namespace ir;

std::optional<runtime::Workspace> allocate(int64_t bytes, const char* purpose, Diagnostics& diagnostics) {
  runtime::Workspace memory(bytes);
  if (memory.data()) return memory;
  diagnostics.error(fmt::format("not enough memory for {} of {} bytes", purpose, bytes));
  return std::nullopt;
}

namespace {

// Prepares with a kernel that checks its bounds. False, and a diagnostic, where it went beyond them.
bool prepare_checked(const Kernel& kernel, const std::vector<rondo_array>& weights, void* prepared,
                     Diagnostics& diagnostics) {
  runtime::Bounds bounds;
  bounds.add("the list of weights", weights.data(),
             static_cast<int64_t>(weights.size() * sizeof(rondo_array)), false);
  size_t next = 0;
  for (const Buffer& buffer : kernel.arguments())
    if (buffer.kind == BufferKind::Weight)
      bounds.add_array(fmt::format("{} '{}'", name_of(buffer.kind), buffer.name), weights[next++],
                       size_of(buffer.dtype), buffer.elements, 1, 1, false);
  bounds.add("what is prepared", prepared, kernel.entries().prepared_size(), true);
  runtime::CallFrame frame;
  frame.bounds = &bounds;
  std::bit_cast<runtime::CheckedPrepare>(kernel.entries().prepare)(weights.data(), prepared, &frame);
  if (!bounds.violation()) return true;
  diagnostics.error(
      describe(*bounds.violation(), *kernel.checked_program(), "what prepares weights for the kernel"));
  return false;
}

}  // namespace

std::optional<Model> Model::prepare(const Kernel& kernel, std::span<const void* const> weights,
                                    Diagnostics& diagnostics) {
  std::optional<runtime::Workspace> prepared =
      allocate(kernel.entries().prepared_size(), "prepared weights", diagnostics);
  if (!prepared) return std::nullopt;
  auto shared = std::make_shared<Shared>(Shared{std::move(*prepared), {}, {}});
  std::vector<rondo_array> given;
  for (const void* weight : weights) given.push_back({const_cast<void*>(weight), 0, 0});  // only read
  if (!kernel.checked_program())
    kernel.entries().prepare(given.data(), shared->prepared.data());
  else if (!prepare_checked(kernel, given, shared->prepared.data(), diagnostics))
    return std::nullopt;

  size_t next = 0;
  shared->copies.reserve(weights.size());
  for (size_t i = 0; i < kernel.arguments().size(); ++i) {
    const Buffer& buffer = kernel.arguments()[i];
    if (buffer.kind != BufferKind::Weight) continue;
    const void* from = weights[next++];
    shared->weights.push_back({});
    if (!kernel.reads_in_place(i)) continue;
    Tensor& copy = shared->copies.emplace_back(buffer.dtype, Dims{buffer.elements});
    if (copy.byte_count() > 0) std::memcpy(copy.bytes(), from, copy.byte_count());
    shared->weights.back().data = copy.bytes();
  }
  return Model(kernel, std::move(shared));
}

}  // namespace rondo::engine
