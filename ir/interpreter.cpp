#include "ir/interpreter.h"

#include <algorithm>
#include <array>

#include "ir/denormals.h"
#include "ir/element.h"
#include "ir/summation.h"

namespace rondo::ir {

namespace {

// The elements of one value for one sample, row-major.
using Elements = std::vector<Element>;

// Walks all indices of `dims` in row-major order.
template <class Body>
void for_each_index(const Dims& dims, Body&& body) {
  Dims index(dims.size());
  for (int64_t i = 0, count = element_count(dims); i < count; ++i) {
    body(index);
    for (size_t axis = dims.size(); axis-- > 0;) {
      if (++index[axis] < dims[axis]) break;
      index[axis] = 0;
    }
  }
}

size_t position(const Dims& index, const Dims& dims) {
  int64_t result = 0;
  for (size_t axis = 0; axis < dims.size(); ++axis) result = result * dims[axis] + index[axis];
  return static_cast<size_t>(result);
}

// Where numpy's broadcasting reads an operand of shape `dims` for an index of the result.
size_t broadcast_position(const Dims& index, const Dims& dims) {
  Dims own(dims.size());
  const size_t missing = index.size() - dims.size();
  for (size_t axis = 0; axis < dims.size(); ++axis) own[axis] = dims[axis] == 1 ? 0 : index[axis + missing];
  return position(own, dims);
}

Element sum_of_products(const Elements& a, const Elements& b, DType dtype) {
  const auto k = static_cast<int64_t>(a.size());
  const int64_t size = contraction_block_size(k);
  std::array<Element, 2> blocks;
  blocks.fill(Element::of({0.0}, dtype));
  for (int64_t i = 0; i < k; ++i) {
    Element& block = blocks[static_cast<size_t>(i / size)];
    block = fused_multiply_add(a[static_cast<size_t>(i)], b[static_cast<size_t>(i)], block);
  }
  if (contraction_blocks(k) == 1) return blocks[0];
  return evaluate(Op::Add, dtype, blocks);
}

Element reduced(Op op, const Elements& elements, DType dtype) {
  if (elements.empty()) return reduction_of_nothing(op, dtype);
  std::array<Element, reduction_lanes> lanes;
  lanes.fill(neutral_element(op, dtype));
  const auto join = [op, dtype](Element x, Element y) {
    return evaluate(joining_op(op), dtype, std::array{x, y});
  };
  for (size_t i = 0; i < elements.size(); ++i)
    lanes[i % lanes.size()] = join(lanes[i % lanes.size()], elements[i]);
  for (size_t half = lanes.size() / 2; half > 0; half /= 2)
    for (size_t lane = 0; lane < half; ++lane) lanes[lane] = join(lanes[lane], lanes[lane + half]);
  return lanes[0];
}

// One evaluation of a step graph for one sample.
class Step {
 public:
  explicit Step(const StepGraph& graph) : graph_(graph), values_(static_cast<size_t>(graph.size())) {}

  Elements& operator[](NodeId id) { return values_[static_cast<size_t>(id.index)]; }

  // Computes all nodes; the leaves have been set.
  void run() {
    for (int32_t i = 0; i < graph_.size(); ++i) {
      const Node& node = graph_[NodeId{i}];
      if (node.op == Op::Literal)
        (*this)[NodeId{i}] = {Element::of(std::get<LiteralValue>(node.attribute), node.type.dtype)};
      else if (category_of(node.op) != OpCategory::Leaf)
        (*this)[NodeId{i}] = compute(node);
    }
  }

 private:
  const Elements& operand(const Node& node, size_t i) { return (*this)[node.operands[i]]; }
  const Dims& operand_dims(const Node& node, size_t i) { return graph_.type(node.operands[i]).dims; }

  Elements compute(const Node& node) {
    switch (node.op) {
      case Op::Dot:
        return dot(node);
      case Op::Sum:
      case Op::Max:
      case Op::Min:
      case Op::Product:
        return reduce(node);
      case Op::Reshape:
        return operand(node, 0);
      case Op::Concatenate:
        return concatenate(node);
      case Op::Pad:
        return pad(node);
      case Op::Gather:
        return gather(node);
      case Op::Broadcast:
      case Op::Transpose:
      case Op::Slice:
        return move(node);
      default:
        return elementwise(node);
    }
  }

  Elements elementwise(const Node& node) {
    Elements result;
    std::vector<Element> arguments(node.operands.size());
    for_each_index(node.type.dims, [&](const Dims& index) {
      for (size_t i = 0; i < arguments.size(); ++i)
        arguments[i] = operand(node, i)[broadcast_position(index, operand_dims(node, i))];
      result.push_back(evaluate(node.op, node.type.dtype, arguments));
    });
    return result;
  }

  Elements dot(const Node& node) {
    const auto& axes = std::get<DotAxes>(node.attribute);
    const Dims &a = operand_dims(node, 0), &b = operand_dims(node, 1);
    Dims summed;
    for (int axis : axes.lhs_contract) summed.push_back(a[static_cast<size_t>(axis)]);
    const auto is_free = [](int axis, const std::vector<int>& contracted, const std::vector<int>& batch) {
      return std::find(contracted.begin(), contracted.end(), axis) == contracted.end() &&
             std::find(batch.begin(), batch.end(), axis) == batch.end();
    };
    Elements result;
    for_each_index(node.type.dims, [&](const Dims& index) {
      Dims at_a(a.size()), at_b(b.size());
      size_t next = 0;
      for (size_t i = 0; i < axes.lhs_batch.size(); ++i, ++next)
        at_a[static_cast<size_t>(axes.lhs_batch[i])] = at_b[static_cast<size_t>(axes.rhs_batch[i])] =
            index[next];
      for (size_t axis = 0; axis < a.size(); ++axis)
        if (is_free(static_cast<int>(axis), axes.lhs_contract, axes.lhs_batch)) at_a[axis] = index[next++];
      for (size_t axis = 0; axis < b.size(); ++axis)
        if (is_free(static_cast<int>(axis), axes.rhs_contract, axes.rhs_batch)) at_b[axis] = index[next++];
      Elements left, right;
      for_each_index(summed, [&](const Dims& k) {
        for (size_t i = 0; i < k.size(); ++i)
          at_a[static_cast<size_t>(axes.lhs_contract[i])] = at_b[static_cast<size_t>(axes.rhs_contract[i])] =
              k[i];
        left.push_back(operand(node, 0)[position(at_a, a)]);
        right.push_back(operand(node, 1)[position(at_b, b)]);
      });
      result.push_back(sum_of_products(left, right, node.type.dtype));
    });
    return result;
  }

  Elements reduce(const Node& node) {
    const std::vector<int>& axes = std::get<Axes>(node.attribute).axes;
    const Dims& dims = operand_dims(node, 0);
    Dims summed;
    for (int axis : axes) summed.push_back(dims[static_cast<size_t>(axis)]);
    Elements result;
    for_each_index(node.type.dims, [&](const Dims& index) {
      Dims at(dims.size());
      size_t next = 0;
      for (size_t axis = 0; axis < dims.size(); ++axis)
        if (std::find(axes.begin(), axes.end(), static_cast<int>(axis)) == axes.end())
          at[axis] = index[next++];
      Elements elements;
      for_each_index(summed, [&](const Dims& k) {
        for (size_t i = 0; i < k.size(); ++i) at[static_cast<size_t>(axes[i])] = k[i];
        elements.push_back(operand(node, 0)[position(at, dims)]);
      });
      result.push_back(reduced(node.op, elements, node.type.dtype));
    });
    return result;
  }

  // Broadcast, Transpose and Slice: each element comes from one place.
  Elements move(const Node& node) {
    const Dims& dims = operand_dims(node, 0);
    Elements result;
    for_each_index(node.type.dims, [&](const Dims& index) {
      Dims at(dims.size());
      if (node.op == Op::Broadcast) {
        result.push_back(operand(node, 0)[broadcast_position(index, dims)]);
        return;
      }
      for (size_t axis = 0; axis < index.size(); ++axis) {
        if (node.op == Op::Transpose) {
          at[static_cast<size_t>(std::get<Axes>(node.attribute).axes[axis])] = index[axis];
        } else {
          const SliceRange& range = std::get<SliceRanges>(node.attribute).axes[axis];
          at[axis] = range.start + index[axis] * range.step;
        }
      }
      result.push_back(operand(node, 0)[position(at, dims)]);
    });
    return result;
  }

  Elements concatenate(const Node& node) {
    const auto axis = static_cast<size_t>(std::get<Axis>(node.attribute).axis);
    Elements result;
    for_each_index(node.type.dims, [&](const Dims& index) {
      Dims at = index;
      size_t part = 0;
      while (at[axis] >= operand_dims(node, part)[axis]) at[axis] -= operand_dims(node, part++)[axis];
      result.push_back(operand(node, part)[position(at, operand_dims(node, part))]);
    });
    return result;
  }

  Elements pad(const Node& node) {
    const auto& padding = std::get<Padding>(node.attribute);
    const Dims& dims = operand_dims(node, 0);
    Elements result;
    for_each_index(node.type.dims, [&](const Dims& index) {
      Dims at = index;
      bool inside = true;
      for (size_t axis = 0; axis < at.size(); ++axis) {
        at[axis] -= padding.before[axis];
        inside = inside && at[axis] >= 0 && at[axis] < dims[axis];
      }
      result.push_back(inside ? operand(node, 0)[position(at, dims)] : operand(node, 1)[0]);
    });
    return result;
  }

  Elements gather(const Node& node) {
    const auto axis = static_cast<size_t>(std::get<Axis>(node.attribute).axis);
    const Dims &dims = operand_dims(node, 0), &index_dims = operand_dims(node, 1);
    Elements result;
    for_each_index(node.type.dims, [&](const Dims& index) {
      const auto begin = index.begin() + static_cast<std::ptrdiff_t>(axis);
      const auto end = begin + static_cast<std::ptrdiff_t>(index_dims.size());
      const Element which = operand(node, 1)[position(Dims(begin, end), index_dims)];
      Dims at(index.begin(), begin);
      at.push_back(std::clamp<int64_t>(which.dtype == DType::I32 ? which.i32 : which.i64, 0, dims[axis] - 1));
      at.insert(at.end(), end, index.end());
      result.push_back(operand(node, 0)[position(at, dims)]);
    });
    return result;
  }

  const StepGraph& graph_;
  std::vector<Elements> values_;
};

// Elements [row * count, (row + 1) * count) of a tensor, as one sample's value.
Elements read_row(const Tensor& tensor, int64_t row, int64_t count) {
  Elements result;
  for (int64_t i = 0; i < count; ++i)
    result.push_back(
        Element::load(tensor.dtype(), tensor.bytes() + (row * count + i) * size_of(tensor.dtype())));
  return result;
}

void write_row(Tensor& tensor, int64_t row, const Elements& elements) {
  const auto count = static_cast<int64_t>(elements.size());
  for (int64_t i = 0; i < count; ++i)
    elements[static_cast<size_t>(i)].store(tensor.bytes() + (row * count + i) * size_of(tensor.dtype()));
}

class Run {
 public:
  Run(const Recurrence& recurrence, const Arguments& arguments, Extents extents, const Observer& observer,
      Results& results)
      : r_(recurrence),
        graph_(recurrence.step),
        arguments_(arguments),
        extents_(extents),
        observer_(observer),
        results_(results),
        step_(graph_) {
    if (r_.masking == Masking::Mask) mask_ = normalized_mask(*arguments.mask);
  }

  void run() {
    for (const Leaf& weight : graph_.weights)
      step_[weight.node] = read_row(arguments_.weights.at(weight.name), 0, graph_.type(weight.node).count());
    for (int64_t b = 0; b < extents_.batch; ++b) run_sample(b);
  }

 private:
  // Row of (batch, time) in an array that has both as leading axes.
  int64_t row(int64_t b, int64_t t) const {
    return r_.time_major ? t * extents_.batch + b : b * extents_.time + t;
  }

  // Whether sample b keeps the step that reads original index t.
  bool keeps(int64_t b, int64_t t) const {
    if (r_.masking == Masking::Mask) return mask_.at(row(b, t)) != 0;
    if (r_.masking == Masking::Lengths) return t < static_cast<int64_t>(arguments_.lengths->at(b));
    return true;
  }

  void run_sample(int64_t b) {
    std::vector<Elements> states, emitted;
    for (const State& state : graph_.states) states.push_back(initial(state, b));
    for (const Output& output : graph_.outputs) emitted.push_back(zeros(output));
    for (const Leaf& leaf : graph_.constants)
      step_[leaf.node] = read_row(arguments_.constants.at(leaf.name), b, graph_.type(leaf.node).count());

    for (int64_t t = 0; t < extents_.steps; ++t) {
      const int64_t original = r_.go_backwards ? extents_.time - 1 - t : t;
      for (const Leaf& input : graph_.inputs)
        step_[input.node] =
            read_row(arguments_.inputs.at(input.name), row(b, original), graph_.type(input.node).count());
      for (size_t i = 0; i < states.size(); ++i) step_[graph_.states[i].node] = states[i];
      step_.run();

      const bool keep = keeps(b, original);
      for (size_t i = 0; i < emitted.size(); ++i) {
        const Output& output = graph_.outputs[i];
        if (keep)
          emitted[i] = step_[output.node];
        else if (r_.zero_output_for_mask)
          emitted[i] = zeros(output);
        write_row(results_.outputs[i], row(b, t), emitted[i]);
      }
      for (size_t i = 0; i < states.size(); ++i)
        if (keep) states[i] = step_[graph_.states[i].next];
      if (observer_ && !observer_({b, t, original, keep, [this](NodeId id) { return value_of(id); }})) break;
    }

    // The slots behind the last step are zeros, and the last output is the last slot.
    const bool cut = extents_.steps < extents_.time;
    for (size_t i = 0; i < emitted.size(); ++i)
      write_row(results_.last_output[i], b, cut ? zeros(graph_.outputs[i]) : emitted[i]);
    for (size_t i = 0; i < states.size(); ++i) write_row(results_.new_states[i], b, states[i]);
  }

  Tensor value_of(NodeId id) {
    const Type& type = graph_.type(id);
    Tensor value(type.dtype, type.dims);
    write_row(value, 0, step_[id]);
    return value;
  }

  Elements initial(const State& state, int64_t b) const {
    const Type& type = graph_.type(state.node);
    const auto given = arguments_.states.find(state.name);
    if (given != arguments_.states.end()) return read_row(given->second, b, type.count());
    return Elements(static_cast<size_t>(type.count()), Element::of({0.0}, type.dtype));
  }

  // An output of a value that all samples share is still one for each sample.
  Elements zeros(const Output& output) const {
    const Type& type = graph_.type(output.node);
    return Elements(static_cast<size_t>(type.count()), Element::of({0.0}, type.dtype));
  }

  const Recurrence& r_;
  const StepGraph& graph_;
  const Arguments& arguments_;
  Extents extents_;
  const Observer& observer_;
  Results& results_;
  Step step_;
  Tensor mask_;
};

}  // namespace

std::optional<Results> interpret(const Recurrence& recurrence, const Arguments& arguments,
                                 Diagnostics& diagnostics, const Observer& observer) {
  if (!validate(recurrence, diagnostics)) return std::nullopt;
  const std::optional<Extents> extents = check_arguments(recurrence, arguments, diagnostics);
  if (!extents) return std::nullopt;
  std::optional<Results> results = allocate_results(recurrence, *extents, diagnostics);
  const FlushDenormals flush(recurrence.flush_denormals);
  if (results) Run(recurrence, arguments, *extents, observer, *results).run();
  return results;
}

}  // namespace rondo::ir
