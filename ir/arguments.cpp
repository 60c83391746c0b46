#include "ir/arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace rondo::ir {

namespace {

// A shape with the batch and time axes as the user writes them: "(B=2, T=5, 3)".
std::string expected_shape(const Recurrence& r, std::string_view kind, const Dims& features, Extents extents,
                           bool known) {
  const std::string batch = known ? fmt::format("B={}", extents.batch) : "B";
  const std::string time = known ? fmt::format("T={}", extents.time) : "T";
  std::string out = "(";
  if (kind == "input")
    out += r.time_major ? time + ", " + batch : batch + ", " + time;
  else if (kind != "weight")
    out += batch;
  for (int64_t extent : features) out += fmt::format("{}{}", out.size() > 1 ? ", " : "", extent);
  const bool one_axis = out.size() > 1 && out.find(',') == std::string::npos;
  return out + (one_axis ? ",)" : ")");
}

class Checker {
 public:
  Checker(const Recurrence& recurrence, const Arguments& arguments, Diagnostics& diagnostics)
      : r_(recurrence), step_(recurrence.step), arguments_(arguments), diagnostics_(diagnostics) {}

  std::optional<Extents> run() {
    const int before = diagnostics_.error_count();
    for (const Leaf& input : step_.inputs)
      check_leaf("input", input.name, input.node, arguments_.inputs, true);
    for (const State& state : step_.states)
      check_leaf("state", state.name, state.node, arguments_.states, false);
    for (const Leaf& leaf : step_.constants)
      check_leaf("constant", leaf.name, leaf.node, arguments_.constants, true);
    for (const Leaf& leaf : step_.weights)
      check_leaf("weight", leaf.name, leaf.node, arguments_.weights, true);
    check_unknown("input", step_.inputs, arguments_.inputs);
    check_unknown("state", step_.states, arguments_.states);
    check_unknown("constant", step_.constants, arguments_.constants);
    check_masking();
    if (r_.time && extents_known_ && *r_.time != extents_.time)
      diagnostics_.error(fmt::format("the recurrence was made for {} time steps, but the inputs have {}",
                                     *r_.time, extents_.time));
    if (diagnostics_.error_count() > before) return std::nullopt;
    extents_.steps = r_.input_length ? std::min(*r_.input_length, extents_.time) : extents_.time;
    return extents_;
  }

 private:
  void check_leaf(std::string_view kind, const std::string& name, NodeId node,
                  const std::map<std::string, Tensor>& given, bool required) {
    const Type& type = step_.type(node);
    const auto found = given.find(name);
    if (found == given.end()) {
      if (required)
        diagnostics_.error(
            step_[node].where,
            fmt::format("no array was given for {} '{}', which is {} {}", kind, name, name_of(type.dtype),
                        expected_shape(r_, kind, type.dims, extents_, extents_known_)));
      return;
    }
    const Tensor& tensor = found->second;
    if (kind == "input" && !extents_known_ && tensor.rank() >= 2) {
      extents_.batch = tensor.dims()[r_.time_major ? 1 : 0];
      extents_.time = tensor.dims()[r_.time_major ? 0 : 1];
      extents_known_ = true;
    }
    Dims expected;
    if (kind == "input")
      expected = r_.time_major ? Dims{extents_.time, extents_.batch} : Dims{extents_.batch, extents_.time};
    if (kind == "state" || kind == "constant") expected = {extents_.batch};
    expected.insert(expected.end(), type.dims.begin(), type.dims.end());
    if (tensor.dtype() == type.dtype && tensor.dims() == expected) return;
    diagnostics_.error(
        step_[node].where,
        fmt::format("{} '{}' should be {} {}, but the array given is {} {}", kind, name, name_of(type.dtype),
                    expected_shape(r_, kind, type.dims, extents_, extents_known_), name_of(tensor.dtype()),
                    shape_text(tensor.dims())));
  }

  template <class List>
  void check_unknown(std::string_view kind, const List& declared,
                     const std::map<std::string, Tensor>& given) {
    for (const auto& [name, tensor] : given) {
      if (std::any_of(declared.begin(), declared.end(),
                      [&, &n = name](const auto& leaf) { return leaf.name == n; }))
        continue;
      std::string names;
      for (const auto& leaf : declared) names += (names.empty() ? "" : ", ") + leaf.name;
      diagnostics_.error(step_.where, fmt::format("cell '{}' has no {} '{}'; it has {}", step_.name, kind,
                                                  name, names.empty() ? "none" : names));
    }
  }

  void check_masking() {
    if (r_.masking != Masking::Mask && arguments_.mask)
      diagnostics_.error(
          "a mask was given, but the recurrence was made without one (masking is part of what is compiled)");
    if (r_.masking != Masking::Lengths && arguments_.lengths && r_.masking != Masking::Mask)
      diagnostics_.error("lengths were given, but the recurrence was made without them");
    if (r_.masking == Masking::Mask) check_mask();
    if (r_.masking != Masking::Lengths) return;
    if (!arguments_.lengths) return diagnostics_.error("no lengths were given for 'input_length'");
    const Tensor& lengths = *arguments_.lengths;
    if (extents_known_ && (lengths.dims() != Dims{extents_.batch} || !is_integer(lengths.dtype())))
      diagnostics_.error(
          fmt::format("'input_length' should be integers of shape (B={},), but the array given is {} {}",
                      extents_.batch, name_of(lengths.dtype()), shape_text(lengths.dims())));
  }

  void check_mask() {
    if (!arguments_.mask) return diagnostics_.error("no mask was given");
    if (!extents_known_) return;
    Dims expected = r_.time_major ? Dims{extents_.time, extents_.batch} : Dims{extents_.batch, extents_.time};
    Dims found = arguments_.mask->dims();
    if (found.size() == 3 && found[2] == 1) found.pop_back();
    if (found == expected) return;
    const std::string shape = expected_shape(r_, "input", {}, extents_, true);
    diagnostics_.error(fmt::format("the mask should have the shape {} or {}, 1), but the array given is {}",
                                   shape, shape.substr(0, shape.size() - 1),
                                   shape_text(arguments_.mask->dims())));
  }

  const Recurrence& r_;
  const StepGraph& step_;
  const Arguments& arguments_;
  Diagnostics& diagnostics_;
  Extents extents_;
  bool extents_known_ = false;
};

// Most elements of one result: a terabyte is more than any machine here has, and far from overflow.
constexpr int64_t max_result_elements = int64_t{1} << 38;

std::optional<Tensor> try_allocate(DType dtype, const Dims& dims) {
  int64_t count = 1;
  for (int64_t extent : dims) {
    if (extent != 0 && count > max_result_elements / extent) return std::nullopt;
    count *= extent;
  }
  try {
    return Tensor(dtype, dims);
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<Extents> check_arguments(const Recurrence& recurrence, const Arguments& arguments,
                                       Diagnostics& diagnostics) {
  return Checker(recurrence, arguments, diagnostics).run();
}

std::optional<Results> allocate_results(const Recurrence& recurrence, Extents extents,
                                        Diagnostics& diagnostics) {
  const StepGraph& step = recurrence.step;
  Results results;
  bool fits = true;
  const auto add = [&](std::vector<Tensor>& list, const Type& type, Dims leading) {
    leading.insert(leading.end(), type.dims.begin(), type.dims.end());
    std::optional<Tensor> tensor = fits ? try_allocate(type.dtype, leading) : std::nullopt;
    if (!tensor && fits)
      diagnostics.error(fmt::format("not enough memory for a result of shape {}", shape_text(leading)));
    fits = tensor.has_value();
    if (fits) list.push_back(std::move(*tensor));
  };
  for (const Output& output : step.outputs) {
    const Type& type = step.type(output.node);
    add(results.last_output, type, {extents.batch});
    add(results.outputs, type,
        recurrence.time_major ? Dims{extents.time, extents.batch} : Dims{extents.batch, extents.time});
  }
  for (const State& state : step.states) add(results.new_states, step.type(state.node), {extents.batch});
  if (!fits) return std::nullopt;
  return results;
}

Tensor normalized_mask(const Tensor& mask) {
  const Tensor booleans = mask.converted(DType::Bool);
  Tensor result(DType::Bool, {mask.dims()[0], mask.dims()[1]});
  std::copy(booleans.as<uint8_t>().begin(), booleans.as<uint8_t>().end(), result.as<uint8_t>().begin());
  return result;
}

}  // namespace rondo::ir
