#include "frontend/python/stream.h"

#include <fmt/format.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>

#include "frontend/engine/stream.h"
#include "frontend/python/call_arrays.h"
#include "frontend/python/errors.h"
#include "frontend/python/model.h"

namespace nb = nanobind;

namespace rondo::python {

namespace {

using ir::Dims;

/// A stream that threads take turns at.
class Stream {
 public:
  explicit Stream(engine::Stream stream) : stream_(std::move(stream)) {}

  /// Dense rows (batch, ...) of each state and constant; no states mean zeros.
  static std::shared_ptr<Stream> open(const Model& model, nb::handle batch, nb::handle states,
                                      const nb::sequence& constants);

  /// Inputs (B, T, ...) in the order of the step graph, or (B, ...) for a single step; gives the outputs.
  nb::list run(const nb::sequence& inputs, nb::handle mask, bool single_step);

  void reset(const std::optional<std::vector<int64_t>>& rows);
  nb::list states();
  nb::bytes snapshot();
  void restore(nb::handle given);
  std::shared_ptr<Stream> clone();
  int64_t batch() const { return stream_.batch(); }

 private:
  const ir::Recurrence& recurrence() const { return stream_.model().kernel().recurrence(); }
  ArrayView input(nb::handle array, size_t index, bool single_step, std::optional<int64_t>& time) const;
  ArrayView mask(nb::handle array, bool single_step, int64_t time) const;
  std::vector<ResultArray> outputs(bool single_step, int64_t time) const;

  engine::Stream stream_;
  std::mutex turn_;
};

// (B, ...) as (B, 1, ...), or (1, B, ...) where time comes first.
void add_time_axis(ArrayView& view, bool time_major) {
  const ptrdiff_t at = time_major ? 0 : 1;
  if (view.dims.empty()) return;
  view.dims.insert(view.dims.begin() + at, 1);
  view.strides.insert(view.strides.begin() + at, 0);
}

// The shapes of what a caller may hand over as one step or a block of them.
std::string steps_text(const ir::Recurrence& recurrence, int64_t batch, bool single_step,
                       const Dims& features) {
  if (single_step) {
    Dims dims{batch};
    dims.insert(dims.end(), features.begin(), features.end());
    return ir::shape_text(dims);
  }
  std::string text = recurrence.time_major ? fmt::format("(T, {}", batch) : fmt::format("({}, T", batch);
  for (int64_t extent : features) text += fmt::format(", {}", extent);
  return text + ")";
}

// Dense rows (batch, ...) of leaves of the given types.
std::vector<ir::Tensor> rows_of(const nb::sequence& arrays, const ir::StepGraph& step,
                                const std::vector<ir::NodeId>& nodes, int64_t batch, const char* kind) {
  if (nb::len(arrays) != nodes.size())
    raise_value_error(fmt::format("the recurrence has {} {}, found {}", nodes.size(), kind, nb::len(arrays)));
  std::vector<ir::Tensor> rows;
  for (const nb::handle array : arrays) {
    const ir::Type& type = step.type(nodes[rows.size()]);
    const ArrayView view = view_of(array, kind);
    Dims dims{batch};
    dims.insert(dims.end(), type.dims.begin(), type.dims.end());
    if (view.dtype != type.dtype || view.dims != dims)
      raise_value_error(fmt::format("number {} of the {} should be {} of shape {}, found {} of shape {}",
                                    rows.size(), kind, ir::name_of(type.dtype), ir::shape_text(dims),
                                    ir::name_of(view.dtype), ir::shape_text(view.dims)));
    rows.push_back(tensor_of(view));
  }
  return rows;
}

std::shared_ptr<Stream> Stream::open(const Model& model, nb::handle samples, nb::handle states,
                                     const nb::sequence& constants) {
  const int64_t batch = integer_from(samples, "batch");
  if (batch < 1) raise_value_error(fmt::format("a stream has at least 1 sample, found {}", batch));
  const ir::StepGraph& step = model.kernel()->recurrence.step;
  std::vector<ir::NodeId> state_nodes, open_nodes;
  for (const ir::State& state : step.states) state_nodes.push_back(state.node);
  for (size_t i = 0; i < step.constants.size(); ++i)
    if (!model.held()[i]) open_nodes.push_back(step.constants[i].node);
  std::vector<ir::Tensor> of_states, of_constants = rows_of(constants, step, open_nodes, batch, "constants");
  if (!states.is_none())
    of_states = rows_of(nb::borrow<nb::sequence>(states), step, state_nodes, batch, "states");

  engine::StreamStart start;
  for (const ir::Tensor& state : of_states) start.states.push_back(state.bytes());
  size_t given = 0;
  for (const ir::Tensor* held : model.held()) {
    if (held && held->dims()[0] != batch)
      raise_value_error(fmt::format("the step function read an array of {} samples; the stream has {}",
                                    held->dims()[0], batch));
    start.constants.push_back(held ? held->bytes() : of_constants[given++].bytes());
  }
  ir::Diagnostics diagnostics;
  std::optional<engine::Stream> stream = engine::Stream::open(model.prepared(), batch, start, diagnostics);
  if (!stream) raise_argument_error(diagnostics);
  return std::make_shared<Stream>(std::move(*stream));
}

// The first input tells the number of steps.
ArrayView Stream::input(nb::handle array, size_t index, bool single_step,
                        std::optional<int64_t>& time) const {
  const ir::Leaf& leaf = recurrence().step.inputs[index];
  const ir::Type& type = recurrence().step.type(leaf.node);
  ArrayView view = view_of(array, leaf.name);
  const Dims found = view.dims;
  if (single_step) add_time_axis(view, recurrence().time_major);
  if (!time && view.dims.size() >= 2) time = view.dims[recurrence().time_major ? 0 : 1];
  if (view.dtype != type.dtype ||
      view.dims != timed_dims(recurrence(), batch(), time.value_or(-1), type.dims))
    raise_value_error(fmt::format("input '{}' should be {} of shape {}, found {} of shape {}", leaf.name,
                                  ir::name_of(type.dtype),
                                  steps_text(recurrence(), batch(), single_step, type.dims),
                                  ir::name_of(view.dtype), ir::shape_text(found)));
  return view;
}

ArrayView Stream::mask(nb::handle array, bool single_step, int64_t time) const {
  if (recurrence().masking != ir::Masking::Mask)
    raise_value_error("a mask was given, but the recurrence was compiled without one");
  ArrayView view = view_of_mask(array);
  const Dims found = view.dims;
  if (single_step) add_time_axis(view, recurrence().time_major);
  if (view.dims != timed_dims(recurrence(), batch(), time, {}) &&
      view.dims != timed_dims(recurrence(), batch(), time, {1}))
    raise_value_error(fmt::format("the mask should have the shape {}, found {}",
                                  steps_text(recurrence(), batch(), single_step, {}), ir::shape_text(found)));
  return view;
}

std::vector<ResultArray> Stream::outputs(bool single_step, int64_t time) const {
  const ir::StepGraph& step = recurrence().step;
  const Dims leading = single_step ? Dims{batch()} : timed_dims(recurrence(), batch(), time, {});
  const size_t batch_axis = !single_step && recurrence().time_major ? 1 : 0;
  std::vector<ResultArray> results;
  for (const ir::Output& output : step.outputs)
    results.push_back(
        result_array(nb::none(), "outputs", step.type(output.node), leading, batch_axis, false));
  return results;
}

nb::list Stream::run(const nb::sequence& inputs, nb::handle mask_given, bool single_step) {
  const size_t wanted = recurrence().step.inputs.size();
  if (nb::len(inputs) != wanted)
    raise_value_error(fmt::format("the recurrence has {} inputs, found {}", wanted, nb::len(inputs)));
  std::deque<ir::Tensor> copies;
  std::vector<ArrayView> views;
  std::optional<int64_t> time;
  for (const nb::handle array : inputs) views.push_back(input(array, views.size(), single_step, time));
  std::vector<rondo_array> given;
  for (const ArrayView& view : views) given.push_back(timed_array(view, recurrence().time_major, copies));
  std::optional<rondo_array> masked;
  ArrayView mask_view;
  if (!mask_given.is_none()) {
    mask_view = mask(mask_given, single_step, *time);
    masked = mask_array(mask_view, recurrence().time_major, copies);
  }
  const std::vector<ResultArray> results = outputs(single_step, *time);
  std::vector<rondo_array> written;
  for (const ResultArray& result : results) written.push_back(result.view);
  {
    const nb::gil_scoped_release released;
    const std::lock_guard lock(turn_);
    stream_.block(*time, given, masked ? &*masked : nullptr, written);
  }
  nb::list arrays;
  for (const ResultArray& result : results) arrays.append(result.array);
  return arrays;
}

void Stream::reset(const std::optional<std::vector<int64_t>>& rows) {
  if (rows)
    for (int64_t row : *rows)
      if (row < 0 || row >= batch())
        raise_value_error(fmt::format("there is no sample {} among {}", row, batch()));
  const nb::gil_scoped_release released;
  const std::lock_guard lock(turn_);
  if (!rows) stream_.reset();
  if (rows)
    for (int64_t row : *rows) stream_.reset(row);
}

nb::list Stream::states() {
  const ir::StepGraph& step = recurrence().step;
  nb::list arrays;
  std::vector<void*> copies;
  for (size_t i = 0; i < step.states.size(); ++i) {
    const ResultArray state =
        result_array(nb::none(), "states", step.type(step.states[i].node), {batch()}, 0, false);
    arrays.append(state.array);
    copies.push_back(state.view.data);
  }
  const nb::gil_scoped_release released;
  const std::lock_guard lock(turn_);
  for (size_t i = 0; i < copies.size(); ++i) {
    const ir::Type& type = step.type(step.states[i].node);
    std::memcpy(copies[i], stream_.state(i),
                static_cast<size_t>(batch() * type.count() * ir::size_of(type.dtype)));
  }
  return arrays;
}

nb::bytes Stream::snapshot() {
  std::vector<std::byte> copy;
  {
    const nb::gil_scoped_release released;  // a block that runs may take long
    const std::lock_guard lock(turn_);
    const auto snapshot = stream_.snapshot();
    copy.assign(snapshot.begin(), snapshot.end());
  }
  return nb::bytes(copy.data(), copy.size());
}

void Stream::restore(nb::handle given) {
  if (!PyBytes_Check(given.ptr())) raise_wrong_type("snapshot", "bytes", given);
  const auto snapshot = nb::borrow<nb::bytes>(given);
  const std::lock_guard lock(turn_);
  if (!stream_.restore({static_cast<const std::byte*>(snapshot.data()), snapshot.size()}))
    raise_value_error("the snapshot is of another recurrence, or of another number of samples");
}

std::shared_ptr<Stream> Stream::clone() {
  const std::lock_guard lock(turn_);
  ir::Diagnostics diagnostics;
  std::optional<engine::Stream> copy = stream_.clone(diagnostics);
  if (!copy) raise_argument_error(diagnostics);
  return std::make_shared<Stream>(std::move(*copy));
}

}  // namespace

void bind_stream(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<Stream>(module, "Stream", "A model with the states of a number of samples; threads take turns.")
      .def(nb::new_(&Stream::open), "model"_a, "batch"_a, "states"_a.none(), "constants"_a)
      .def_prop_ro("batch", &Stream::batch)
      .def("run", &Stream::run, "inputs"_a, "mask"_a.none(), "single_step"_a,
           "Inputs (B, T, ...), or (B, ...) for a single step; gives the outputs in a list.")
      .def("reset", &Stream::reset, "rows"_a.none())
      .def("states", &Stream::states)
      .def("snapshot", &Stream::snapshot)
      .def("restore", &Stream::restore, "snapshot"_a)
      .def("clone", &Stream::clone);
}

}  // namespace rondo::python
