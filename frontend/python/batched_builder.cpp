#include "frontend/python/batched_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rondo::python {

using ir::DType;
using ir::Op;
using ir::Value;

namespace {

bool is_number(const Operand& operand) {
  return !operand.captured && operand.traced.value.is_number();
}

// A bare number gives way to the type it meets, unless it is of a higher kind: 1.5 makes integers f64, 2
// makes booleans i64.
DType meets_number(DType dtype, const Value& number) {
  const bool whole = std::holds_alternative<int64_t>(number.number().value);
  if (ir::is_float(dtype) || (ir::is_integer(dtype) && whole)) return dtype;
  return whole ? DType::I64 : DType::F64;
}

// What a function wants of the types of its operands.
enum class Wants { Numbers, Floats, Booleans };

Wants wants_of(const text::Function& function) {
  switch (function.op) {
    case Op::Negate:
    case Op::Absolute:
    case Op::Add:
    case Op::Subtract:
    case Op::Multiply:
    case Op::Minimum:
    case Op::Maximum:
    case Op::Select:
      return Wants::Numbers;
    case Op::Not:
    case Op::And:
    case Op::Or:
      return Wants::Booleans;
    default:
      break;
  }
  if (ir::category_of(function.op) == ir::OpCategory::Compare) return Wants::Numbers;
  constexpr std::string_view of_any_number[] = {"negative", "sign", "square", "clip", "relu"};
  const auto known = std::find(std::begin(of_any_number), std::end(of_any_number), function.name);
  return known == std::end(of_any_number) ? Wants::Floats : Wants::Numbers;
}

// What numpy means by arithmetic of booleans alone: "+" is "or", "*" is "and". Null where it has no meaning.
const text::Function* of_booleans(const text::Function& function) {
  struct Meaning {
    std::string_view name, of_booleans;
  };
  constexpr Meaning meanings[] = {{"add", "logical_or"},
                                  {"maximum", "logical_or"},
                                  {"multiply", "logical_and"},
                                  {"minimum", "logical_and"},
                                  {"abs", "bool"},
                                  {"subtract", ""},
                                  {"negative", ""},
                                  {"sign", ""}};
  for (const Meaning& meaning : meanings)
    if (meaning.name == function.name) return text::find_function(meaning.of_booleans);
  return &function;
}

}  // namespace

DType promoted(DType a, DType b) {
  if (a == b) return a;
  if (a == DType::Bool) return b;
  if (b == DType::Bool) return a;
  return ir::is_integer(a) && ir::is_integer(b) ? DType::I64 : DType::F64;
}

BatchedBuilder::BatchedBuilder(std::string cell_name, std::optional<int64_t> batch)
    : builder_(std::move(cell_name), diagnostics_), batch_(batch) {}

Captured& BatchedBuilder::capture(std::string name, DType dtype, ir::Dims dims) {
  return captures_.emplace_back(Captured{std::move(name), dtype, std::move(dims), {}, {}});
}

Traced BatchedBuilder::error(const std::string& message) {
  builder_.error(message);
  return {};
}

DType BatchedBuilder::dtype(const Operand& operand) const {
  return operand.captured ? operand.captured->dtype : builder_.type(operand.traced.value).dtype;
}

int BatchedBuilder::rank(const Operand& operand) const {
  if (operand.captured) return static_cast<int>(operand.captured->dims.size());
  if (operand.traced.value.is_number()) return 0;
  return builder_.type(operand.traced.value).rank() + (operand.traced.batched ? 1 : 0);
}

std::string BatchedBuilder::shape_text(const Operand& operand) const {
  std::vector<std::string> extents;
  if (operand.traced.batched) extents.push_back(batch_ ? std::to_string(*batch_) : "B");
  const ir::Dims dims = operand.captured ? operand.captured->dims : builder_.type(operand.traced.value).dims;
  for (int64_t extent : dims) extents.push_back(std::to_string(extent));
  return fmt::format("({}{})", fmt::join(extents, ", "), extents.size() == 1 ? "," : "");
}

std::string BatchedBuilder::shapes_text(const std::vector<Operand>& operands) const {
  std::vector<std::string> shapes;
  for (const Operand& operand : operands)
    if (!is_number(operand)) shapes.push_back(shape_text(operand));
  return fmt::format("{}", fmt::join(shapes, " and "));
}

bool BatchedBuilder::first_axis_is_batch(const Captured& captured) const {
  return batch_ && !captured.dims.empty() && captured.dims[0] == *batch_;
}

Traced BatchedBuilder::shared(const Operand& operand) {
  if (!operand.captured) return operand.traced;
  Captured& captured = *operand.captured;
  if (captured.shared.is_nothing())
    captured.shared = builder_.weight(captured.name, captured.dtype, captured.dims);
  return {captured.shared, false};
}

Traced BatchedBuilder::rows(Captured& captured) {
  if (captured.rows.is_nothing())
    captured.rows = builder_.constant(captured.name + ".rows", captured.dtype,
                                      {captured.dims.begin() + 1, captured.dims.end()});
  return {captured.rows, true};
}

Traced BatchedBuilder::batched(const Operand& operand, const std::string& what) {
  if (operand.captured && first_axis_is_batch(*operand.captured)) return rows(*operand.captured);
  if (!operand.captured && (operand.traced.batched || operand.traced.value.is_nothing()))
    return operand.traced;
  return error(fmt::format("{} has the shape {}, which does not begin with the batch axis ({})", what,
                           shape_text(operand), batch_ ? std::to_string(*batch_) : "B"));
}

// The operand for an operation whose batched operands have `wanted` axes, which numpy aligns at the last.
// Where that mixes samples nothing, and why.
std::optional<Traced> BatchedBuilder::aligned(const Operand& operand, int wanted, std::string& why) {
  const int found = rank(operand);
  if (operand.traced.batched && found != wanted) {
    why = fmt::format(
        "numpy would put the batch axis of the one beside axis {} of the other; give both the same number of "
        "axes, as in x[:, None]",
        wanted - found);
    return std::nullopt;
  }
  if (operand.traced.batched || found < wanted) return shared(operand);
  const bool one_for_all = operand.captured && operand.captured->dims[0] == 1;  // also where the batch is 1
  if (operand.captured && !one_for_all && first_axis_is_batch(*operand.captured))
    return rows(*operand.captured);
  const Traced whole = shared(operand);
  ir::Dims dims = builder_.type(whole.value).dims;
  if (found > wanted || dims[0] != 1) {
    why =
        "the batch axis of one meets an axis of the other that is neither 1 nor the batch; samples are "
        "independent";
    return std::nullopt;
  }
  dims.erase(dims.begin());
  return Traced{builder_.reshape(whole.value, dims), false};
}

Value BatchedBuilder::typed(const Traced& x, DType dtype) {
  if (x.value.is_number() && dtype == DType::Bool)
    return builder_.literal({int64_t{x.value.number().as_double() != 0}}, dtype);
  if (x.value.is_number()) return builder_.literal(x.value.number(), dtype);
  return builder_.cast(x.value, dtype);
}

std::optional<std::vector<Traced>> BatchedBuilder::met(const text::Function& function,
                                                       const std::vector<Operand>& operands,
                                                       int batched_rank) {
  std::vector<Traced> values;
  for (const Operand& operand : operands) {
    if (is_number(operand) || batched_rank < 0) {
      values.push_back(shared(operand));
      continue;
    }
    std::string why;
    const std::optional<Traced> value = aligned(operand, batched_rank, why);
    if (!value) {
      error(fmt::format("'{}' of shapes {}: {}", function.name, shapes_text(operands), why));
      return std::nullopt;
    }
    values.push_back(*value);
  }
  return values;
}

std::optional<DType> BatchedBuilder::common_type(std::span<const Traced> values) const {
  std::optional<DType> common;
  for (const Traced& value : values) {
    if (!value.value.is_node()) continue;
    const DType dtype = builder_.type(value.value).dtype;
    common = common ? promoted(*common, dtype) : dtype;
  }
  for (const Traced& value : values)
    if (common && value.value.is_number()) common = meets_number(*common, value.value);
  return common;
}

Traced BatchedBuilder::elementwise(const text::Function& function, const std::vector<Operand>& operands,
                                   const std::vector<double>& numbers) {
  int batched_rank = -1;
  for (const Operand& operand : operands)
    if (operand.traced.batched) batched_rank = std::max(batched_rank, rank(operand));
  const std::optional<std::vector<Traced>> values = met(function, operands, batched_rank);
  if (!values) return {};

  const size_t first = function.op == Op::Select ? 1 : 0;  // the condition keeps its own type
  std::optional<DType> common = common_type(std::span(*values).subspan(first));
  const Wants wants = wants_of(function);
  const text::Function* meant = &function;
  if (wants == Wants::Floats && common && !ir::is_float(*common)) common = DType::F64;
  if (wants == Wants::Booleans) common = DType::Bool;
  const bool ordered = ir::category_of(function.op) == ir::OpCategory::Compare && function.op != Op::Equal &&
                       function.op != Op::NotEqual;
  if (ordered && common == DType::Bool) common = DType::I32;
  if (wants == Wants::Numbers && common == DType::Bool) meant = of_booleans(function);
  if (!meant) return error(fmt::format("numpy has no '{}' of booleans; convert them first", function.name));
  // Two bare numbers to choose from are what numpy makes of them.
  if (function.op == Op::Select && !common)
    common = meets_number(meets_number(DType::Bool, (*values)[1].value), (*values)[2].value);

  text::Arguments arguments;
  for (size_t i = 0; i < values->size(); ++i) {
    text::ArgumentValue& argument = arguments.emplace_back();
    argument.given = true;
    const Traced& value = (*values)[i];
    argument.tensor = i < first ? typed(value, DType::Bool) : common ? typed(value, *common) : value.value;
  }
  for (double number : numbers) {
    text::ArgumentValue& argument = arguments.emplace_back();
    argument.given = true;
    argument.number = number;
  }
  return per_sample(*meant, arguments, batched_rank >= 0).front();
}

Traced BatchedBuilder::matmul(Operand a, Operand b) {
  const int rank_a = rank(a), rank_b = rank(b);
  const auto mixes = [&](const std::string& why) {
    return error(fmt::format("'@' of shapes {}: {}; samples are independent", shapes_text({a, b}), why));
  };
  if (rank_a == 0 || rank_b == 0) return error("'@' takes arrays with at least one axis; use * for numbers");
  if (a.traced.batched && rank_a == 1) return mixes("the sum would run over the batch axis");
  if (b.traced.batched && rank_b <= 2) {
    return mixes(rank_b == 2 && a.traced.batched ? "each sample of one would meet all samples of the other"
                                                 : "the sum would run over the batch axis");
  }
  if (a.traced.batched && rank_a == 2 && (b.traced.batched || rank_b > 2))
    return mixes("each sample of one would meet all samples of the other; write x[:, None, :] @ y");

  Traced left, right;
  const bool batched = a.traced.batched || b.traced.batched;
  if (!batched || rank_a == 1 || rank_b == 1 || (a.traced.batched && rank_a == 2)) {
    left = shared(a);
    right = shared(b);
  } else {
    const int stack = a.traced.batched ? rank_a : rank_b;
    std::string why;
    const std::optional<Traced> x = aligned(a, stack, why), y = aligned(b, stack, why);
    if (!x || !y) return mixes(why);
    left = *x;
    right = *y;
  }
  const DType common = promoted(builder_.type(left.value).dtype, builder_.type(right.value).dtype);
  Value x = typed(left, common), y = typed(right, common);
  // The stacks of matrices on both sides, made equal as numpy's broadcasting makes them.
  ir::Dims of_x = builder_.type(x).dims, of_y = builder_.type(y).dims;
  if (of_x.size() >= 2 && of_y.size() >= 2 && of_x.size() + of_y.size() > 4) {
    const ir::Dims of_both[] = {{of_x.begin(), of_x.end() - 2}, {of_y.begin(), of_y.end() - 2}};
    const std::optional<ir::Dims> stack = ir::broadcast(of_both[0], of_both[1]);
    if (!stack)
      return error(fmt::format("'@' of shapes {}: the stacks of matrices differ", shapes_text({a, b})));
    const auto spread = [&](Value value, const ir::Dims& dims) {
      ir::Dims wanted = *stack;
      wanted.insert(wanted.end(), dims.end() - 2, dims.end());
      return builder_.broadcast_to(value, wanted);
    };
    if (!of_both[1].empty()) x = spread(x, of_x);
    if (!of_both[0].empty() && !of_both[1].empty()) y = spread(y, of_y);
  }
  return {builder_.matmul(x, y), batched};
}

Traced BatchedBuilder::concatenate(const std::vector<Operand>& parts, int axis) {
  if (parts.empty()) return error("'concatenate' needs at least one array");
  const bool batched_result =
      std::any_of(parts.begin(), parts.end(), [](const Operand& part) { return part.traced.batched; });
  const int axes = rank(parts.front());
  if (axis < -axes || axis >= axes)
    return error(fmt::format("'concatenate' along axis {} of arrays with {} axes", axis, axes));
  if (axis < 0) axis += axes;
  if (batched_result && axis == 0)
    return error("'concatenate' along axis 0, the batch axis: samples are independent; name another axis");
  std::optional<DType> common;
  for (const Operand& part : parts) common = common ? promoted(*common, dtype(part)) : dtype(part);
  std::vector<Value> values;
  for (const Operand& part : parts) {
    if (rank(part) != axes)
      return error(fmt::format("'concatenate' of shapes {}: all must have the same number of axes",
                               shapes_text(parts)));
    const Traced value = batched_result ? batched(part, "a part of 'concatenate'") : shared(part);
    if (value.value.is_nothing()) return {};
    values.push_back(typed(value, *common));
  }
  return {builder_.concatenate(std::move(values), batched_result ? axis - 1 : axis), batched_result};
}

std::vector<Traced> BatchedBuilder::per_sample(const text::Function& function,
                                               const text::Arguments& arguments, bool batched_result) {
  std::vector<Traced> results;
  for (const Value& value : function.build(builder_, function, arguments))
    results.push_back({value, batched_result});
  return results;
}

Traced BatchedBuilder::subscript(const Traced& x, const std::vector<ir::Subscript>& subscripts) {
  return {builder_.subscript(x.value, subscripts), x.batched};
}

}  // namespace rondo::python
