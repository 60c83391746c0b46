#include "frontend/engine/kernel.h"

#include <array>

namespace rondo::engine {

using namespace ir;

namespace {

bool is_argument(const Buffer& buffer) {
  return buffer.kind != BufferKind::State && buffer.kind != BufferKind::Temporary;
}

}  // namespace

Kernel::Kernel(const LoopProgram& program, const Recurrence& recurrence,
               std::shared_ptr<const runtime::NativeCode> code, double compile_milliseconds, bool checked) {
  Shared shared{{},
                {},
                program.samples_across_lanes,
                program.sharing,
                recurrence,
                std::move(code),
                compile_milliseconds,
                {}};
  if (checked) shared.checked = program;
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer& buffer = program.buffers[i];
    if (!is_argument(buffer)) continue;
    shared.arguments.push_back(buffer);
    shared.read_in_place.push_back(buffer.kind == BufferKind::Weight &&
                                   is_read_in_place(program, {static_cast<int32_t>(i)}));
  }
  shared_ = std::make_shared<Shared>(std::move(shared));
}

std::vector<rondo_array> Kernel::in_order(const CallArrays& arrays,
                                          std::span<const rondo_array> weights) const {
  const auto list_of = [&](BufferKind kind) -> std::span<const rondo_array> {
    switch (kind) {
      case BufferKind::Input:
        return arrays.inputs;
      case BufferKind::Constant:
        return arrays.constants;
      case BufferKind::Weight:
        return weights;
      case BufferKind::InitialState:
        return arrays.initial_states;
      case BufferKind::Mask:
        return {&arrays.mask, 1};
      case BufferKind::Lengths:
        return {&arrays.lengths, 1};
      case BufferKind::PreviousOutput:
        return arrays.previous_outputs;
      case BufferKind::Output:
        return arrays.outputs;
      case BufferKind::LastOutput:
        return arrays.last_outputs;
      case BufferKind::FinalState:
        return arrays.final_states;
      case BufferKind::State:
      case BufferKind::Temporary:
        return {};
    }
    __builtin_unreachable();
  };
  std::array<size_t, static_cast<size_t>(BufferKind::Temporary) + 1> taken{};  // of each kind
  std::vector<rondo_array> ordered;
  ordered.reserve(arguments().size());
  for (const Buffer& buffer : arguments()) {
    const std::span<const rondo_array> list = list_of(buffer.kind);
    size_t& next = taken[static_cast<size_t>(buffer.kind)];
    RONDO_CHECK(next < list.size(), "a call with fewer arrays than its kernel");
    ordered.push_back(list[next++]);
  }
  return ordered;
}

}  // namespace rondo::engine
