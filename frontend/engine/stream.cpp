#include "frontend/engine/stream.h"

#include <algorithm>
#include <cstring>

namespace rondo::engine {

using namespace ir;

namespace {

// Where every step counts: one byte for all samples and steps.
const uint8_t kept = 1;
const rondo_array all_kept{const_cast<uint8_t*>(&kept), 0, 0};

bool can_stream(const Recurrence& recurrence, Diagnostics& diagnostics) {
  const char* obstacle = nullptr;
  if (recurrence.go_backwards) obstacle = "'go_backwards' begins with the last step";
  if (recurrence.masking == Masking::Lengths) obstacle = "lengths count from the first step; give a mask";
  if (recurrence.input_length) obstacle = "'input_length' counts from the first step";
  if (recurrence.time.value_or(1) != 1) obstacle = "the number of steps is fixed, and is not 1";
  if (obstacle)
    diagnostics.error(std::string("this recurrence cannot be run as a stream, which is cut anywhere and has "
                                  "no end: ") +
                      obstacle);
  return !obstacle;
}

size_t position_of(const Kernel& kernel, BufferKind kind) {
  const auto arguments = kernel.arguments();
  const auto found = std::find_if(arguments.begin(), arguments.end(),
                                  [kind](const Buffer& buffer) { return buffer.kind == kind; });
  return static_cast<size_t>(found - arguments.begin());
}

}  // namespace

Stream::Stream(Model model, int64_t batch, StreamState now, StreamState initial, runtime::Workspace workspace)
    : model_(std::move(model)),
      batch_(batch),
      now_(std::move(now)),
      initial_(std::move(initial)),
      workspace_(std::move(workspace)),
      first_output_(position_of(model_.kernel(), BufferKind::Output)),
      mask_(position_of(model_.kernel(), BufferKind::Mask)) {}

std::optional<Stream> Stream::open(const Model& model, int64_t batch, const StreamStart& start,
                                   Diagnostics& diagnostics) {
  RONDO_CHECK(batch >= 1, "a stream without a sample");
  const Recurrence& recurrence = model.kernel().recurrence();
  if (!can_stream(recurrence, diagnostics)) return std::nullopt;
  auto now = StreamState::allocate(recurrence, batch, diagnostics);
  if (!now) return std::nullopt;
  auto initial = StreamState::allocate(recurrence, batch, diagnostics);
  if (!initial) return std::nullopt;
  auto workspace = allocate(model.kernel().entries().workspace_size(batch), "a workspace", diagnostics);
  if (!workspace) return std::nullopt;
  Stream stream(model, batch, std::move(*now), std::move(*initial), std::move(*workspace));
  stream.keep(start);
  stream.bind();
  stream.reset();
  return stream;
}

void Stream::keep(const StreamStart& start) {
  const auto batch = static_cast<size_t>(batch_);
  for (size_t i = 0; i < start.states.size(); ++i)
    std::memcpy(initial_.rows(i), start.states[i], batch * initial_.row_bytes(i));
  for (size_t i = 0; i < graph().constants.size(); ++i) {
    const Type& type = graph().type(graph().constants[i].node);
    Tensor& copy = constants_.emplace_back(type.dtype, Dims{batch_, type.count()});
    std::memcpy(copy.bytes(), start.constants[i], copy.byte_count());
  }
}

// States and last outputs are updated where they are.
void Stream::bind() {
  const Recurrence& recurrence = model_.kernel().recurrence();
  CallArrays arrays;
  arrays.inputs.resize(graph().inputs.size());
  arrays.outputs.resize(graph().outputs.size());
  arrays.mask = all_kept;
  for (size_t i = 0; i < constants_.size(); ++i)
    arrays.constants.push_back({constants_[i].bytes(), constants_[i].dims()[1], 0});
  const size_t states = graph().states.size();
  for (size_t i = 0; i < states; ++i)
    arrays.initial_states.push_back({now_.rows(i), graph().type(graph().states[i].node).count(), 0});
  arrays.final_states = arrays.initial_states;
  for (size_t i = 0; i < graph().outputs.size(); ++i)
    arrays.last_outputs.push_back({now_.rows(states + i), graph().type(graph().outputs[i].node).count(), 0});
  if (repeats_outputs(recurrence)) arrays.previous_outputs = arrays.last_outputs;
  arrays_ = model_.kernel().in_order(arrays, model_.weights());
  step_arrays_ = arrays_;
  for (size_t i = 0; i < graph().inputs.size(); ++i) step_arrays_[i] = dense_row(i);
  for (size_t i = 0; i < graph().outputs.size(); ++i)
    step_arrays_[first_output_ + i] = dense_row(first_output_ + i);
  if (mask_ < arrays_.size()) step_arrays_[mask_] = {nullptr, 1, 0};
  step_call_.frame = {batch_, 1, step_arrays_.data(), model_.prepared(), workspace_.data()};
}

// Rows of one step, one behind another; without data.
rondo_array Stream::dense_row(size_t argument) const {
  return {nullptr, model_.kernel().arguments()[argument].elements, 0};
}

void Stream::run(int64_t time) {
  runtime::CallFrame call;
  call.frame = {batch_, time, arrays_.data(), model_.prepared(), workspace_.data()};
  model_.kernel().entries().run(&call.frame);
}

void Stream::block(int64_t time, std::span<const rondo_array> inputs, const rondo_array* mask,
                   std::span<const rondo_array> outputs) {
  if (time == 0) return;
  std::copy(inputs.begin(), inputs.end(), arrays_.begin());
  std::copy(outputs.begin(), outputs.end(), arrays_.begin() + static_cast<ptrdiff_t>(first_output_));
  if (mask_ < arrays_.size()) arrays_[mask_] = mask ? *mask : all_kept;
  if (!model_.kernel().recurrence().time) return run(time);
  for (int64_t t = 0; t < time; ++t) {
    run(1);
    for (size_t i = 0; i < arrays_.size(); ++i)
      if (model_.kernel().arguments()[i].rows == Rows::Steps) advance(arrays_[i], i);
  }
}

// To the next step.
void Stream::advance(rondo_array& array, size_t argument) const {
  array.data = static_cast<std::byte*>(array.data) +
               array.time_stride * size_of(model_.kernel().arguments()[argument].dtype);
}

void Stream::step(const void* const* inputs, const uint8_t* mask, void* const* outputs) {
  // Short calls: what is the same in each of them is in place already.
  rondo_array* const arrays = step_arrays_.data();
  for (size_t i = 0; i < graph().inputs.size(); ++i) arrays[i].data = const_cast<void*>(inputs[i]);
  for (size_t i = 0; i < graph().outputs.size(); ++i) arrays[first_output_ + i].data = outputs[i];
  if (mask_ < step_arrays_.size())
    arrays[mask_] = mask ? rondo_array{const_cast<uint8_t*>(mask), 1, 0} : all_kept;
  model_.kernel().entries().run(&step_call_.frame);
}

void Stream::reset() {
  now_.assign(initial_.bytes());
}

void Stream::reset(int64_t sample) {
  now_.assign_sample(initial_, sample);
}

std::optional<Stream> Stream::clone(Diagnostics& diagnostics) const {
  StreamStart start;
  for (size_t i = 0; i < graph().states.size(); ++i) start.states.push_back(initial_.rows(i));
  for (const Tensor& constant : constants_) start.constants.push_back(constant.bytes());
  std::optional<Stream> copy = open(model_, batch_, start, diagnostics);
  if (copy) copy->restore(snapshot());
  return copy;
}

}  // namespace rondo::engine
