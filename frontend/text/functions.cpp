#include "frontend/text/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "ir/derived.h"

namespace rondo::text {

namespace {

using ir::GraphBuilder;
using ir::Op;
using ir::Value;
using Values = std::vector<Value>;
using enum ArgumentKind;

std::vector<int> as_ints(const std::vector<int64_t>& wide) {
  std::vector<int> narrow;
  for (int64_t value : wide)  // an axis beyond int is none; it must not become one by wrapping around
    narrow.push_back(static_cast<int>(std::clamp<int64_t>(value, -1'000'000, 1'000'000)));
  return narrow;
}

int as_int(const ArgumentValue& argument) {
  return as_ints(argument.integers)[0];
}

// Functions of bare numbers that are exact, so that `x / sqrt(width)` takes the type of x and not f32.
Value fold(Op op, const Arguments& a) {
  for (const ArgumentValue& argument : a)
    if (!argument.tensor.is_number()) return {};
  const auto number = [&a](size_t i) { return a[i].tensor.number().as_double(); };
  const auto whole = [&a](size_t i) { return std::holds_alternative<int64_t>(a[i].tensor.number().value); };
  const auto result = [](double value) { return Value(ir::LiteralValue{value}); };
  if (op == Op::Sqrt && number(0) >= 0) return result(std::sqrt(number(0)));
  if (op == Op::Floor) return whole(0) ? a[0].tensor : result(std::floor(number(0)));
  if (op == Op::Absolute) return whole(0) && number(0) >= 0 ? a[0].tensor : result(std::abs(number(0)));
  if ((op == Op::Minimum || op == Op::Maximum) && whole(0) && whole(1)) {
    const bool first = (number(0) < number(1)) == (op == Op::Minimum);
    return first ? a[0].tensor : a[1].tensor;
  }
  return {};
}

Values elementwise(GraphBuilder& g, const Function& f, const Arguments& a) {
  const Value folded = fold(f.op, a);
  if (!folded.is_nothing()) return {folded};
  Values operands;
  for (const ArgumentValue& argument : a) operands.push_back(argument.tensor);
  return {g.apply(f.op, std::move(operands))};
}

Values cast(GraphBuilder& g, const Function& f, const Arguments& a) {
  const Value x = a[0].tensor;
  if (x.is_number() && f.dtype == ir::DType::Bool)
    return {g.literal({int64_t{x.number().as_double() != 0}}, f.dtype)};
  return {g.cast(x, f.dtype)};
}

template <Value (*build)(GraphBuilder&, Value)>
Values one(GraphBuilder& g, const Function&, const Arguments& a) {
  return {build(g, a[0].tensor)};
}

template <Value (*build)(GraphBuilder&, Value, double)>
Values one_and_number(GraphBuilder& g, const Function&, const Arguments& a) {
  return {build(g, a[0].tensor, a[1].number)};
}

// `axis=[]` is what a reduction of one number over no axis prints as.
bool check_axes(GraphBuilder& g, const Function& f, const Arguments& a, std::vector<int>& axes) {
  axes = as_ints(a[1].integers);
  if (!axes.empty() || g.type(a[0].tensor).rank() == 0) return true;
  g.error(fmt::format("'{}' over no axis; leave 'axis' out for the last, or name all", f.name));
  return false;
}

Values reduce(GraphBuilder& g, const Function& f, const Arguments& a) {
  std::vector<int> axes;
  if (!check_axes(g, f, a, axes)) return {Value()};
  return {g.reduce(f.op, a[0].tensor, std::move(axes), a[2].flag)};
}

template <Value (*build)(GraphBuilder&, Value, std::vector<int>, bool)>
Values derived_reduce(GraphBuilder& g, const Function& f, const Arguments& a) {
  std::vector<int> axes;
  if (!check_axes(g, f, a, axes)) return {Value()};
  return {build(g, a[0].tensor, std::move(axes), a[2].flag)};
}

Value negative(GraphBuilder& g, Value x) {
  return g.apply(Op::Negate, {x});
}

Value squeeze(GraphBuilder& g, Value x, int axis) {
  if (x.is_nothing()) return {};
  ir::Dims dims = g.type(x).dims;
  const int rank = static_cast<int>(dims.size()), at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank || dims[static_cast<size_t>(at)] != 1)
    return g.error(fmt::format("'squeeze' drops an axis with one element; axis {} of {} is none", axis,
                               ir::to_string(g.type(x))));
  dims.erase(dims.begin() + at);
  return g.reshape(x, dims);
}

Values split(GraphBuilder& g, const Function&, const Arguments& a) {
  const int axis = as_int(a[2]);
  if (a[1].is_list) return ir::split_at(g, a[0].tensor, a[1].integers, axis);
  return ir::split(g, a[0].tensor, a[1].integers[0], axis);
}

Values slice(GraphBuilder& g, const Function&, const Arguments& a) {
  const size_t rank = a[1].integers.size();
  if (a[2].integers.size() != rank || a[3].integers.size() != rank)
    return {g.error("'slice' takes a start, a step and a count for each axis")};
  ir::SliceRanges ranges;
  for (size_t axis = 0; axis < rank; ++axis) {
    const int64_t step = a[2].integers[axis];
    if (step == 0 || step < -ir::max_elements || step > ir::max_elements)
      return {g.error(fmt::format("a slice cannot have the step {}", step))};
    ranges.axes.push_back({a[1].integers[axis], step, a[3].integers[axis]});
  }
  return {g.slice(a[0].tensor, std::move(ranges))};
}

Values dot(GraphBuilder& g, const Function&, const Arguments& a) {
  return {g.dot(
      a[0].tensor, a[1].tensor,
      {as_ints(a[2].integers), as_ints(a[3].integers), as_ints(a[4].integers), as_ints(a[5].integers)})};
}

Function unary(std::string_view name, Op op, std::string_view doc,
               std::vector<std::string_view> others = {}) {
  return {name, {{"x", Tensor}}, doc, elementwise, op, {}, std::move(others)};
}
Function binary(std::string_view name, Op op, std::string_view doc) {
  return {name, {{"a", Tensor}, {"b", Tensor}}, doc, elementwise, op};
}
Function cast_to(std::string_view name, ir::DType dtype, std::string_view doc) {
  return {name, {{"x", Tensor}}, doc, cast, Op::Cast, dtype};
}
template <Value (*build)(GraphBuilder&, Value)>
Function derived(std::string_view name, std::string_view doc, std::vector<std::string_view> others = {}) {
  return {name, {{"x", Tensor}}, doc, one<build>, Op::Literal, {}, std::move(others)};
}
std::vector<Parameter> reduction() {
  return {{"x", Tensor}, {"axis", Axes, "-1"}, {"keepdims", Flag, "false"}};
}

std::vector<Function> arithmetic_functions() {
  return {
      unary("exp", Op::Exp, "e to the power of x"),
      unary("log", Op::Log, "natural logarithm"),
      unary("sqrt", Op::Sqrt, "square root"),
      unary("sin", Op::Sin, "sine of x in radians"),
      unary("cos", Op::Cos, "cosine of x in radians"),
      unary("erf", Op::Erf, "error function"),
      unary("abs", Op::Absolute, "absolute value", {"absolute"}),
      unary("floor", Op::Floor, "largest whole number not above x"),
      derived<negative>("negative", "-x"),
      derived<ir::sign>("sign", "-1, 0 or 1"),
      derived<ir::square>("square", "x * x"),
      derived<ir::reciprocal>("reciprocal", "1 / x"),
      derived<ir::rsqrt>("rsqrt", "1 / sqrt(x)"),
      binary("add", Op::Add, "a + b"),
      binary("subtract", Op::Subtract, "a - b"),
      binary("multiply", Op::Multiply, "a * b"),
      binary("divide", Op::Divide, "a / b"),
      binary("power", Op::Power, "a ** b"),
      binary("minimum", Op::Minimum, "the smaller of both; NaN where either is NaN"),
      binary("maximum", Op::Maximum, "the larger of both; NaN where either is NaN"),
      {"clip",
       {{"x", Tensor}, {"low", Tensor}, {"high", Tensor}},
       "min(max(x, low), high)",
       [](GraphBuilder& g, const Function&, const Arguments& a) {
         return Values{ir::clip(g, a[0].tensor, a[1].tensor, a[2].tensor)};
       }},
      {"where",
       {{"condition", Tensor}, {"a", Tensor}, {"b", Tensor}},
       "a where the condition holds, else b",
       elementwise,
       Op::Select},
      binary("less", Op::Less, "a < b"),
      binary("less_equal", Op::LessEqual, "a <= b"),
      binary("greater", Op::Greater, "a > b"),
      binary("greater_equal", Op::GreaterEqual, "a >= b"),
      binary("equal", Op::Equal, "a == b"),
      binary("not_equal", Op::NotEqual, "a != b"),
      binary("logical_and", Op::And, "a and b"),
      binary("logical_or", Op::Or, "a or b"),
      unary("logical_not", Op::Not, "not x"),
      cast_to("f32", ir::DType::F32, "x as 32-bit floats"),
      cast_to("f64", ir::DType::F64, "x as 64-bit floats"),
      cast_to("i32", ir::DType::I32, "x as 32-bit integers, truncated towards zero"),
      cast_to("i64", ir::DType::I64, "x as 64-bit integers, truncated towards zero"),
      cast_to("bool", ir::DType::Bool, "x != 0"),
  };
}

std::vector<Function> activation_functions() {
  return {
      unary("sigmoid", Op::Sigmoid, "1 / (1 + exp(-x))"),
      unary("tanh", Op::Tanh, "hyperbolic tangent"),
      unary("sigmoid_fast", Op::SigmoidFast, "sigmoid(x), less exact: what math = fast makes of it"),
      unary("tanh_fast", Op::TanhFast, "tanh(x), less exact: what math = fast makes of it"),
      derived<ir::relu>("relu", "maximum(x, 0)"),
      {"leaky_relu",
       {{"x", Tensor}, {"slope", Number, "0.2"}},
       "x where x >= 0, else slope * x",
       one_and_number<ir::leaky_relu>},
      {"elu",
       {{"x", Tensor}, {"alpha", Number, "1.0"}},
       "x where x > 0, else alpha * (exp(x) - 1)",
       one_and_number<ir::elu>},
      derived<ir::selu>("selu", "scaled elu of self-normalising networks"),
      derived<ir::softplus>("softplus", "log(1 + exp(x)), without overflow"),
      derived<ir::softsign>("softsign", "x / (1 + abs(x))"),
      derived<ir::silu>("silu", "x * sigmoid(x)", {"swish"}),
      derived<ir::gelu>("gelu", "x * (1 + erf(x / sqrt(2))) / 2"),
      derived<ir::hard_sigmoid>("hard_sigmoid", "clip(0.2 * x + 0.5, 0, 1), as Keras 2"),
      derived<ir::hard_sigmoid6>("hard_sigmoid6", "clip(x / 6 + 0.5, 0, 1), as Keras 3"),
      derived<ir::hard_tanh>("hard_tanh", "clip(x, -1, 1)"),
      {"softmax",
       {{"x", Tensor}, {"axis", Integer, "-1"}},
       "exp(x) / sum(exp(x)) along an axis, without overflow",
       [](GraphBuilder& g, const Function&, const Arguments& a) {
         return Values{ir::softmax(g, a[0].tensor, as_int(a[1]))};
       }},
      {"layer_norm",
       {{"x", Tensor}, {"gamma", Tensor, "none"}, {"beta", Tensor, "none"}, {"epsilon", Number, "0.001"}},
       "(x - mean) / sqrt(variance + epsilon) over the last axis, times gamma, plus beta",
       [](GraphBuilder& g, const Function&, const Arguments& a) {
         return Values{ir::layer_norm(g, a[0].tensor, a[1].tensor, a[2].tensor, a[3].number)};
       }},
  };
}

std::vector<Function> tensor_functions() {
  return {
      {"sum", reduction(), "sum over the last axis, or over those named", reduce, Op::Sum},
      {"prod", reduction(), "product", reduce, Op::Product},
      {"max", reduction(), "largest element; NaN if one is", reduce, Op::Max},
      {"min", reduction(), "smallest element; NaN if one is", reduce, Op::Min},
      {"mean", reduction(), "arithmetic mean", derived_reduce<ir::mean>},
      {"var", reduction(), "variance of the population", derived_reduce<ir::variance>},
      {"matmul",
       {{"a", Tensor}, {"b", Tensor}},
       "a @ b",
       [](GraphBuilder& g, const Function&, const Arguments& a) {
         return Values{g.matmul(a[0].tensor, a[1].tensor)};
       }},
      {"dot",
       {{"a", Tensor},
        {"b", Tensor},
        {"lhs_contract", Integers},
        {"rhs_contract", Integers},
        {"lhs_batch", Integers, "[]"},
        {"rhs_batch", Integers, "[]"}},
       "general product: sums over pairs of axes, runs along pairs of batch axes",
       dot},
      {"split",
       {{"x", Tensor}, {"parts", Axes}, {"axis", Integer, "-1"}},
       "several values: equal parts, or the pieces between a list of positions",
       split},
      {"concatenate",
       {{"parts", Tensors}, {"axis", Integer, "0"}},
       "joins along an axis",
       [](GraphBuilder& g, const Function&, const Arguments& a) {
         return Values{g.concatenate(a[0].tensors, as_int(a[1]))};
       }},
      {"stack",
       {{"parts", Tensors}, {"axis", Integer, "0"}},
       "joins along a new axis",
       [](GraphBuilder& g, const Function&, const Arguments& a) {
         return Values{ir::stack(g, a[0].tensors, as_int(a[1]))};
       }},
      {"reshape",
       {{"x", Tensor}, {"shape", Axes}},
       "the same elements in another shape; one extent may be -1",
       [](GraphBuilder& g, const Function&, const Arguments& a) {
         return Values{g.reshape(a[0].tensor, a[1].integers)};
       }},
      {"transpose",
       {{"x", Tensor}, {"axes", Integers, "[]"}},
       "result axis i is axis axes[i]; reversed without axes",
       [](GraphBuilder& g, const Function&, const Arguments& a) {
         return Values{g.transpose(a[0].tensor, as_ints(a[1].integers))};
       }},
      {"broadcast_to",
       {{"x", Tensor}, {"shape", Axes}},
       "repeats along axes with one element",
       [](GraphBuilder& g, const Function&, const Arguments& a) {
         return Values{g.broadcast_to(a[0].tensor, a[1].integers)};
       }},
      {"expand_dims",
       {{"x", Tensor}, {"axis", Integer}},
       "a new axis with one element",
       [](GraphBuilder& g, const Function&, const Arguments& a) {
         return Values{ir::expand_dims(g, a[0].tensor, as_int(a[1]))};
       }},
      {"squeeze",
       {{"x", Tensor}, {"axis", Integer, "-1"}},
       "drops an axis with one element",
       [](GraphBuilder& g, const Function&, const Arguments& a) {
         return Values{squeeze(g, a[0].tensor, as_int(a[1]))};
       }},
      {"take",
       {{"x", Tensor}, {"index", Tensor}, {"axis", Integer, "0"}},
       "elements of an axis at integer positions, which are clamped to the axis",
       [](GraphBuilder& g, const Function&, const Arguments& a) {
         return Values{g.take(a[0].tensor, a[1].tensor, as_int(a[2]))};
       }},
      {"pad",
       {{"x", Tensor}, {"before", Axes}, {"after", Axes}, {"value", Tensor, "0"}},
       "surrounds each axis with so many elements of a value",
       [](GraphBuilder& g, const Function&, const Arguments& a) {
         const Value fill = a[3].given ? a[3].tensor : g.number(int64_t{0});
         return Values{g.pad(a[0].tensor, a[1].integers, a[2].integers, fill)};
       }},
      {"slice",
       {{"x", Tensor}, {"start", Integers}, {"step", Integers}, {"count", Integers}},
       "for each axis: count elements from start on; x[2:5] says it shorter",
       slice},
  };
}

std::vector<Function> make_table() {
  std::vector<Function> table = arithmetic_functions();
  for (std::vector<Function> group : {activation_functions(), tensor_functions()})
    table.insert(table.end(), group.begin(), group.end());
  return table;
}

}  // namespace

std::span<const Function> functions() {
  static const std::vector<Function> table = make_table();
  return table;
}

const Function* find_function(std::string_view name) {
  for (const Function& function : functions()) {
    if (function.name == name) return &function;
    const auto& others = function.other_names;
    if (std::find(others.begin(), others.end(), name) != others.end()) return &function;
  }
  return nullptr;
}

std::string signature(const Function& function) {
  std::string text = std::string(function.name) + "(";
  for (const Parameter& parameter : function.parameters) {
    if (text.back() != '(') text += ", ";
    if (parameter.kind == Tensors)
      text += "a, b, ...";
    else if (parameter.kind == Extents)
      text += "n, m, ...";
    else if (parameter.fallback.empty() || parameter.fallback == "none")
      text += parameter.name;
    else
      text += fmt::format("{}={}", parameter.name, parameter.fallback);
    if (parameter.fallback == "none") text += "=none";
  }
  return text + ")";
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const Function& function : functions()) {
    names.emplace_back(function.name);
    names.insert(names.end(), function.other_names.begin(), function.other_names.end());
  }
  return names;
}

void take_fallback(const Parameter& parameter, ArgumentValue& argument) {
  const std::string_view text = parameter.fallback;
  if (parameter.kind == ArgumentKind::Flag) argument.flag = text == "true";
  if (parameter.kind == ArgumentKind::Number)
    std::from_chars(text.data(), text.data() + text.size(), argument.number);
  if (parameter.kind == ArgumentKind::Integer || parameter.kind == ArgumentKind::Axes) {
    argument.integers.resize(1);
    std::from_chars(text.data(), text.data() + text.size(), argument.integers[0]);
  }
}

}  // namespace rondo::text
