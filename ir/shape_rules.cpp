#include "ir/shape_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace rondo::ir {

namespace {

using Result = std::optional<Type>;

// How a message names an operation: operators by their sign, functions by their name.
std::string spelled(Op op) {
  switch (op) {
    case Op::Add:
      return "+";
    case Op::Subtract:
      return "-";
    case Op::Multiply:
      return "*";
    case Op::Divide:
      return "/";
    case Op::Power:
      return "**";
    case Op::Less:
      return "<";
    case Op::LessEqual:
      return "<=";
    case Op::Greater:
      return ">";
    case Op::GreaterEqual:
      return ">=";
    case Op::Equal:
      return "==";
    case Op::NotEqual:
      return "!=";
    case Op::And:
      return "and";
    case Op::Or:
      return "or";
    case Op::Not:
      return "not";
    default:
      return std::string(name_of(op));  // every other operation is a function
  }
}

bool any_batched(const std::vector<Type>& operands) {
  return std::any_of(operands.begin(), operands.end(), [](const Type& t) { return t.batched; });
}

Result unary(Op op, const Type& x, std::string& problem) {
  const bool wants_bool = op == Op::Not;
  const bool any_number = op == Op::Negate || op == Op::Absolute;
  const bool fits = wants_bool   ? x.dtype == DType::Bool
                    : any_number ? x.dtype != DType::Bool
                                 : is_float(x.dtype);
  if (fits) return x;
  problem = fmt::format("'{}' takes {}, but its operand is {}", spelled(op),
                        wants_bool   ? "booleans"
                        : any_number ? "numbers"
                                     : "f32 or f64",
                        to_string(x));
  problem += wants_bool ? "; compare it first, as in x != 0" : "; cast it first, as in f32(x)";
  return std::nullopt;
}

Result binary(Op op, const std::vector<Type>& operands, std::string& problem) {
  const Type &a = operands[0], &b = operands[1];
  if (a.dtype != b.dtype) {
    problem =
        fmt::format("'{}' takes two operands of one element type, found {} and {}; cast one, as in {}(x)",
                    spelled(op), to_string(a), to_string(b), name_of(a.dtype));
    return std::nullopt;
  }
  const OpCategory category = category_of(op);
  const bool needs_float = op == Op::Divide || op == Op::Power;
  const bool allows_bool = category == OpCategory::Logic || op == Op::Equal || op == Op::NotEqual;
  if ((needs_float && !is_float(a.dtype)) || (a.dtype == DType::Bool && !allows_bool) ||
      (category == OpCategory::Logic && a.dtype != DType::Bool)) {
    problem = fmt::format("'{}' takes {}, found {} and {}", spelled(op),
                          needs_float                     ? "f32 or f64"
                          : category == OpCategory::Logic ? "booleans (compare with 0 first)"
                                                          : "numbers",
                          to_string(a), to_string(b));
    if (category != OpCategory::Logic) problem += "; cast them first, as in f32(x)";
    return std::nullopt;
  }
  const std::optional<Dims> dims = broadcast(a.dims, b.dims);
  if (!dims) {
    problem = fmt::format("shapes {} and {} do not broadcast together in '{}': extents must be equal, or 1",
                          to_string(a.dims), to_string(b.dims), spelled(op));
    return std::nullopt;
  }
  const bool compares = category == OpCategory::Compare || category == OpCategory::Logic;
  return Type{compares ? DType::Bool : a.dtype, a.batched || b.batched, *dims};
}

Result select(const std::vector<Type>& operands, std::string& problem) {
  const Type &c = operands[0], &a = operands[1], &b = operands[2];
  if (c.dtype != DType::Bool) {
    problem = fmt::format("the condition of 'where' must be boolean, found {}; compare it, as in x != 0",
                          to_string(c));
    return std::nullopt;
  }
  if (a.dtype != b.dtype) {
    problem = fmt::format("both arms of 'where' must have one element type, found {} and {}", to_string(a),
                          to_string(b));
    return std::nullopt;
  }
  std::optional<Dims> dims = broadcast(a.dims, b.dims);
  if (dims) dims = broadcast(c.dims, *dims);
  if (!dims) {
    problem =
        fmt::format("shapes {}, {} and {} do not broadcast together in 'where': extents must be equal, or 1",
                    to_string(c.dims), to_string(a.dims), to_string(b.dims));
    return std::nullopt;
  }
  return Type{a.dtype, any_batched(operands), *dims};
}

bool valid_axes(const std::vector<int>& axes, int rank) {
  std::set<int> seen;
  return std::all_of(axes.begin(), axes.end(),
                     [&](int axis) { return axis >= 0 && axis < rank && seen.insert(axis).second; });
}

bool contains(const std::vector<int>& axes, int axis) {
  return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

Result dot(const std::vector<Type>& operands, const DotAxes& axes, std::string& problem) {
  const Type &a = operands[0], &b = operands[1];
  if (a.dtype != b.dtype || !is_float(a.dtype)) {
    problem = fmt::format(
        "a product of tensors takes two operands of one float type, found {} and {}; cast one, as in "
        "{}(x)",
        to_string(a), to_string(b),
        name_of(is_float(a.dtype)   ? a.dtype
                : is_float(b.dtype) ? b.dtype
                                    : DType::F32));
    return std::nullopt;
  }
  std::vector<int> of_a = axes.lhs_contract, of_b = axes.rhs_contract;
  of_a.insert(of_a.end(), axes.lhs_batch.begin(), axes.lhs_batch.end());
  of_b.insert(of_b.end(), axes.rhs_batch.begin(), axes.rhs_batch.end());
  if (of_a.size() != of_b.size() || axes.lhs_batch.size() != axes.rhs_batch.size() ||
      !valid_axes(of_a, a.rank()) || !valid_axes(of_b, b.rank())) {
    problem = fmt::format("the axes of this product do not fit its operands, {} and {}", to_string(a),
                          to_string(b));
    return std::nullopt;
  }
  for (size_t i = 0; i < of_a.size(); ++i) {
    const int64_t left = a.dims[static_cast<size_t>(of_a[i])], right = b.dims[static_cast<size_t>(of_b[i])];
    if (left == right) continue;
    problem = fmt::format(
        "cannot multiply {} @ {}: axis {} of the left side has {} elements, axis {} of the right side {}",
        to_string(a), to_string(b), of_a[i], left, of_b[i], right);
    return std::nullopt;
  }
  Type result{a.dtype, a.batched || b.batched, {}};
  for (int axis : axes.lhs_batch) result.dims.push_back(a.dims[static_cast<size_t>(axis)]);
  for (int axis = 0; axis < a.rank(); ++axis)
    if (!contains(of_a, axis)) result.dims.push_back(a.dims[static_cast<size_t>(axis)]);
  for (int axis = 0; axis < b.rank(); ++axis)
    if (!contains(of_b, axis)) result.dims.push_back(b.dims[static_cast<size_t>(axis)]);
  return result;
}

Result reduction(Op op, const Type& x, const Axes& axes, std::string& problem) {
  if (x.dtype == DType::Bool) {
    problem = fmt::format("'{}' takes numbers, found {}", spelled(op), to_string(x));
    return std::nullopt;
  }
  if (!valid_axes(axes.axes, x.rank())) {
    problem = fmt::format("'{}' over axes {} of {}: each axis must be there, and be named once", spelled(op),
                          to_string(Dims(axes.axes.begin(), axes.axes.end())), to_string(x));
    return std::nullopt;
  }
  Type result{x.dtype, x.batched, {}};
  int64_t count = 1;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const int64_t extent = x.dims[static_cast<size_t>(axis)];
    if (contains(axes.axes, axis))
      count *= extent;
    else
      result.dims.push_back(extent);
  }
  if (count == 0 && (op == Op::Max || op == Op::Min)) {
    problem = fmt::format("'{}' of no elements: {}", spelled(op), to_string(x));
    return std::nullopt;
  }
  return result;
}

Result reshape(const Type& x, const Dims& wanted, std::string& problem) {
  const std::optional<int64_t> count = checked_count(wanted);
  if (count && *count == x.count()) return Type{x.dtype, x.batched, wanted};
  problem = fmt::format("cannot reshape {} ({} elements) to {}", to_string(x), x.count(), to_string(wanted));
  return std::nullopt;
}

Result transpose(const Type& x, const Axes& axes, std::string& problem) {
  if (static_cast<int>(axes.axes.size()) != x.rank() || !valid_axes(axes.axes, x.rank())) {
    problem = fmt::format("{} is no permutation of the {} axes of {}; it names each once",
                          to_string(Dims(axes.axes.begin(), axes.axes.end())), x.rank(), to_string(x));
    return std::nullopt;
  }
  Type result{x.dtype, x.batched, {}};
  for (int axis : axes.axes) result.dims.push_back(x.dims[static_cast<size_t>(axis)]);
  return result;
}

Result slice(const Type& x, const SliceRanges& ranges, std::string& problem) {
  if (static_cast<int>(ranges.axes.size()) != x.rank()) {
    problem = fmt::format("{} ranges for {}", ranges.axes.size(), to_string(x));
    return std::nullopt;
  }
  Type result{x.dtype, x.batched, {}};
  for (size_t axis = 0; axis < ranges.axes.size(); ++axis) {
    const auto [start, step, count] = ranges.axes[axis];
    const int64_t extent = x.dims[axis];
    const bool inside = count >= 0 && (count == 0 || (start >= 0 && start < extent && step != 0 &&
                                                      (step > 0 ? (count - 1) <= (extent - 1 - start) / step
                                                                : (count - 1) <= start / -step)));
    if (!inside) {
      problem = fmt::format("{} elements from {} in steps of {} reach outside axis {} of {}", count, start,
                            step, axis, to_string(x));
      return std::nullopt;
    }
    result.dims.push_back(count);
  }
  return result;
}

Result concatenate(const std::vector<Type>& operands, int axis, std::string& problem) {
  if (operands.empty()) {
    problem = "'concatenate' needs at least one operand";
    return std::nullopt;
  }
  Type result = operands[0];
  if (axis < 0 || axis >= result.rank()) {
    problem =
        fmt::format("'concatenate' along axis {} of {}, which has no such axis", axis, to_string(result));
    return std::nullopt;
  }
  const auto along = static_cast<size_t>(axis);
  result.batched = any_batched(operands);
  for (size_t i = 1; i < operands.size(); ++i) {
    Dims a = operands[0].dims, b = operands[i].dims;
    if (a.size() == b.size()) a[along] = b[along] = 0;
    if (operands[i].dtype != result.dtype || a != b) {
      problem = fmt::format("cannot concatenate {} and {} along axis {}: all else must be equal",
                            to_string(operands[0]), to_string(operands[i]), axis);
      return std::nullopt;
    }
    result.dims[along] += operands[i].dims[along];
  }
  return result;
}

Result pad(const std::vector<Type>& operands, const Padding& padding, std::string& problem) {
  const Type& x = operands[0];
  if (operands[1].dtype != x.dtype || operands[1].rank() != 0 || operands[1].batched) {
    problem = fmt::format("'pad' fills with one number of the same type, found {} for {}",
                          to_string(operands[1]), to_string(x));
    return std::nullopt;
  }
  Type result = x;
  const bool fits = padding.before.size() == x.dims.size() && padding.after.size() == x.dims.size();
  for (size_t axis = 0; fits && axis < x.dims.size(); ++axis) {
    if (padding.before[axis] < 0 || padding.after[axis] < 0 || padding.before[axis] > max_elements ||
        padding.after[axis] > max_elements) {
      problem = fmt::format("'pad' by {} and {}: widths must not be negative", to_string(padding.before),
                            to_string(padding.after));
      return std::nullopt;
    }
    result.dims[axis] += padding.before[axis] + padding.after[axis];
  }
  if (fits) return result;
  problem = fmt::format("'pad' takes one width before and one after for each axis of {}, found {} and {}",
                        to_string(x), to_string(padding.before), to_string(padding.after));
  return std::nullopt;
}

Result gather(const std::vector<Type>& operands, int axis, std::string& problem) {
  const Type &x = operands[0], &index = operands[1];
  if (!is_integer(index.dtype)) {
    problem =
        fmt::format("'take' needs integer indices, found {}; cast them, as in i32(x)", to_string(index));
    return std::nullopt;
  }
  if (axis < 0 || axis >= x.rank() || x.dims[static_cast<size_t>(axis)] == 0) {
    problem = fmt::format("'take' along axis {} of {}, which has no elements there", axis, to_string(x));
    return std::nullopt;
  }
  Type result{x.dtype, x.batched || index.batched, x.dims};
  result.dims.erase(result.dims.begin() + axis);
  result.dims.insert(result.dims.begin() + axis, index.dims.begin(), index.dims.end());
  return result;
}

Result rule(Op op, const std::vector<Type>& operands, const Attribute& attribute, const Type& wanted,
            std::string& problem) {
  switch (op) {
    case Op::Input:
    case Op::State:
    case Op::Constant:
    case Op::Weight:
    case Op::Literal:
      return wanted;
    case Op::Negate:
    case Op::Absolute:
    case Op::Exp:
    case Op::Log:
    case Op::Tanh:
    case Op::Sigmoid:
    case Op::TanhFast:
    case Op::SigmoidFast:
    case Op::Sqrt:
    case Op::Sin:
    case Op::Cos:
    case Op::Erf:
    case Op::Floor:
    case Op::Not:
      return unary(op, operands[0], problem);
    case Op::Add:
    case Op::Subtract:
    case Op::Multiply:
    case Op::Divide:
    case Op::Power:
    case Op::Minimum:
    case Op::Maximum:
    case Op::Less:
    case Op::LessEqual:
    case Op::Greater:
    case Op::GreaterEqual:
    case Op::Equal:
    case Op::NotEqual:
    case Op::And:
    case Op::Or:
      return binary(op, operands, problem);
    case Op::Select:
      return select(operands, problem);
    case Op::Cast:
      return Type{wanted.dtype, operands[0].batched, operands[0].dims};
    case Op::Dot:
      return dot(operands, std::get<DotAxes>(attribute), problem);
    case Op::Sum:
    case Op::Max:
    case Op::Min:
    case Op::Product:
      return reduction(op, operands[0], std::get<Axes>(attribute), problem);
    case Op::Reshape:
      return reshape(operands[0], wanted.dims, problem);
    case Op::Transpose:
      return transpose(operands[0], std::get<Axes>(attribute), problem);
    case Op::Broadcast: {
      const std::optional<Dims> dims = broadcast(operands[0].dims, wanted.dims);
      if (dims && *dims == wanted.dims) return Type{operands[0].dtype, operands[0].batched, *dims};
      problem = fmt::format("cannot broadcast {} to {}: only axes with one element are repeated",
                            to_string(operands[0]), to_string(wanted.dims));
      return std::nullopt;
    }
    case Op::Slice:
      return slice(operands[0], std::get<SliceRanges>(attribute), problem);
    case Op::Concatenate:
      return concatenate(operands, std::get<Axis>(attribute).axis, problem);
    case Op::Pad:
      return pad(operands, std::get<Padding>(attribute), problem);
    case Op::Gather:
      return gather(operands, std::get<Axis>(attribute).axis, problem);
  }
  __builtin_unreachable();
}

}  // namespace

std::optional<Type> infer_type(Op op, const std::vector<Type>& operands, const Attribute& attribute,
                               const Type& wanted, std::string& problem) {
  std::optional<Type> result = rule(op, operands, attribute, wanted, problem);
  if (result && result->rank() > max_rank) {
    problem = fmt::format("the result of '{}' would have {} axes; at most {} are possible", spelled(op),
                          result->rank(), max_rank);
    return std::nullopt;
  }
  if (result && !checked_count(result->dims)) {
    problem = fmt::format("the result of '{}' would be {}: more than {} elements a sample", spelled(op),
                          to_string(*result), max_elements);
    return std::nullopt;
  }
  return result;
}

}  // namespace rondo::ir
