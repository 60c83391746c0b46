#include "tests/conformance_case.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/parsing.h"

namespace rondo::tests {

namespace {

std::string with_dtype(std::string text, ir::DType dtype) {
  for (size_t at = text.find('$'); at != std::string::npos; at = text.find('$', at))
    text.replace(at, 1, ir::name_of(dtype));
  return text;
}

template <class Leaves>
ir::Tensor tensor_for(const ir::StepGraph& step, const Leaves& leaves, const std::string& name, ir::Dims dims,
                      const Numbers& numbers) {
  const auto leaf = std::find_if(leaves.begin(), leaves.end(), [&](const auto& l) { return l.name == name; });
  INFO(name);
  REQUIRE(leaf != leaves.end());
  return ir::Tensor::of(step.type(leaf->node).dtype, std::move(dims), numbers);
}

}  // namespace

Call::Call(const std::string& text, ir::DType dtype, const std::map<std::string, int64_t>& settings) {
  Parsed parsed = parse_cell(with_dtype(text, dtype), settings);
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  recurrence = std::move(*parsed.recurrence);
}

Call& Call::input(const std::string& name, ir::Dims dims, const Numbers& numbers) {
  const ir::StepGraph& step = recurrence.step;
  arguments.inputs[name] = tensor_for(step, step.inputs, name, std::move(dims), numbers);
  return *this;
}

Call& Call::state(const std::string& name, ir::Dims dims, const Numbers& numbers) {
  const ir::StepGraph& step = recurrence.step;
  arguments.states[name] = tensor_for(step, step.states, name, std::move(dims), numbers);
  return *this;
}

Call& Call::constant(const std::string& name, ir::Dims dims, const Numbers& numbers) {
  const ir::StepGraph& step = recurrence.step;
  arguments.constants[name] = tensor_for(step, step.constants, name, std::move(dims), numbers);
  return *this;
}

Call& Call::weight(const std::string& name, ir::Dims dims, const Numbers& numbers) {
  const ir::StepGraph& step = recurrence.step;
  arguments.weights[name] = tensor_for(step, step.weights, name, std::move(dims), numbers);
  return *this;
}

Call& Call::mask(ir::Dims dims, const Numbers& numbers, ir::DType dtype) {
  recurrence.masking = ir::Masking::Mask;
  arguments.mask = ir::Tensor::of(dtype, std::move(dims), numbers);
  return *this;
}

Call& Call::lengths(const Numbers& numbers, ir::DType dtype) {
  if (recurrence.masking != ir::Masking::Mask) recurrence.masking = ir::Masking::Lengths;
  arguments.lengths = ir::Tensor::of(dtype, {static_cast<int64_t>(numbers.size())}, numbers);
  return *this;
}

Call& Call::backwards(bool yes) {
  recurrence.go_backwards = yes;
  return *this;
}

Call& Call::zero_output(bool yes) {
  recurrence.zero_output_for_mask = yes;
  return *this;
}

Call& Call::input_length(int64_t length) {
  recurrence.input_length = length;
  return *this;
}

Call& Call::time_major() {
  recurrence.time_major = true;
  for (auto& [name, tensor] : arguments.inputs) tensor = tensor.with_leading_axes_swapped();
  if (arguments.mask) arguments.mask = arguments.mask->with_leading_axes_swapped();
  return *this;
}

Call over_x0(const std::string& text, double h0, ir::DType dtype) {
  Call call(text, dtype);
  return call.input("x", {2, 4, 1}, x0).state("s", {2, 1}, full(2, h0));
}

Numbers numbers(const ir::Tensor& tensor) {
  Numbers result;
  for (int64_t i = 0; i < tensor.count(); ++i) result.push_back(tensor.at(i));
  return result;
}

Numbers arange(int64_t count, double by) {
  Numbers result;
  for (int64_t i = 0; i < count; ++i) result.push_back(static_cast<double>(i) / by);
  return result;
}

Numbers full(int64_t count, double value) {
  return Numbers(static_cast<size_t>(count), value);
}

std::string errors_of_text(const std::string& text) {
  const Parsed parsed = parse_cell(with_dtype(text, ir::DType::F32));
  CHECK_FALSE(parsed.recurrence.has_value());
  std::string out;
  for (const ir::Diagnostic& diagnostic : parsed.diagnostics.all()) out += diagnostic.message + "\n";
  return out;
}

}  // namespace rondo::tests
