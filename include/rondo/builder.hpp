// Cells by calls and operators.
#ifndef RONDO_BUILDER_HPP
#define RONDO_BUILDER_HPP

#include <rondo/cell.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rondo {

/// A value of a builder, or a bare number that takes the element type it meets. Mistakes are reported when
/// the cell is finished.
class Value {
 public:
  template <class T>
    requires std::floating_point<T>
  Value(T number) : number_(static_cast<double>(number)) {}  // NOLINT: 1 - z
  template <class T>
    requires std::integral<T> || (std::is_enum_v<T> && std::convertible_to<T, int64_t>)
  Value(T number) : number_(static_cast<int64_t>(number)) {}  // NOLINT
  Value(rondo_builder* builder, rondo_value value) : builder_(builder), value_(value) {}

  /// The element at a position of the first axis, which drops the axis; negative ones count from the end.
  Value operator[](int64_t position) const { return subscript({{1, 1, 0, position, 0, 1}}); }
  /// A stretch of the first axis.
  Value slice(int64_t start, int64_t stop, int64_t step = 1) const {
    return subscript({{0, 1, 1, start, stop, step}});
  }
  Value subscript(const std::vector<rondo_subscript>& subscripts) const {
    return {builder_, rondo_builder_subscript(builder_, value_, subscripts.data(), subscripts.size())};
  }
  /// Gives the value the name that messages and explanations call it.
  Value named(const std::string& name) const {
    rondo_builder_name(builder_, value_, name.c_str());
    return *this;
  }
  /// Extents per sample; nothing for what came of a mistake.
  std::optional<std::vector<int64_t>> extents() const {
    constexpr size_t most = 32;
    std::array<int64_t, most> extents{};
    rondo_dtype dtype;
    const int32_t rank = builder_ ? rondo_builder_type(builder_, value_, &dtype, extents.data(), most) : 0;
    if (rank < 0) return std::nullopt;
    return std::vector<int64_t>(extents.begin(), extents.begin() + rank);
  }

  rondo_builder* builder() const { return builder_; }  ///< null for a number
  rondo_value get() const { return value_; }
  const std::variant<double, int64_t>& number() const { return number_; }

 private:
  rondo_builder* builder_ = nullptr;
  rondo_value value_{-1};
  std::variant<double, int64_t> number_ = 0.0;
};

/// A value on its way into a function, with the place of the call in the source: what messages point at.
struct Operand {
  Value value;
  std::source_location where;

  template <class T>
    requires std::convertible_to<T, Value>
  Operand(T&& from, std::source_location at = std::source_location::current())  // NOLINT: implicit by design
      : value(std::forward<T>(from)), where(at) {}
};

/// An argument by name: axis = -1, keepdims = true, low = 0.5.
struct Named {
  const char* name;
  std::variant<int64_t, std::vector<int64_t>, double, bool, std::vector<Value>, Value> value;
};

namespace detail {

/// The number that the builder knows a value by; one that it refuses where the value is another builder's.
inline rondo_value known_as(const rondo_builder* builder, const Value& value) {
  return value.builder() == builder ? value.get() : rondo_value{-2};
}

inline rondo_argument argument_of(const rondo_builder* builder, const Value& value) {
  rondo_argument argument{};
  if (value.builder()) {
    argument.kind = RONDO_ARG_VALUE;
    argument.value = known_as(builder, value);
  } else if (const auto* integer = std::get_if<int64_t>(&value.number())) {
    argument.kind = RONDO_ARG_INTEGER;
    argument.integer = *integer;
  } else {
    argument.kind = RONDO_ARG_NUMBER;
    argument.number = std::get<double>(value.number());
  }
  return argument;
}

inline rondo_value as_value(rondo_builder* builder, const Value& value) {
  if (value.builder()) return known_as(builder, value);
  if (const auto* integer = std::get_if<int64_t>(&value.number()))
    return rondo_builder_integer(builder, *integer);
  return rondo_builder_number(builder, std::get<double>(value.number()));
}

inline rondo_argument argument_of(rondo_builder* builder, const Named& named,
                                  std::vector<rondo_value>& values) {
  rondo_argument argument{};
  if (const auto* value = std::get_if<Value>(&named.value)) argument = argument_of(builder, *value);
  if (const auto* integer = std::get_if<int64_t>(&named.value)) {
    argument.kind = RONDO_ARG_INTEGER;
    argument.integer = *integer;
  } else if (const auto* integers = std::get_if<std::vector<int64_t>>(&named.value)) {
    argument.kind = RONDO_ARG_INTEGERS;
    argument.integers = integers->data();
    argument.count = integers->size();
  } else if (const auto* number = std::get_if<double>(&named.value)) {
    argument.kind = RONDO_ARG_NUMBER;
    argument.number = *number;
  } else if (const auto* flag = std::get_if<bool>(&named.value)) {
    argument.kind = RONDO_ARG_FLAG;
    argument.integer = *flag ? 1 : 0;
  } else if (const auto* several = std::get_if<std::vector<Value>>(&named.value)) {
    for (const Value& value : *several) values.push_back(as_value(builder, value));
    argument.kind = RONDO_ARG_VALUES;
    argument.values = values.data();
    argument.count = values.size();
  }
  argument.name = named.name;
  return argument;
}

inline void stand_at(rondo_builder* builder, const std::source_location& where) {
  rondo_builder_at(builder, where.file_name(), static_cast<int32_t>(where.line()),
                   static_cast<int32_t>(where.column()));
}

}  // namespace detail

/// Calls a function of the language by its name; one result, but for "split". At least one operand must be of
/// a builder: numbers alone are left to C++.
inline std::vector<Value> call(const char* function, const std::vector<Operand>& operands,
                               const std::vector<Named>& named = {}) {
  rondo_builder* builder = nullptr;
  for (const Operand& operand : operands)
    if (operand.value.builder()) builder = operand.value.builder();
  for (const Named& argument : named)
    if (const auto* values = std::get_if<std::vector<Value>>(&argument.value))
      for (const Value& value : *values)
        if (value.builder()) builder = value.builder();
  if (!builder) throw Error(std::string("'") + function + "' of numbers alone");
  if (!operands.empty()) detail::stand_at(builder, operands.front().where);
  std::vector<rondo_argument> arguments;
  std::vector<rondo_value> values;
  for (const Operand& operand : operands) arguments.push_back(detail::argument_of(builder, operand.value));
  for (const Named& argument : named) arguments.push_back(detail::argument_of(builder, argument, values));
  constexpr size_t many = 64;
  std::vector<rondo_value> results(many);
  size_t count =
      rondo_builder_call(builder, function, arguments.data(), arguments.size(), results.data(), many);
  if (count > many) {
    results.resize(count);
    count = rondo_builder_call(builder, function, arguments.data(), arguments.size(), results.data(), count);
  }
  std::vector<Value> made;
  for (size_t i = 0; i < count; ++i) made.emplace_back(builder, results[i]);
  return made;
}

inline Value call_one(const char* function, const std::vector<Operand>& operands,
                      const std::vector<Named>& named = {}) {
  return call(function, operands, named).at(0);
}

// The functions of the language (docs/language.md), under their names.
#define RONDO_OF_ONE(name)       \
  inline Value name(Operand x) { \
    return call_one(#name, {x}); \
  }
#define RONDO_OF_TWO(name)                  \
  inline Value name(Operand a, Operand b) { \
    return call_one(#name, {a, b});         \
  }
#define RONDO_REDUCTION(name)                                                             \
  inline Value name(Operand x, std::vector<int64_t> axes = {-1}, bool keepdims = false) { \
    return call_one(#name, {x}, {{"axis", std::move(axes)}, {"keepdims", keepdims}});     \
  }
RONDO_OF_ONE(exp)
RONDO_OF_ONE(log)
RONDO_OF_ONE(sqrt)
RONDO_OF_ONE(sin)
RONDO_OF_ONE(cos)
RONDO_OF_ONE(erf)
RONDO_OF_ONE(abs)
RONDO_OF_ONE(floor)
RONDO_OF_ONE(negative)
RONDO_OF_ONE(sign)
RONDO_OF_ONE(square)
RONDO_OF_ONE(reciprocal)
RONDO_OF_ONE(rsqrt)
RONDO_OF_ONE(logical_not)
RONDO_OF_ONE(f32)
RONDO_OF_ONE(f64)
RONDO_OF_ONE(i32)
RONDO_OF_ONE(i64)
RONDO_OF_ONE(sigmoid)
RONDO_OF_ONE(tanh)
RONDO_OF_ONE(sigmoid_fast)
RONDO_OF_ONE(tanh_fast)
RONDO_OF_ONE(relu)
RONDO_OF_ONE(selu)
RONDO_OF_ONE(softplus)
RONDO_OF_ONE(softsign)
RONDO_OF_ONE(silu)
RONDO_OF_ONE(gelu)
RONDO_OF_ONE(hard_sigmoid)
RONDO_OF_ONE(hard_sigmoid6)
RONDO_OF_ONE(hard_tanh)
RONDO_OF_TWO(add)
RONDO_OF_TWO(subtract)
RONDO_OF_TWO(multiply)
RONDO_OF_TWO(divide)
RONDO_OF_TWO(power)
RONDO_OF_TWO(minimum)
RONDO_OF_TWO(maximum)
RONDO_OF_TWO(less)
RONDO_OF_TWO(less_equal)
RONDO_OF_TWO(greater)
RONDO_OF_TWO(greater_equal)
RONDO_OF_TWO(equal)
RONDO_OF_TWO(not_equal)
RONDO_OF_TWO(logical_and)
RONDO_OF_TWO(logical_or)
RONDO_OF_TWO(matmul)
RONDO_REDUCTION(sum)
RONDO_REDUCTION(prod)
RONDO_REDUCTION(max)
RONDO_REDUCTION(min)
RONDO_REDUCTION(mean)
RONDO_REDUCTION(var)
#undef RONDO_OF_ONE
#undef RONDO_OF_TWO
#undef RONDO_REDUCTION

inline Value leaky_relu(Operand x, double slope = 0.2) {
  return call_one("leaky_relu", {x, slope});
}
inline Value elu(Operand x, double alpha = 1) {
  return call_one("elu", {x, alpha});
}
inline Value boolean(Operand x) {
  return call_one("bool", {x});
}  ///< x != 0
inline Value clip(Operand x, Operand low, Operand high) {
  return call_one("clip", {x, low, high});
}
/// a where the condition holds, else b.
inline Value where(Operand condition, Operand a, Operand b) {
  return call_one("where", {condition, a, b});
}
inline Value softmax(Operand x, int64_t axis = -1) {
  return call_one("softmax", {x}, {{"axis", axis}});
}
inline Value layer_norm(Operand x, double epsilon = 1e-3) {
  return call_one("layer_norm", {x}, {{"epsilon", epsilon}});
}
inline Value layer_norm(Operand x, Operand gamma, Operand beta, double epsilon = 1e-3) {
  return call_one("layer_norm", {x, gamma, beta, epsilon});
}
/// General product: sums over pairs of axes, runs along pairs of batch axes.
inline Value dot(Operand a, Operand b, std::vector<int64_t> lhs_contract, std::vector<int64_t> rhs_contract,
                 std::vector<int64_t> lhs_batch = {}, std::vector<int64_t> rhs_batch = {}) {
  return call_one("dot", {a, b},
                  {{"lhs_contract", std::move(lhs_contract)},
                   {"rhs_contract", std::move(rhs_contract)},
                   {"lhs_batch", std::move(lhs_batch)},
                   {"rhs_batch", std::move(rhs_batch)}});
}
/// Equal parts of an axis: auto [z, r, n] = split<3>(x).
template <size_t parts>
std::array<Value, parts> split(Operand x, int64_t axis = -1) {
  const std::vector<Value> values =
      call("split", {x}, {{"parts", static_cast<int64_t>(parts)}, {"axis", axis}});
  return [&]<size_t... i>(std::index_sequence<i...>) {
    return std::array<Value, parts>{(i < values.size() ? values[i] : Value(x.value.builder(), {-1}))...};
  }(std::make_index_sequence<parts>());
}
/// The pieces of an axis between positions.
inline std::vector<Value> split(Operand x, std::vector<int64_t> positions, int64_t axis = -1) {
  return call("split", {x}, {{"parts", std::move(positions)}, {"axis", axis}});
}
inline Value concatenate(std::vector<Value> parts, int64_t axis = 0) {
  return call_one("concatenate", {}, {{"parts", std::move(parts)}, {"axis", axis}});
}
inline Value stack(std::vector<Value> parts, int64_t axis = 0) {
  return call_one("stack", {}, {{"parts", std::move(parts)}, {"axis", axis}});
}
/// One extent may be -1: what is left.
inline Value reshape(Operand x, std::vector<int64_t> extents) {
  return call_one("reshape", {x}, {{"shape", std::move(extents)}});
}
/// Result axis i is axis axes[i]; reversed without axes.
inline Value transpose(Operand x, std::vector<int64_t> axes = {}) {
  return call_one("transpose", {x}, {{"axes", std::move(axes)}});
}
inline Value broadcast_to(Operand x, std::vector<int64_t> extents) {
  return call_one("broadcast_to", {x}, {{"shape", std::move(extents)}});
}
inline Value expand_dims(Operand x, int64_t axis) {
  return call_one("expand_dims", {x}, {{"axis", axis}});
}
inline Value squeeze(Operand x, int64_t axis = -1) {
  return call_one("squeeze", {x}, {{"axis", axis}});
}
/// Elements of an axis at integer positions, which are clamped to the axis.
inline Value take(Operand x, Operand index, int64_t axis = 0) {
  return call_one("take", {x, index}, {{"axis", axis}});
}
/// Surrounds each axis with so many elements of a value.
inline Value pad(Operand x, std::vector<int64_t> before, std::vector<int64_t> after, Operand value = 0) {
  return call_one("pad", {x},
                  {{"before", std::move(before)}, {"after", std::move(after)}, {"value", value.value}});
}

inline Value operator+(Operand a, Operand b) {
  return add(a, b);
}
inline Value operator-(Operand a, Operand b) {
  return subtract(a, b);
}
inline Value operator*(Operand a, Operand b) {
  return multiply(a, b);
}
inline Value operator/(Operand a, Operand b) {
  return divide(a, b);
}
inline Value operator-(Operand x) {
  return negative(x);
}
inline Value operator<(Operand a, Operand b) {
  return less(a, b);
}
inline Value operator<=(Operand a, Operand b) {
  return less_equal(a, b);
}
inline Value operator>(Operand a, Operand b) {
  return greater(a, b);
}
inline Value operator>=(Operand a, Operand b) {
  return greater_equal(a, b);
}
inline Value operator==(Operand a, Operand b) {
  return equal(a, b);
}
inline Value operator!=(Operand a, Operand b) {
  return not_equal(a, b);
}
inline Value operator&&(Operand a, Operand b) {
  return logical_and(a, b);
}
inline Value operator||(Operand a, Operand b) {
  return logical_or(a, b);
}
inline Value operator!(Operand x) {
  return logical_not(x);
}

/// A state of a cell: as it is before the step, and its next value.
class State : public Value {
 public:
  State(Value value, std::string name) : Value(std::move(value)), name_(std::move(name)) {}

  /// Gives the state its next value, once; returns that.
  Value next(Operand value) {
    detail::stand_at(builder(), value.where);
    next_ = Value(builder(), detail::as_value(builder(), value.value));
    rondo_builder_next(builder(), name_.c_str(), next_->get());
    return *next_;
  }
  /// The next value, after it has been given.
  Value next() const {
    if (!next_) throw Error("the next value of state '" + name_ + "' is used before it is given");
    return *next_;
  }

 private:
  std::string name_;
  std::optional<Value> next_;
};

/// Builds one cell; extents are per sample, without batch and time.
class Builder {
 public:
  explicit Builder(const std::string& cell_name) {
    rondo_builder* handle = nullptr;
    if (rondo_builder_new(cell_name.c_str(), &handle) != RONDO_OK) throw std::bad_alloc();
    handle_.reset(handle);
  }

  Value input(const std::string& name, const std::vector<int64_t>& extents, DType dtype = DType::F32,
              std::source_location where = std::source_location::current()) {
    return leaf(RONDO_INPUT, name, extents, dtype, where);
  }
  State state(const std::string& name, const std::vector<int64_t>& extents, DType dtype = DType::F32,
              std::source_location where = std::source_location::current()) {
    return {leaf(RONDO_STATE, name, extents, dtype, where), name};
  }
  Value constant(const std::string& name, const std::vector<int64_t>& extents, DType dtype = DType::F32,
                 std::source_location where = std::source_location::current()) {
    return leaf(RONDO_CONSTANT, name, extents, dtype, where);
  }
  Value weight(const std::string& name, const std::vector<int64_t>& extents, DType dtype = DType::F32,
               std::source_location where = std::source_location::current()) {
    return leaf(RONDO_WEIGHT, name, extents, dtype, where);
  }
  /// The only output, or one of several, which have names.
  void output(Operand value) { output("", std::move(value)); }
  void output(const std::string& name, Operand value) {
    detail::stand_at(handle_.get(), value.where);
    rondo_builder_output(handle_.get(), name.c_str(), detail::as_value(handle_.get(), value.value));
  }
  /// The finished cell; throws all mistakes since the builder was made. The builder is used up.
  Cell cell() {
    return Cell(detail::make<rondo_cell, rondo_cell_free>([&](rondo_cell** cell, rondo_messages** messages) {
                  return rondo_builder_finish(handle_.get(), cell, messages);
                }).release());
  }

 private:
  Value leaf(rondo_leaf_kind kind, const std::string& name, const std::vector<int64_t>& extents, DType dtype,
             const std::source_location& where) {
    detail::stand_at(handle_.get(), where);
    return {handle_.get(),
            rondo_builder_leaf(handle_.get(), kind, name.c_str(), static_cast<rondo_dtype>(dtype),
                               extents.data(), extents.size())};
  }

  detail::Owned<rondo_builder, rondo_builder_free> handle_;
};

}  // namespace rondo

#endif
