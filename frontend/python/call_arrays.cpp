#include "frontend/python/call_arrays.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/python/errors.h"

namespace nb = nanobind;

namespace rondo::python {

namespace {

using ir::Dims;
using ir::Tensor;
using ir::Type;

Dims with_leading(std::initializer_list<int64_t> leading, const Dims& features) {
  Dims dims(leading);
  dims.insert(dims.end(), features.begin(), features.end());
  return dims;
}

std::vector<ArrayView> views_of(const nb::sequence& arrays, size_t wanted, const char* kind) {
  const size_t found = nb::len(arrays);
  if (found != wanted)
    raise_value_error(fmt::format("the recurrence has {} {}, found {}", wanted, kind, found));
  std::vector<ArrayView> views;
  views.reserve(wanted);
  for (const nb::handle array : arrays) views.push_back(view_of(array, kind));
  return views;
}

size_t count_open(const std::vector<const Tensor*>& held) {
  return static_cast<size_t>(std::count(held.begin(), held.end(), nullptr));
}

}  // namespace

Dims timed_dims(const ir::Recurrence& recurrence, int64_t batch, int64_t time, const Dims& features) {
  return recurrence.time_major ? with_leading({time, batch}, features)
                               : with_leading({batch, time}, features);
}

namespace {

rondo_array timed_copy(Tensor copy, bool time_major, std::deque<Tensor>& copies) {
  const Tensor& kept = copies.emplace_back(std::move(copy));
  const Dims strides = ir::row_major_strides(kept.dims());
  const size_t batch = time_major ? 1 : 0;
  return {const_cast<std::byte*>(kept.bytes()), strides[batch], strides[1 - batch]};
}

}  // namespace

rondo_array timed_array(const ArrayView& view, bool time_major, std::deque<Tensor>& copies) {
  if (!is_dense_behind(view, 2)) return timed_copy(tensor_of(view), time_major, copies);
  const size_t batch = time_major ? 1 : 0;
  return {view.data, view.strides[batch], view.strides[1 - batch]};
}

rondo_array mask_array(const ArrayView& view, bool time_major, std::deque<Tensor>& copies) {
  if (view.dtype == ir::DType::Bool) return timed_array(view, time_major, copies);
  return timed_copy(ir::normalized_mask(tensor_of(view)), time_major, copies);
}

GivenArrays::GivenArrays(const ir::Recurrence& recurrence, const nb::sequence& inputs, nb::handle states,
                         const nb::sequence& constants, nb::handle mask, nb::handle lengths,
                         const std::vector<const Tensor*>& held)
    : recurrence_(recurrence),
      inputs_(views_of(inputs, recurrence.step.inputs.size(), "inputs")),
      constants_(views_of(constants, count_open(held), "constants")),
      held_(held) {
  if (!states.is_none())
    states_ = views_of(nb::borrow<nb::sequence>(states), recurrence.step.states.size(), "states");
  if (!mask.is_none()) mask_ = view_of_mask(mask);
  if (!lengths.is_none()) lengths_ = view_of_lengths(lengths);
}

ir::Extents GivenArrays::check() const {
  const Dims& first = inputs_.front().dims;
  if (first.size() < 2) explain_misfit();
  ir::Extents extents{first[recurrence_.time_major ? 1 : 0], first[recurrence_.time_major ? 0 : 1], 0};
  if (!fit(extents)) explain_misfit();
  extents.steps = recurrence_.input_length ? std::min(*recurrence_.input_length, extents.time) : extents.time;
  return extents;
}

bool GivenArrays::fit(ir::Extents extents) const {
  const ir::StepGraph& step = recurrence_.step;
  if (recurrence_.time && *recurrence_.time != extents.time) return false;
  const auto fits = [](const ArrayView& view, const Type& type, const Dims& dims) {
    return view.dtype == type.dtype && view.dims == dims;
  };
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const Type& type = step.type(step.inputs[i].node);
    if (!fits(inputs_[i], type, timed_dims(recurrence_, extents.batch, extents.time, type.dims)))
      return false;
  }
  for (size_t i = 0; i < states_.size(); ++i) {
    const Type& type = step.type(step.states[i].node);
    if (!fits(states_[i], type, with_leading({extents.batch}, type.dims))) return false;
  }
  size_t given = 0;
  for (size_t i = 0; i < held_.size(); ++i) {
    const Type& type = step.type(step.constants[i].node);
    const Dims dims = with_leading({extents.batch}, type.dims);
    if (held_[i] ? held_[i]->dims() != dims : !fits(constants_[given++], type, dims)) return false;
  }
  if (mask_.has_value() != (recurrence_.masking == ir::Masking::Mask)) return false;
  if (mask_ && mask_->dims != timed_dims(recurrence_, extents.batch, extents.time, {}) &&
      mask_->dims != timed_dims(recurrence_, extents.batch, extents.time, {1}))
    return false;
  if (recurrence_.masking == ir::Masking::Lengths)
    return lengths_ && ir::is_integer(lengths_->dtype) && lengths_->dims == Dims{extents.batch};
  return !lengths_ || recurrence_.masking == ir::Masking::Mask;
}

// The same check over tensors, which says what is wrong.
void GivenArrays::explain_misfit() const {
  const ir::StepGraph& step = recurrence_.step;
  ir::Arguments arguments;
  for (size_t i = 0; i < inputs_.size(); ++i) arguments.inputs[step.inputs[i].name] = tensor_of(inputs_[i]);
  for (size_t i = 0; i < states_.size(); ++i) arguments.states[step.states[i].name] = tensor_of(states_[i]);
  size_t given = 0;
  for (size_t i = 0; i < held_.size(); ++i)
    arguments.constants[step.constants[i].name] = held_[i] ? *held_[i] : tensor_of(constants_[given++]);
  for (const ir::Leaf& weight : step.weights) {
    const Type& type = step.type(weight.node);
    arguments.weights[weight.name] = Tensor(type.dtype, type.dims);
  }
  if (mask_) arguments.mask = tensor_of(*mask_);
  if (lengths_) arguments.lengths = tensor_of(*lengths_);
  ir::Diagnostics diagnostics;
  ir::check_arguments(recurrence_, arguments, diagnostics);
  RONDO_CHECK(diagnostics.has_errors(), "arrays that fit, but do not");
  raise_argument_error(diagnostics);
}

const Tensor& GivenArrays::own(Tensor tensor) {
  return owned_.emplace_back(std::move(tensor));
}

rondo_array GivenArrays::rows(const ArrayView& view) {
  if (is_dense_behind(view, 1)) return {view.data, view.strides[0], 0};
  const Tensor& copy = own(tensor_of(view));
  return {const_cast<std::byte*>(copy.bytes()), ir::row_major_strides(copy.dims())[0], 0};
}

// One row for all samples.
rondo_array GivenArrays::zeros(ir::NodeId node) {
  const Type& type = recurrence_.step.type(node);
  const Tensor& row = own(Tensor(type.dtype, {type.count()}));
  return {const_cast<std::byte*>(row.bytes()), 0, 0};
}

rondo_array GivenArrays::lengths_array() {
  if (lengths_->dtype == ir::DType::I64) return rows(*lengths_);
  const Tensor& lengths = own(tensor_of(*lengths_).converted(ir::DType::I64));
  return {const_cast<std::byte*>(lengths.bytes()), 1, 0};
}

engine::CallArrays GivenArrays::arrays() {
  const ir::StepGraph& step = recurrence_.step;
  engine::CallArrays arrays;
  for (const ArrayView& view : inputs_)
    arrays.inputs.push_back(timed_array(view, recurrence_.time_major, owned_));
  size_t given = 0;
  for (const Tensor* held : held_) {
    if (held)
      arrays.constants.push_back(
          {const_cast<std::byte*>(held->bytes()), ir::row_major_strides(held->dims())[0], 0});
    else
      arrays.constants.push_back(rows(constants_[given++]));
  }
  for (size_t i = 0; i < step.states.size(); ++i)
    arrays.initial_states.push_back(states_.empty() ? zeros(step.states[i].node) : rows(states_[i]));
  if (recurrence_.masking == ir::Masking::Mask)
    arrays.mask = mask_array(*mask_, recurrence_.time_major, owned_);
  if (recurrence_.masking == ir::Masking::Lengths) arrays.lengths = lengths_array();
  if (ir::repeats_outputs(recurrence_))
    for (const ir::Output& output : step.outputs) arrays.previous_outputs.push_back(zeros(output.node));
  return arrays;
}

namespace {

// The caller's array number `index` in part `part` of `out`; None where Rondo is to make one.
nb::object given_result(nb::handle out, size_t part, size_t index) {
  if (out.is_none()) return nb::none();
  const nb::object list = nb::borrow<nb::sequence>(out)[part];
  if (list.is_none()) return nb::none();
  return nb::borrow<nb::sequence>(list)[index];
}

}  // namespace

ResultArray result_array(const nb::object& given, const char* what, const Type& type, const Dims& leading,
                         size_t batch_axis, bool zeros) {
  const size_t time_axis = leading.size() - 1 - batch_axis;  // of results with a time axis
  Dims dims = leading;
  dims.insert(dims.end(), type.dims.begin(), type.dims.end());
  const auto strided = [&](void* data, const Dims& strides) -> rondo_array {
    return {data, strides[batch_axis], leading.size() == 2 ? strides[time_axis] : 0};
  };
  if (given.is_none()) {
    const nb::object array = new_array(type.dtype, dims, zeros);
    const ArrayView view = view_of(array, what);
    return {array, strided(view.data, view.strides)};
  }
  const ArrayView view = view_to_write(given, what);
  if (view.dtype != type.dtype || view.dims != dims || !is_dense_behind(view, leading.size()))
    raise_value_error(fmt::format(
        "'out' for {} should be {} of shape {}, dense behind batch and time; found {} of shape {}", what,
        ir::name_of(type.dtype), ir::shape_text(dims), ir::name_of(view.dtype), ir::shape_text(view.dims)));
  return {given, strided(view.data, view.strides)};
}

ResultArrays::ResultArrays(const ir::Recurrence& recurrence, ir::Extents extents, nb::handle out) {
  const ir::StepGraph& step = recurrence.step;
  const bool zeros = extents.time == 0;  // then no kernel writes
  const Dims rows{extents.batch}, steps = timed_dims(recurrence, extents.batch, extents.time, {});
  for (size_t i = 0; i < step.outputs.size(); ++i) {
    const Type& type = step.type(step.outputs[i].node);
    last_outputs_.push_back(result_array(given_result(out, 0, i), "last_output", type, rows, 0, zeros));
    outputs_.push_back(
        result_array(given_result(out, 1, i), "outputs", type, steps, recurrence.time_major ? 1 : 0, zeros));
  }
  for (size_t i = 0; i < step.states.size(); ++i)
    final_states_.push_back(
        result_array(given_result(out, 2, i), "new_states", step.type(step.states[i].node), rows, 0, zeros));
}

void ResultArrays::add_to(engine::CallArrays& arrays) const {
  for (const ResultArray& result : last_outputs_) arrays.last_outputs.push_back(result.view);
  for (const ResultArray& result : outputs_) arrays.outputs.push_back(result.view);
  for (const ResultArray& result : final_states_) arrays.final_states.push_back(result.view);
}

nb::tuple ResultArrays::to_python() const {
  const auto list = [](const std::vector<ResultArray>& results) {
    nb::list arrays;
    for (const ResultArray& result : results) arrays.append(result.array);
    return arrays;
  };
  return nb::make_tuple(list(last_outputs_), list(outputs_), list(final_states_));
}

}  // namespace rondo::python
