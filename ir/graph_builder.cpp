#include "ir/graph_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ir/number_arithmetic.h"
#include "ir/shape_rules.h"
#include "ir/visible_text.h"

namespace rondo::ir {

GraphBuilder::GraphBuilder(std::string cell_name, Diagnostics& diagnostics)
    : diagnostics_(diagnostics), errors_before_(diagnostics.error_count()) {
  graph_.name = std::move(cell_name);
}

Value GraphBuilder::error(std::string message) {
  diagnostics_.error(where_, std::move(message));
  return {};
}

bool GraphBuilder::is_name(const std::string& name, std::string_view of_what) {
  if (can_be_name(name)) return true;
  error(
      name.empty()
          ? fmt::format("{} needs a name that is not empty", of_what)
          : fmt::format("'{}' is no name of {}: it must have neither backquotes nor control characters in it",
                        name, of_what));
  return false;
}

bool GraphBuilder::name_is_free(const std::string& name) {
  const auto taken = [&name](const auto& list) {
    return std::any_of(list.begin(), list.end(), [&](const auto& leaf) { return leaf.name == name; });
  };
  if (!taken(graph_.inputs) && !taken(graph_.states) && !taken(graph_.constants) && !taken(graph_.weights))
    return true;
  error(fmt::format("'{}' is declared twice", name));
  return false;
}

Value GraphBuilder::declare(LeafKind kind, const std::string& name, DType dtype, const Dims& dims) {
  if (!is_name(name, "an input, a state, a constant or a weight") || !name_is_free(name)) return {};
  if (static_cast<int>(dims.size()) > max_rank)
    return error(
        fmt::format("'{}' would have {} axes; at most {} are possible", name, dims.size(), max_rank));
  if (!checked_count(dims))
    return error(
        fmt::format("'{}' would have the shape {}: extents must not be negative, and at most {} elements a "
                    "sample are possible",
                    name, to_string(dims), max_elements));
  Node node{Op::Input, Type{dtype, kind != LeafKind::Weight, dims}, {}, {}, where_, name};
  const auto add_leaf = [&](auto& list, Op op) {
    node.op = op;
    node.attribute = LeafIndex{static_cast<int>(list.size())};
    const NodeId id = graph_.add(std::move(node));
    list.push_back({name, id});
    return Value(id);
  };
  switch (kind) {
    case LeafKind::Input:
      return add_leaf(graph_.inputs, Op::Input);
    case LeafKind::Constant:
      return add_leaf(graph_.constants, Op::Constant);
    case LeafKind::Weight:
      return add_leaf(graph_.weights, Op::Weight);
    case LeafKind::State: {
      node.op = Op::State;
      node.attribute = LeafIndex{static_cast<int>(graph_.states.size())};
      const NodeId id = graph_.add(std::move(node));
      graph_.states.push_back({name, id, {}});
      return Value(id);
    }
  }
  __builtin_unreachable();
}

Value GraphBuilder::input(const std::string& name, DType dtype, const Dims& dims) {
  return declare(LeafKind::Input, name, dtype, dims);
}
Value GraphBuilder::state(const std::string& name, DType dtype, const Dims& dims) {
  return declare(LeafKind::State, name, dtype, dims);
}
Value GraphBuilder::constant(const std::string& name, DType dtype, const Dims& dims) {
  return declare(LeafKind::Constant, name, dtype, dims);
}
Value GraphBuilder::weight(const std::string& name, DType dtype, const Dims& dims) {
  return declare(LeafKind::Weight, name, dtype, dims);
}

Value GraphBuilder::literal(LiteralValue value, DType dtype) {
  const std::optional<LiteralValue> converted = convert_number(value, dtype);
  if (!converted) return error(fmt::format("{} is no {}", to_text(value), name_of(dtype)));
  return Value(graph_.add({Op::Literal, Type{dtype, false, {}}, {}, *converted, where_, {}}));
}

NodeId GraphBuilder::materialize(Value x) {
  if (x.is_number()) x = literal(x.number(), DType::F32);
  return x.node();
}

Type GraphBuilder::type(Value x) const {
  return x.is_node() ? graph_.type(x.node()) : Type{};
}

// Gives bare numbers the element type of the first operand that has one. A condition of `where` lends its
// type to nobody. False where something was wrong, which has been reported.
bool GraphBuilder::adopt_numbers(Op op, std::vector<Value>& operands) {
  const size_t first = op == Op::Select ? 1 : 0;
  DType dtype = DType::F32;
  for (size_t i = first; i < operands.size(); ++i) {
    if (!operands[i].is_node()) continue;
    dtype = type(operands[i]).dtype;
    break;
  }
  for (size_t i = 0; i < operands.size(); ++i)
    if (operands[i].is_number()) operands[i] = literal(operands[i].number(), i < first ? DType::Bool : dtype);
  return std::none_of(operands.begin(), operands.end(), [](const Value& v) { return v.is_nothing(); });
}

Value GraphBuilder::add(Op op, const std::vector<Value>& operands, Attribute attribute, const Type& wanted) {
  Node node{op, {}, {}, std::move(attribute), where_, {}};
  std::vector<Type> types;
  for (const Value& operand : operands) {
    const NodeId id = materialize(operand);
    if (!id.valid()) return {};
    node.operands.push_back(id);
    types.push_back(graph_.type(id));
  }
  std::string problem;
  const std::optional<Type> type = infer_type(op, types, node.attribute, wanted, problem);
  if (!type) return error(std::move(problem));
  node.type = *type;
  return Value(graph_.add(std::move(node)));
}

Value GraphBuilder::apply(Op op, std::vector<Value> operands) {
  RONDO_CHECK(is_elementwise(op) && op != Op::Cast, "apply takes element-wise operations");
  if (static_cast<int>(operands.size()) != operand_count(op))
    return error(
        fmt::format("'{}' takes {} operands, found {}", name_of(op), operand_count(op), operands.size()));
  if (std::all_of(operands.begin(), operands.end(), [](const Value& v) { return v.is_number(); })) {
    std::vector<LiteralValue> numbers;
    for (const Value& operand : operands) numbers.push_back(operand.number());
    if (const std::optional<LiteralValue> folded = fold_numbers(op, numbers)) return Value(*folded);
  }
  if (!adopt_numbers(op, operands)) return {};
  return add(op, operands, {});
}

Value GraphBuilder::cast(Value x, DType dtype) {
  if (x.is_nothing()) return {};
  if (x.is_number()) return literal(x.number(), dtype);
  if (type(x).dtype == dtype) return x;
  return add(Op::Cast, {x}, {}, Type{dtype, false, {}});
}

bool GraphBuilder::normalize_axis(int& axis, int rank, Op op) {
  if (axis >= -rank && axis < rank) {
    if (axis < 0) axis += rank;
    return true;
  }
  error(fmt::format("'{}' along axis {}, but there {}", name_of(op), axis,
                    rank == 0   ? "is none (the batch axis does not count: samples are independent)"
                    : rank == 1 ? "is one axis alone, 0"
                                : fmt::format("are {} axes, 0 to {}", rank, rank - 1)));
  return false;
}

Value GraphBuilder::dot(Value a, Value b, DotAxes axes) {
  if (a.is_nothing() || b.is_nothing()) return {};
  return add(Op::Dot, {a, b}, std::move(axes));
}

Value GraphBuilder::matmul(Value a, Value b) {
  if (a.is_nothing() || b.is_nothing()) return {};
  if (a.is_number() || b.is_number() || type(a).rank() == 0 || type(b).rank() == 0)
    return error(
        fmt::format("'@' multiplies tensors with at least one axis, found {} and {}; use * for numbers",
                    to_string(type(a)), to_string(type(b))));
  const int rank_a = type(a).rank(), rank_b = type(b).rank();
  DotAxes axes;
  axes.lhs_contract = {rank_a - 1};
  axes.rhs_contract = {rank_b == 1 ? 0 : rank_b - 2};
  if (rank_a <= 2 && rank_b <= 2) return dot(a, b, std::move(axes));
  // Stacks of matrices: what stands before the last two axes must be equal on both sides, or only on one.
  const int stack_a = std::max(0, rank_a - 2), stack_b = std::max(0, rank_b - 2);
  if (stack_a == 0 || stack_b == 0) {
    if (stack_a == 0 && rank_a == 2)
      return error(fmt::format("'@' of {} and {}: give the left side the axes of the stack too",
                               to_string(type(a)), to_string(type(b))));
    return dot(a, b, std::move(axes));
  }
  if (stack_a != stack_b)
    return error(fmt::format("'@' of {} and {}: both stacks of matrices must have the same axes",
                             to_string(type(a)), to_string(type(b))));
  for (int axis = 0; axis < stack_a; ++axis) {
    axes.lhs_batch.push_back(axis);
    axes.rhs_batch.push_back(axis);
  }
  return dot(a, b, std::move(axes));
}

Value GraphBuilder::reduce(Op op, Value x, std::vector<int> axes, bool keepdims) {
  if (x.is_nothing()) return {};
  x = Value(materialize(x));
  const Type operand = type(x);
  if (axes.empty())
    for (int axis = 0; axis < operand.rank(); ++axis) axes.push_back(axis);
  for (int& axis : axes)
    if (!normalize_axis(axis, operand.rank(), op)) return {};
  std::sort(axes.begin(), axes.end());
  const Value result = add(op, {x}, Axes{axes});
  if (!keepdims || result.is_nothing()) return result;
  Dims kept = operand.dims;
  for (int axis : axes) kept[static_cast<size_t>(axis)] = 1;
  return reshape(result, kept);
}

Value GraphBuilder::reshape(Value x, Dims dims) {
  if (x.is_nothing()) return {};
  x = Value(materialize(x));
  const auto open = std::find(dims.begin(), dims.end(), -1);
  if (open != dims.end()) {
    *open = 1;
    const std::optional<int64_t> others = checked_count(dims);
    const int64_t count = type(x).count();
    if (!others || *others == 0 || count % *others != 0) {
      *open = -1;
      return error(
          fmt::format("cannot reshape {} ({} elements) to {}{}", to_string(type(x)), count, to_string(dims),
                      std::count(dims.begin(), dims.end(), -1) > 1 ? "; one extent alone may be -1" : ""));
    }
    *open = count / *others;
  }
  if (type(x).dims == dims) return x;
  return add(Op::Reshape, {x}, {}, Type{DType::F32, false, dims});
}

Value GraphBuilder::transpose(Value x, std::vector<int> axes) {
  if (x.is_nothing()) return {};
  x = Value(materialize(x));
  const int rank = type(x).rank();
  if (axes.empty())
    for (int axis = rank; axis-- > 0;) axes.push_back(axis);
  for (int& axis : axes)
    if (!normalize_axis(axis, rank, Op::Transpose)) return {};
  return add(Op::Transpose, {x}, Axes{std::move(axes)});
}

Value GraphBuilder::broadcast_to(Value x, const Dims& dims) {
  if (x.is_nothing()) return {};
  x = Value(materialize(x));
  if (type(x).dims == dims) return x;
  return add(Op::Broadcast, {x}, {}, Type{DType::F32, false, dims});
}

Value GraphBuilder::slice(Value x, SliceRanges ranges) {
  if (x.is_nothing()) return {};
  return add(Op::Slice, {x}, std::move(ranges));
}

namespace {

// numpy's rules: negative positions count from the end, and positions outside are moved to the nearest end.
SliceRange resolve(const Subscript& subscript, int64_t extent) {
  const int64_t step = subscript.step;
  const auto position = [&](std::optional<int64_t> given, int64_t otherwise) {
    if (!given) return otherwise;
    const int64_t from_start = *given < 0 ? *given + extent : *given;
    return step > 0 ? std::clamp<int64_t>(from_start, 0, extent)
                    : std::clamp<int64_t>(from_start, -1, extent - 1);
  };
  const int64_t start = position(subscript.start, step > 0 ? 0 : extent - 1);
  const int64_t stop = position(subscript.stop, step > 0 ? extent : -1);
  const int64_t span = step > 0 ? stop - start : start - stop;
  const int64_t stride = step > 0 ? step : -step;
  return {span > 0 ? start : 0, step, span > 0 ? (span - 1) / stride + 1 : 0};
}

}  // namespace

Value GraphBuilder::subscript(Value x, const std::vector<Subscript>& subscripts) {
  if (x.is_nothing()) return {};
  if (x.is_number()) return error("a number cannot be indexed");
  const Type operand = type(x);
  if (subscripts.size() > operand.dims.size())
    return error(fmt::format("{} indices for {}, which has {} {}", subscripts.size(), to_string(operand),
                             operand.rank(), operand.rank() == 1 ? "axis" : "axes"));
  SliceRanges ranges;
  Dims kept;
  bool whole = true;
  for (size_t axis = 0; axis < operand.dims.size(); ++axis) {
    const int64_t extent = operand.dims[axis];
    const Subscript subscript = axis < subscripts.size() ? subscripts[axis] : Subscript{};
    if (subscript.single) {
      const int64_t index = *subscript.start < 0 ? *subscript.start + extent : *subscript.start;
      if (index < 0 || index >= extent)
        return error(
            fmt::format("index {} is outside axis {} of {}", *subscript.start, axis, to_string(operand)));
      ranges.axes.push_back({index, 1, 1});
    } else {
      if (subscript.step == 0 || subscript.step < -max_elements || subscript.step > max_elements)
        return error(fmt::format("a slice cannot have the step {}", subscript.step));
      ranges.axes.push_back(resolve(subscript, extent));
      kept.push_back(ranges.axes.back().count);
    }
    whole = whole && ranges.axes.back() == SliceRange{0, 1, extent};
  }
  return reshape(whole ? x : slice(x, std::move(ranges)), kept);
}

Value GraphBuilder::concatenate(std::vector<Value> parts, int axis) {
  if (parts.empty()) return error("'concatenate' needs at least one operand");
  if (!adopt_numbers(Op::Concatenate, parts)) return {};
  if (!normalize_axis(axis, type(parts[0]).rank(), Op::Concatenate)) return {};
  return add(Op::Concatenate, parts, Axis{axis});
}

Value GraphBuilder::pad(Value x, Dims before, Dims after, Value fill) {
  std::vector<Value> operands{x, fill};
  if (!adopt_numbers(Op::Pad, operands)) return {};
  if (graph_[operands[1].node()].op != Op::Literal)
    return error("'pad' fills with a number, not with a tensor");
  return add(Op::Pad, operands, Padding{std::move(before), std::move(after)});
}

Value GraphBuilder::take(Value x, Value index, int axis) {
  if (x.is_nothing() || index.is_nothing()) return {};
  if (index.is_number()) index = literal(index.number(), DType::I32);
  if (index.is_nothing()) return {};
  x = Value(materialize(x));
  if (!normalize_axis(axis, type(x).rank(), Op::Gather)) return {};
  return add(Op::Gather, {x, index}, Axis{axis});
}

void GraphBuilder::name(Value x, const std::string& name) {
  if (!x.is_node() || name.empty() || !is_name(name, "a value") || !graph_[x.node()].name.empty()) return;
  Node renamed = graph_[x.node()];
  renamed.name = name;
  graph_.add(std::move(renamed));  // finds the node and gives it the name
}

void GraphBuilder::set_next(const std::string& name, Value value) {
  const auto state = std::find_if(graph_.states.begin(), graph_.states.end(),
                                  [&](const State& s) { return s.name == name; });
  if (state == graph_.states.end()) {
    error(fmt::format("'next {}': there is no state '{}'", name, name));
    return;
  }
  if (state->next.valid()) {
    error(fmt::format("state '{}' is given its next value twice", name));
    return;
  }
  if (value.is_nothing()) return;
  const Type declared = graph_.type(state->node);
  if (value.is_number()) value = literal(value.number(), declared.dtype);
  if (value.is_nothing()) return;
  const Type found = type(value);
  if (found.dtype != declared.dtype || found.dims != declared.dims) {
    error(fmt::format("state '{}' is {}, but its next value is {}: a state keeps its shape and its type",
                      name, to_string(declared), to_string(found)));
    return;
  }
  state->next = value.node();
}

void GraphBuilder::output(const std::string& name, Value value) {
  if (!name.empty() && !is_name(name, "an output")) return;
  for (const Output& other : graph_.outputs) {
    if (other.name == name || other.name.empty() || name.empty()) {
      error(other.name == name && !name.empty()
                ? fmt::format("output '{}' is given twice", name)
                : "a cell with several outputs names each, as in 'output mean = ...'");
      return;
    }
  }
  const NodeId node = materialize(value);
  if (node.valid()) graph_.outputs.push_back({name, node});
}

std::optional<StepGraph> GraphBuilder::finish() {
  is_name(graph_.name, "a cell");
  if (diagnostics_.error_count() > errors_before_) return std::nullopt;
  if (graph_.inputs.empty())
    error(fmt::format("cell '{}' has no input: batch and time are read from one", graph_.name));
  if (graph_.outputs.empty()) error(fmt::format("cell '{}' has no output; write 'output ...'", graph_.name));
  for (const State& state : graph_.states) {
    if (state.next.valid()) continue;
    diagnostics_.error(
        graph_[state.node].where,
        fmt::format("state '{}' has no next value; write 'next {} = ...'", state.name, state.name));
  }
  if (diagnostics_.error_count() > errors_before_) return std::nullopt;
  return std::move(graph_);
}

}  // namespace rondo::ir
