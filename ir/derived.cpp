#include "ir/derived.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rondo::ir {

namespace {

Value add(GraphBuilder& g, Value a, Value b) {
  return g.apply(Op::Add, {a, b});
}
Value sub(GraphBuilder& g, Value a, Value b) {
  return g.apply(Op::Subtract, {a, b});
}
Value mul(GraphBuilder& g, Value a, Value b) {
  return g.apply(Op::Multiply, {a, b});
}
Value div(GraphBuilder& g, Value a, Value b) {
  return g.apply(Op::Divide, {a, b});
}
Value select(GraphBuilder& g, Value c, Value a, Value b) {
  return g.apply(Op::Select, {c, a, b});
}

// Literals of the type of x: a bare number in both arms of a select would meet no type.
Value like(GraphBuilder& g, Value x, double number) {
  return x.is_node() ? g.literal(LiteralValue{number}, g.type(x).dtype) : g.number(number);
}

}  // namespace

Value relu(GraphBuilder& g, Value x) {
  return g.apply(Op::Maximum, {x, g.number(int64_t{0})});
}

Value leaky_relu(GraphBuilder& g, Value x, double slope) {
  return select(g, g.apply(Op::GreaterEqual, {x, g.number(int64_t{0})}), x, mul(g, x, g.number(slope)));
}

Value elu(GraphBuilder& g, Value x, double alpha) {
  const Value below = mul(g, g.number(alpha), sub(g, g.apply(Op::Exp, {x}), g.number(int64_t{1})));
  return select(g, g.apply(Op::Greater, {x, g.number(int64_t{0})}), x, below);
}

Value selu(GraphBuilder& g, Value x) {
  return mul(g, g.number(1.0507009873554804934193349852946), elu(g, x, 1.6732632423543772848170429916717));
}

// max(x, 0) + log(1 + exp(-|x|)): the exponential never overflows.
Value softplus(GraphBuilder& g, Value x) {
  const Value decay = g.apply(Op::Exp, {g.apply(Op::Negate, {g.apply(Op::Absolute, {x})})});
  return add(g, relu(g, x), g.apply(Op::Log, {add(g, g.number(int64_t{1}), decay)}));
}

Value softsign(GraphBuilder& g, Value x) {
  return div(g, x, add(g, g.number(int64_t{1}), g.apply(Op::Absolute, {x})));
}

Value silu(GraphBuilder& g, Value x) {
  return mul(g, x, g.apply(Op::Sigmoid, {x}));
}

Value gelu(GraphBuilder& g, Value x) {
  const Value erf = g.apply(Op::Erf, {mul(g, x, g.number(std::sqrt(0.5)))});
  return mul(g, mul(g, g.number(0.5), x), add(g, g.number(int64_t{1}), erf));
}

Value hard_sigmoid(GraphBuilder& g, Value x) {
  const Value line = add(g, mul(g, g.number(0.2), x), g.number(0.5));
  return clip(g, line, g.number(int64_t{0}), g.number(int64_t{1}));
}

Value hard_sigmoid6(GraphBuilder& g, Value x) {
  const Value line = add(g, div(g, x, g.number(int64_t{6})), g.number(0.5));
  return clip(g, line, g.number(int64_t{0}), g.number(int64_t{1}));
}

Value hard_tanh(GraphBuilder& g, Value x) {
  return clip(g, x, g.number(int64_t{-1}), g.number(int64_t{1}));
}

Value square(GraphBuilder& g, Value x) {
  return mul(g, x, x);
}

Value reciprocal(GraphBuilder& g, Value x) {
  return div(g, g.number(int64_t{1}), x);
}

Value rsqrt(GraphBuilder& g, Value x) {
  return reciprocal(g, g.apply(Op::Sqrt, {x}));
}

Value clip(GraphBuilder& g, Value x, Value low, Value high) {
  return g.apply(Op::Minimum, {g.apply(Op::Maximum, {x, low}), high});
}

// The zero in the middle is x itself, so that NaN stays NaN.
Value sign(GraphBuilder& g, Value x) {
  const Value zero = g.number(int64_t{0});
  const Value not_positive = select(g, g.apply(Op::Less, {x, zero}), like(g, x, -1), x);
  return select(g, g.apply(Op::Greater, {x, zero}), like(g, x, 1), not_positive);
}

Value mean(GraphBuilder& g, Value x, std::vector<int> axes, bool keepdims) {
  if (x.is_nothing()) return {};
  const double before = static_cast<double>(g.type(x).count());
  const Value total = g.reduce(Op::Sum, x, std::move(axes), keepdims);
  if (total.is_nothing()) return {};
  return div(g, total, g.number(before / std::max(1.0, static_cast<double>(g.type(total).count()))));
}

Value variance(GraphBuilder& g, Value x, std::vector<int> axes, bool keepdims) {
  const Value deviation = sub(g, x, mean(g, x, axes, true));
  return mean(g, square(g, deviation), std::move(axes), keepdims);
}

Value softmax(GraphBuilder& g, Value x, int axis) {
  const Value e = g.apply(Op::Exp, {sub(g, x, g.reduce(Op::Max, x, {axis}, true))});
  return div(g, e, g.reduce(Op::Sum, e, {axis}, true));
}

Value layer_norm(GraphBuilder& g, Value x, Value gamma, Value beta, double epsilon) {
  const Value deviation = sub(g, x, mean(g, x, {-1}, true));
  const Value spread =
      g.apply(Op::Sqrt, {add(g, mean(g, square(g, deviation), {-1}, true), g.number(epsilon))});
  Value result = div(g, deviation, spread);
  if (!gamma.is_nothing()) result = mul(g, result, gamma);
  if (!beta.is_nothing()) result = add(g, result, beta);
  return result;
}

std::vector<Value> split(GraphBuilder& g, Value x, int64_t parts, int axis) {
  std::vector<Value> nothing(static_cast<size_t>(std::clamp<int64_t>(parts, 1, 4096)));
  if (x.is_nothing()) return nothing;
  const Type type = g.type(x);
  const int along = axis < 0 ? axis + type.rank() : axis;
  if (along < 0 || along >= type.rank()) {
    g.error(fmt::format("'split' along axis {} of {}, which has no such axis", axis, to_string(type)));
    return nothing;
  }
  const int64_t extent = type.dims[static_cast<size_t>(along)];
  if (parts < 1 || parts > 4096 || extent % parts != 0) {
    g.error(fmt::format("cannot split {} into {} equal parts along axis {}, which has {} elements",
                        to_string(type), parts, axis, extent));
    return nothing;
  }
  std::vector<int64_t> positions;
  for (int64_t part = 1; part < parts; ++part) positions.push_back(part * (extent / parts));
  return split_at(g, x, positions, axis);
}

std::vector<Value> split_at(GraphBuilder& g, Value x, const std::vector<int64_t>& positions, int axis) {
  std::vector<Value> pieces(positions.size() + 1);
  if (x.is_nothing()) return pieces;
  const Type type = g.type(x);
  const int along = axis < 0 ? axis + type.rank() : axis;
  if (along < 0 || along >= type.rank()) {
    g.error(fmt::format("'split' along axis {} of {}, which has no such axis", axis, to_string(type)));
    return pieces;
  }
  for (size_t i = 0; i < pieces.size(); ++i) {
    std::vector<Subscript> subscripts(static_cast<size_t>(along) + 1);
    subscripts.back().start = i == 0 ? 0 : positions[i - 1];
    if (i < positions.size()) subscripts.back().stop = positions[i];
    pieces[i] = g.subscript(x, subscripts);
  }
  return pieces;
}

Value expand_dims(GraphBuilder& g, Value x, int axis) {
  if (x.is_nothing()) return {};
  Dims dims = g.type(x).dims;
  const int rank = static_cast<int>(dims.size()) + 1;
  const int at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank)
    return g.error(fmt::format("'expand_dims' at axis {} of {}", axis, to_string(g.type(x))));
  dims.insert(dims.begin() + at, 1);
  return g.reshape(x, dims);
}

Value stack(GraphBuilder& g, std::vector<Value> parts, int axis) {
  for (Value& part : parts) part = expand_dims(g, part, axis);
  return g.concatenate(std::move(parts), axis);
}

}  // namespace rondo::ir
