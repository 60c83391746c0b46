#include "frontend/engine/kernel.h"

#include <map>

namespace rondo::engine {

using namespace ir;

namespace {

bool is_argument(const Buffer& buffer) {
  return buffer.kind != BufferKind::State && buffer.kind != BufferKind::Temporary;
}

}  // namespace

Kernel::Kernel(const LoopProgram& program, const Recurrence& recurrence,
               std::shared_ptr<const runtime::NativeCode> code, double compile_milliseconds) {
  Shared shared{{}, {}, program.samples_across_lanes, recurrence, std::move(code), compile_milliseconds};
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
  std::map<BufferKind, std::span<const rondo_array>> lists = {
      {BufferKind::Input, arrays.inputs},
      {BufferKind::Constant, arrays.constants},
      {BufferKind::Weight, weights},
      {BufferKind::InitialState, arrays.initial_states},
      {BufferKind::Mask, {&arrays.mask, 1}},
      {BufferKind::Lengths, {&arrays.lengths, 1}},
      {BufferKind::PreviousOutput, arrays.previous_outputs},
      {BufferKind::Output, arrays.outputs},
      {BufferKind::LastOutput, arrays.last_outputs},
      {BufferKind::FinalState, arrays.final_states},
  };
  std::vector<rondo_array> ordered;
  for (const Buffer& buffer : arguments()) {
    std::span<const rondo_array>& list = lists.at(buffer.kind);
    RONDO_CHECK(!list.empty(), "a call with fewer arrays than its kernel");
    ordered.push_back(list.front());
    list = list.subspan(1);
  }
  return ordered;
}

}  // namespace rondo::engine
