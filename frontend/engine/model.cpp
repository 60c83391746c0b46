#include "frontend/engine/model.h"

#include <fmt/format.h>

#include <cstring>

namespace rondo::engine {

using namespace ir;

std::optional<runtime::Workspace> allocate(int64_t bytes, const char* purpose, Diagnostics& diagnostics) {
  runtime::Workspace memory(bytes);
  if (memory.data()) return memory;
  diagnostics.error(fmt::format("not enough memory for {} of {} bytes", purpose, bytes));
  return std::nullopt;
}

std::optional<Model> Model::prepare(const Kernel& kernel, std::span<const void* const> weights,
                                    Diagnostics& diagnostics) {
  std::optional<runtime::Workspace> prepared =
      allocate(kernel.entries().prepared_size(), "prepared weights", diagnostics);
  if (!prepared) return std::nullopt;
  auto shared = std::make_shared<Shared>(Shared{std::move(*prepared), {}, {}});
  std::vector<rondo_array> given;
  for (const void* weight : weights) given.push_back({const_cast<void*>(weight), 0, 0});  // only read
  kernel.entries().prepare(given.data(), shared->prepared.data());

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
