#include "random_recurrence.h"

#include <algorithm>
#include <array>
#include <limits>

#include "ir/derived.h"
#include "ir/graph_builder.h"

namespace rondo::tests {

using namespace ir;

namespace {

class Generator {
 public:
  Generator(Random& random, Diagnostics& diagnostics) : random_(random), g_("random", diagnostics) {}

  StepGraph run(int size) {
    dtype_ = below(4) == 0 ? DType::F64 : DType::F32;
    units_ = pick({1, 2, 3, 4, 5, 8, 12, 16, 17, 20, 33});
    declare();
    for (int i = 0; i < size; ++i) add_operation();
    for (const auto& [name, type] : states_) g_.set_next(name, value_of(type));
    const int outputs = 1 + static_cast<int>(below(2));
    for (int i = 0; i < outputs; ++i)
      g_.output(outputs == 1 ? "" : "y" + std::to_string(i), below(6) == 0 ? any() : recent());
    std::optional<StepGraph> graph = g_.finish();
    RONDO_CHECK(graph.has_value(), "the generator made an invalid graph:\n" + g_.diagnostics().render());
    return std::move(*graph);
  }

 private:
  uint64_t below(uint64_t n) { return random_() % n; }
  int64_t pick(std::vector<int64_t> choices) { return choices[below(choices.size())]; }

  Dims random_dims() {
    switch (below(8)) {
      case 0:
        return {};
      case 1:
        return {1};
      case 2:
        return {2, units_};
      case 3:
        return {units_, 3};
      case 4:
        return {pick({1, 3, 7})};
      default:
        return {units_};
    }
  }

  void declare() {
    const int inputs = 1 + static_cast<int>(below(2));
    for (int i = 0; i < inputs; ++i) {
      Dims dims = i == 0 ? Dims{pick({1, 3, units_})} : random_dims();
      if (dims.empty()) dims = {1};
      values_.push_back(g_.input("x" + std::to_string(i), dtype_, dims));
    }
    const int states = below(8) == 0 ? 0 : 1 + static_cast<int>(below(3));
    for (int i = 0; i < states; ++i) {
      const std::string name = "s" + std::to_string(i);
      const DType dtype = below(10) != 0 ? dtype_ : std::array{DType::I32, DType::I64, DType::Bool}[below(3)];
      const Dims dims = i == 0 ? Dims{units_} : random_dims();
      values_.push_back(g_.state(name, dtype, dims));
      states_.emplace_back(name, Type{dtype, true, dims});
    }
    if (below(3) == 0) values_.push_back(g_.constant("c0", dtype_, random_dims()));
  }

  Value weight(const Dims& dims) { return g_.weight("w" + std::to_string(weights_++), dtype_, dims); }

  Value any() { return values_[below(values_.size())]; }
  Value recent() { return values_[values_.size() - 1 - below(std::min<size_t>(values_.size(), 4))]; }

  // A value of the float type of this graph.
  Value number() {
    Value x = below(2) == 0 ? recent() : any();
    return g_.type(x).dtype == dtype_ ? x : g_.cast(x, dtype_);
  }

  // Something that broadcasts with x.
  Value companion(Value x) {
    for (int tries = 0; tries < 6; ++tries) {
      const Value y = number();
      const auto dims = broadcast(g_.type(x).dims, g_.type(y).dims);
      if (dims && element_count(*dims) <= 200) return y;
    }
    if (below(2) == 0) return g_.literal(LiteralValue{static_cast<double>(below(9)) / 4 - 1}, dtype_);
    return weight(g_.type(x).dims);
  }

  void keep(Value x) {
    if (!x.is_nothing() && g_.type(x).count() <= 400) values_.push_back(x);
  }

  void add_operation() {
    switch (below(16)) {
      case 0:
      case 1:
      case 2:
        return keep(g_.apply(binary(), with(number())));
      case 3:
      case 4:
        return keep(g_.apply(unary(), {number()}));
      case 5:
      case 6:
      case 7:
        return keep(product());
      case 8:
        return keep(choice());
      case 9:
        return keep(reduced());
      case 10:
        return keep(moved());
      case 11:
        return gates();
      case 12:
        return keep(softmax_or_norm());
      case 13:
        return keep(gathered());
      case 14:
        return keep(concatenated());
      default:
        return keep(integer());
    }
  }

  std::vector<Value> with(Value x) { return {x, companion(x)}; }

  Op binary() {
    static constexpr Op ops[] = {Op::Add,     Op::Add,     Op::Subtract, Op::Multiply, Op::Multiply,
                                 Op::Minimum, Op::Maximum, Op::Divide,   Op::Power};
    return ops[below(std::size(ops))];
  }

  Op unary() {
    static constexpr Op ops[] = {Op::Tanh,     Op::Sigmoid, Op::Tanh,     Op::Exp,        Op::Negate,
                                 Op::Absolute, Op::Sqrt,    Op::Log,      Op::Sin,        Op::Floor,
                                 Op::Erf,      Op::Cos,     Op::TanhFast, Op::SigmoidFast};
    return ops[below(std::size(ops))];
  }

  Value product() {
    const Value x = number();
    const Type type = g_.type(x);
    if (type.rank() == 0) return g_.apply(Op::Multiply, with(x));
    const int64_t columns = below(3) == 0 ? pick({1, 2, 7}) : units_;
    if (below(8) == 0 && type.rank() == 1) return g_.matmul(weight({columns, type.dims[0]}), x);
    if (below(8) == 0 && type.rank() == 2) return g_.matmul(x, g_.transpose(x, {}));
    return g_.matmul(x, weight({type.dims.back(), columns}));
  }

  // A wide product cut into gates, as LSTM cells do.
  void gates() {
    const Value x = number();
    if (g_.type(x).rank() != 1) return;
    const Value z = g_.matmul(x, weight({g_.type(x).dims[0], 3 * units_}));
    const Value sum = below(2) == 0 ? z : g_.apply(Op::Add, {z, weight({3 * units_})});
    for (const Value& part : split(g_, sum, 3, -1))
      keep(below(2) == 0 ? g_.apply(Op::Sigmoid, {part}) : part);
  }

  Value choice() {
    const Value x = number(), y = companion(x);
    static constexpr Op ops[] = {Op::Less,         Op::LessEqual, Op::Greater,
                                 Op::GreaterEqual, Op::Equal,     Op::NotEqual};
    Value condition = g_.apply(ops[below(std::size(ops))], {x, y});
    if (below(4) == 0) condition = g_.apply(Op::Not, {condition});
    if (below(4) == 0) condition = g_.apply(below(2) == 0 ? Op::And : Op::Or, {condition, condition});
    return g_.apply(Op::Select, {condition, x, y});
  }

  Value reduced() {
    static constexpr Op ops[] = {Op::Sum, Op::Max, Op::Min, Op::Product};
    const Value x = number();
    const int rank = g_.type(x).rank();
    std::vector<int> axes;
    if (rank > 0 && below(2) == 0) axes = {static_cast<int>(below(static_cast<uint64_t>(rank)))};
    return g_.reduce(ops[below(std::size(ops))], x, axes, below(2) == 0);
  }

  Value softmax_or_norm() {
    const Value x = number();
    if (g_.type(x).rank() == 0) return x;
    return below(2) == 0 ? softmax(g_, x, -1) : layer_norm(g_, x, {}, {}, 1e-3);
  }

  Value moved() {
    const Value x = number();
    const Type type = g_.type(x);
    if (type.rank() == 0) return g_.broadcast_to(x, {units_});
    switch (below(5)) {
      case 0:
        return g_.transpose(x, {});
      case 1:
        return g_.reshape(x, {type.count()});
      case 2: {
        Subscript subscript;
        subscript.step = pick({1, 2, -1});
        subscript.start = below(2) == 0 ? std::optional<int64_t>() : static_cast<int64_t>(below(4));
        const Value part = g_.subscript(x, {subscript});
        return part.is_nothing() || g_.type(part).count() == 0 ? x : part;
      }
      case 3:
        return g_.pad(x, Dims(type.dims.size(), 1), Dims(type.dims.size(), 2), g_.number(0.5));
      default:
        return g_.reshape(x, type.count() % 2 == 0 ? Dims{2, type.count() / 2} : Dims{1, type.count()});
    }
  }

  Value gathered() {
    const Value x = number();
    if (g_.type(x).rank() == 0) return x;
    const Value index =
        g_.cast(g_.apply(Op::Multiply, {number(), g_.number(3.0)}), below(2) == 0 ? DType::I32 : DType::I64);
    if (g_.type(index).count() * g_.type(x).count() > 600) return x;
    return g_.take(x, index, static_cast<int>(below(static_cast<uint64_t>(g_.type(x).rank()))));
  }

  Value concatenated() {
    const Value x = number();
    if (g_.type(x).rank() == 0) return x;
    return g_.concatenate({x, g_.apply(Op::Negate, {x}), x},
                          static_cast<int>(below(static_cast<uint64_t>(g_.type(x).rank()))));
  }

  Value integer() {
    const Value i = g_.cast(number(), DType::I32);
    static constexpr Op ops[] = {Op::Add, Op::Subtract, Op::Multiply, Op::Minimum, Op::Maximum};
    const Value j = g_.apply(ops[below(std::size(ops))], {i, g_.number(int64_t{3})});
    return below(2) == 0 ? j : g_.cast(j, dtype_);
  }

  // Some value brought to exactly this type: the next value of a state.
  Value value_of(const Type& type) {
    for (int tries = 0; tries < 8; ++tries) {
      const Value x = recent();
      if (g_.type(x).dtype == type.dtype && g_.type(x).dims == type.dims) return x;
    }
    Value x = g_.cast(number(), type.dtype);
    const auto dims = broadcast(g_.type(x).dims, type.dims);
    if (dims && *dims == type.dims) return g_.broadcast_to(x, type.dims);
    if (type.dtype == dtype_ && type.rank() == 1 && g_.type(x).rank() >= 1) {
      x = g_.reshape(x, {g_.type(x).count()});
      return g_.apply(Op::Tanh, {g_.matmul(x, weight({g_.type(x).dims[0], type.dims[0]}))});
    }
    // Booleans are not reduced: the maximum is asked for the comparison instead.
    const bool is_bool = type.dtype == DType::Bool;
    x = g_.reduce(Op::Max, is_bool ? g_.cast(x, DType::I32) : x, {}, false);
    return g_.broadcast_to(is_bool ? g_.cast(x, DType::Bool) : x, type.dims);
  }

  Random& random_;
  GraphBuilder g_;
  DType dtype_ = DType::F32;
  int64_t units_ = 1;
  int weights_ = 0;
  std::vector<Value> values_;
  std::vector<std::pair<std::string, Type>> states_;
};

double random_number(Random& random, bool special_values) {
  if (special_values && random() % 24 == 0) {
    const double infinity = std::numeric_limits<double>::infinity();
    const double specials[] = {0.0,  -0.0, infinity, -infinity, std::numeric_limits<double>::quiet_NaN(),
                               1e30, 1e-40};
    return specials[random() % std::size(specials)];
  }
  return std::uniform_real_distribution<double>(-1.5, 1.5)(random);
}

Tensor random_tensor(Random& random, const Type& type, Dims leading, bool special_values) {
  leading.insert(leading.end(), type.dims.begin(), type.dims.end());
  Tensor tensor(type.dtype, leading);
  for (int64_t i = 0; i < tensor.count(); ++i)
    tensor.set(i, is_integer(type.dtype) ? static_cast<double>(random() % 7) - 3
                                         : random_number(random, special_values));
  return tensor;
}

}  // namespace

Recurrence random_recurrence(Random& random, int size, int64_t time) {
  Diagnostics diagnostics;
  Recurrence r;
  r.step = Generator(random, diagnostics).run(size);
  r.go_backwards = random() % 2 == 0;
  r.time_major = random() % 2 == 0;
  r.zero_output_for_mask = random() % 2 == 0;
  const uint64_t masking = random() % 4;
  if (masking == 1) r.masking = Masking::Lengths;
  if (masking >= 2 && !r.step.states.empty()) r.masking = Masking::Mask;
  if (random() % 6 == 0) r.input_length = static_cast<int64_t>(random() % 9);
  if (random() % 2 == 0) r.time = time;
  return r;
}

Arguments random_arguments(Random& random, const Recurrence& r, int64_t batch, int64_t time,
                           bool special_values) {
  Arguments arguments;
  const Dims timed = r.time_major ? Dims{time, batch} : Dims{batch, time};
  for (const Leaf& leaf : r.step.inputs)
    arguments.inputs[leaf.name] = random_tensor(random, r.step.type(leaf.node), timed, special_values);
  for (const State& state : r.step.states)
    if (random() % 3 != 0)
      arguments.states[state.name] = random_tensor(random, r.step.type(state.node), {batch}, false);
  for (const Leaf& leaf : r.step.constants)
    arguments.constants[leaf.name] = random_tensor(random, r.step.type(leaf.node), {batch}, false);
  for (const Leaf& leaf : r.step.weights)
    arguments.weights[leaf.name] = random_tensor(random, r.step.type(leaf.node), {}, false);
  if (r.masking == Masking::Mask) {
    arguments.mask = Tensor(DType::Bool, timed);
    for (int64_t i = 0; i < arguments.mask->count(); ++i) arguments.mask->set(i, random() % 3 != 0 ? 1 : 0);
  }
  if (r.masking == Masking::Lengths) {
    arguments.lengths = Tensor(random() % 2 == 0 ? DType::I32 : DType::I64, {batch});
    for (int64_t b = 0; b < batch; ++b)
      arguments.lengths->set(b, static_cast<double>(random() % static_cast<uint64_t>(time + 2)));
  }
  return arguments;
}

}  // namespace rondo::tests
