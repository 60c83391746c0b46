// Streams.
#include <fmt/format.h>

#include "frontend/c/border.h"

using namespace rondo;
using c::given;
using c::guarded;

namespace {

// Views and the arrays of the kernel are one thing under two names: a stream may not copy them to memory that
// it would have to ask for.
static_assert(sizeof(rondo_view) == sizeof(rondo_array) &&
              offsetof(rondo_view, data) == offsetof(rondo_array, data) &&
              offsetof(rondo_view, batch_stride) == offsetof(rondo_array, batch_stride) &&
              offsetof(rondo_view, time_stride) == offsetof(rondo_array, time_stride));

std::span<const rondo_array> arrays_of(const rondo_view* views, size_t count) {
  return {reinterpret_cast<const rondo_array*>(views), count};
}

template <class Leaves>
bool all_given(const void* const* rows, const Leaves& leaves, const char* list, std::vector<const void*>& out,
               ir::Diagnostics& diagnostics) {
  if (!leaves.empty() && !given(rows, list, diagnostics)) return false;
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (!given(rows[i], leaves[i].name.c_str(), diagnostics)) return false;
    out.push_back(rows[i]);
  }
  return true;
}

}  // namespace

rondo_status rondo_stream_new(const rondo_model* model, int64_t batch, const void* const* initial_states,
                              const void* const* constants, rondo_stream** stream,
                              rondo_messages** messages) {
  return guarded(messages, [&](ir::Diagnostics& diagnostics) {
    if (!given(model, "model", diagnostics) || !given(stream, "stream", diagnostics)) return false;
    if (batch < 1) {
      diagnostics.error(fmt::format("a stream has 1 sample or more; found {}", batch));
      return false;
    }
    const ir::StepGraph& step = model->model.kernel().recurrence().step;
    engine::StreamStart start;
    if (initial_states &&
        !all_given(initial_states, step.states, "initial_states", start.states, diagnostics))
      return false;
    if (!all_given(constants, step.constants, "constants", start.constants, diagnostics)) return false;
    auto opened = engine::Stream::open(model->model, batch, start, diagnostics);
    if (!opened) return false;
    *stream = new rondo_stream{std::move(*opened)};
    return true;
  });
}

void rondo_stream_free(rondo_stream* stream) {
  delete stream;
}

void rondo_stream_step(rondo_stream* stream, const void* const* inputs, const uint8_t* mask,
                       void* const* outputs) {
  stream->stream.step(inputs, mask, outputs);
}

void rondo_stream_block(rondo_stream* stream, int64_t time, const rondo_view* inputs, const rondo_view* mask,
                        const rondo_view* outputs) {
  const ir::StepGraph& step = stream->stream.model().kernel().recurrence().step;
  stream->stream.block(time, arrays_of(inputs, step.inputs.size()),
                       reinterpret_cast<const rondo_array*>(mask), arrays_of(outputs, step.outputs.size()));
}

void rondo_stream_reset(rondo_stream* stream) {
  stream->stream.reset();
}

rondo_status rondo_stream_reset_sample(rondo_stream* stream, int64_t sample) {
  if (sample < 0 || sample >= stream->stream.batch()) return RONDO_WRONG;
  stream->stream.reset(sample);
  return RONDO_OK;
}

void* rondo_stream_state(rondo_stream* stream, size_t index) {
  const size_t count = stream->stream.model().kernel().recurrence().step.states.size();
  return index < count ? stream->stream.state(index) : nullptr;
}

size_t rondo_stream_snapshot_size(const rondo_stream* stream) {
  return stream->stream.snapshot().size();
}

void rondo_stream_snapshot(const rondo_stream* stream, void* snapshot) {
  std::memcpy(snapshot, stream->stream.snapshot().data(), stream->stream.snapshot().size());
}

rondo_status rondo_stream_restore(rondo_stream* stream, const void* snapshot, size_t size) {
  const auto* bytes = static_cast<const std::byte*>(snapshot);
  return stream->stream.restore({bytes, snapshot ? size : 0}) ? RONDO_OK : RONDO_WRONG;
}

rondo_status rondo_stream_clone(const rondo_stream* stream, rondo_stream** clone) {
  return guarded(nullptr, [&](ir::Diagnostics& diagnostics) {
    if (!given(stream, "stream", diagnostics) || !given(clone, "clone", diagnostics)) return false;
    auto copy = stream->stream.clone(diagnostics);
    if (!copy) return false;
    *clone = new rondo_stream{std::move(*copy)};
    return true;
  });
}
