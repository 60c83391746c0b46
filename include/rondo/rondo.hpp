// Rondo, the compiler for recurrences: the C++ interface (C++20), all of it inline above rondo.h.
//
//   rondo::Builder b("gru");
//   rondo::Value x = b.input("x", {features});
//   rondo::State h = b.state("h", {units});
//   ...
//   h.next(z * h + (1 - z) * n);
//   b.output(h.next());
//   rondo::Kernel kernel = rondo::compile(b.cell());
//   rondo::Model model(kernel, {W.data(), U.data(), bias.data()});
//   model.run({.batch = 8, .time = 100, .inputs = {rondo::batch_major(x, 100, features)}, ...});
//   rondo::Stream stream(model);
//
// What goes wrong is thrown as rondo::Error, but for what the real-time functions of Stream and Call::run do,
// which throw nothing. Objects are handles, to be moved; cells, kernels and models may be used from any number
// of threads at once, the others by one at a time. rondo.h has the particulars.
#ifndef RONDO_RONDO_HPP
#define RONDO_RONDO_HPP

#include <rondo/rondo.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <source_location>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace rondo {

enum class Severity { Error = RONDO_ERROR, Warning = RONDO_WARNING, Note = RONDO_NOTE };

/// Lines and columns count from 1; line 0 means nowhere in particular.
struct Message {
  Severity severity;
  std::string text;
  std::string source;
  int line, column, length;
};

/// What was given is wrong. `what()` is all messages as text for people, with lines of source and carets.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& text, std::vector<Message> messages = {})
      : std::runtime_error(text), messages_(std::move(messages)) {}
  const std::vector<Message>& messages() const { return messages_; }

 private:
  std::vector<Message> messages_;
};

namespace detail {

template <auto free>
struct Freer {
  template <class Handle>
  void operator()(Handle* handle) const {
    free(handle);
  }
};
template <class Handle, auto free>
using Owned = std::unique_ptr<Handle, Freer<free>>;

[[noreturn]] inline void raise(rondo_status status, const rondo_messages* messages) {
  if (status == RONDO_NO_MEMORY) throw std::bad_alloc();
  std::vector<Message> list;
  for (size_t i = 0; i < rondo_messages_count(messages); ++i) {
    rondo_message m;
    if (rondo_messages_get(messages, i, &m) == RONDO_OK)
      list.push_back({static_cast<Severity>(m.severity), m.text, m.source, m.line, m.column, m.length});
  }
  std::string text = rondo_messages_text(messages);
  if (text.empty()) text = status == RONDO_INTERNAL ? "a mistake in Rondo; please report it" : "wrong argument";
  throw Error(text, std::move(list));
}

/// Calls `make(&handle, &messages)` and returns the handle, or throws what the messages say.
template <class Handle, auto free, class Make>
Owned<Handle, free> make(Make&& make) {
  Handle* handle = nullptr;
  rondo_messages* messages = nullptr;
  const rondo_status status = make(&handle, &messages);
  const Owned<rondo_messages, rondo_messages_free> said(messages);
  if (status != RONDO_OK) raise(status, messages);
  return Owned<Handle, free>(handle);
}

template <class Make>
std::string text_of(Make&& make_text) {
  const auto text = make<rondo_text, rondo_text_free>(
      [&](rondo_text** out, rondo_messages**) { return make_text(out); });
  return {rondo_text_data(text.get()), rondo_text_size(text.get())};
}

}  // namespace detail

enum class DType { F32 = RONDO_F32, F64 = RONDO_F64, I32 = RONDO_I32, I64 = RONDO_I64, Bool = RONDO_BOOL };

enum class LeafKind {
  Input = RONDO_INPUT,
  State = RONDO_STATE,
  Constant = RONDO_CONSTANT,
  Weight = RONDO_WEIGHT,
  Output = RONDO_OUTPUT
};

/// An input, state, constant, weight or output of a cell; extents are per sample.
struct Leaf {
  std::string name;
  DType dtype;
  std::vector<int64_t> extents;
};

enum class Masking { None = RONDO_MASK_NONE, Mask = RONDO_MASK, Lengths = RONDO_MASK_LENGTHS };
enum class Unroll { Auto = RONDO_UNROLL_AUTO, Never = RONDO_UNROLL_NEVER, Always = RONDO_UNROLL_ALWAYS };

/// The arguments of tf.keras.backend.rnn that are no arrays. What is not given stays as the cell has it.
struct Options {
  std::optional<bool> go_backwards{}, zero_output_for_mask{};
  std::optional<Masking> masking{};
  std::optional<Unroll> unroll{};
  std::optional<int64_t> input_length{};
  std::optional<int64_t> time{};
  std::optional<bool> flush_denormals{};
};

/// One time step, and how it is run. Copies share it.
class Cell {
 public:
  explicit Cell(rondo_cell* handle) : handle_(handle, rondo_cell_free) {}

  std::string name() const { return rondo_cell_name(get()); }
  std::vector<Leaf> leaves(LeafKind kind) const {
    std::vector<Leaf> result;
    rondo_leaf leaf;
    for (size_t i = 0; rondo_cell_leaf(get(), static_cast<rondo_leaf_kind>(kind), i, &leaf) == RONDO_OK; ++i)
      result.push_back({leaf.name, static_cast<DType>(leaf.dtype), {leaf.extents, leaf.extents + leaf.rank}});
    return result;
  }
  /// In the text language, from which the same cell can be read.
  std::string text() const {
    return detail::text_of([this](rondo_text** text) { return rondo_cell_text(get(), text); });
  }
  /// The same cell, run in another way.
  Cell with(const Options& options) const {
    rondo_options o = RONDO_OPTIONS_INIT;
    const auto take = [](const auto& from, auto& to) {
      if (from) to = static_cast<std::remove_reference_t<decltype(to)>>(*from);
    };
    take(options.go_backwards, o.go_backwards);
    take(options.zero_output_for_mask, o.zero_output_for_mask);
    take(options.masking, o.masking);
    take(options.unroll, o.unroll);
    take(options.input_length, o.input_length);
    take(options.time, o.time);
    take(options.flush_denormals, o.flush_denormals);
    return Cell(detail::make<rondo_cell, rondo_cell_free>([&](rondo_cell** cell, rondo_messages** messages) {
                  return rondo_cell_with(get(), &o, cell, messages);
                }).release());
  }

  const rondo_cell* get() const { return handle_.get(); }

 private:
  std::shared_ptr<rondo_cell> handle_;
};

/// A text with cells.
class Program {
 public:
  /// `name` is what messages call the text.
  Program(const std::string& name, const std::string& text)
      : handle_(detail::make<rondo_program, rondo_program_free>(
            [&](rondo_program** program, rondo_messages** messages) {
              return rondo_program_parse(name.c_str(), text.data(), text.size(), program, messages);
            })) {}

  std::vector<std::string> cells() const {
    std::vector<std::string> names;
    for (size_t i = 0; i < rondo_program_cell_count(handle_.get()); ++i)
      names.emplace_back(rondo_program_cell_name(handle_.get(), i));
    return names;
  }
  /// One of the cells, or the last, with values for its parameters.
  Cell cell(const std::vector<std::pair<std::string, int64_t>>& settings = {},
            const std::string& name = "") const {
    std::vector<rondo_setting> list;
    for (const auto& [setting, value] : settings) list.push_back({setting.c_str(), value});
    return Cell(detail::make<rondo_cell, rondo_cell_free>([&](rondo_cell** cell, rondo_messages** messages) {
                  return rondo_program_cell(handle_.get(), name.empty() ? nullptr : name.c_str(), list.data(),
                                            list.size(), cell, messages);
                }).release());
  }

 private:
  detail::Owned<rondo_program, rondo_program_free> handle_;
};

// ---- Cells by calls ----

/// A value of a builder, or a bare number that takes the element type it meets. Mistakes are reported when the
/// cell is finished.
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

inline rondo_argument argument_of(rondo_builder* builder, const Named& named, std::vector<rondo_value>& values) {
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

/// Calls a function of the language by its name; one result, but for "split". At least one operand must be of a
/// builder: numbers alone are left to C++.
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
  size_t count = rondo_builder_call(builder, function, arguments.data(), arguments.size(), results.data(), many);
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
#define RONDO_OF_ONE(name) \
  inline Value name(Operand x) { return call_one(#name, {x}); }
#define RONDO_OF_TWO(name) \
  inline Value name(Operand a, Operand b) { return call_one(#name, {a, b}); }
#define RONDO_REDUCTION(name)                                                                          \
  inline Value name(Operand x, std::vector<int64_t> axes = {-1}, bool keepdims = false) {              \
    return call_one(#name, {x}, {{"axis", std::move(axes)}, {"keepdims", keepdims}});                  \
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

inline Value leaky_relu(Operand x, double slope = 0.2) { return call_one("leaky_relu", {x, slope}); }
inline Value elu(Operand x, double alpha = 1) { return call_one("elu", {x, alpha}); }
inline Value boolean(Operand x) { return call_one("bool", {x}); }  ///< x != 0
inline Value clip(Operand x, Operand low, Operand high) { return call_one("clip", {x, low, high}); }
/// a where the condition holds, else b.
inline Value where(Operand condition, Operand a, Operand b) { return call_one("where", {condition, a, b}); }
inline Value softmax(Operand x, int64_t axis = -1) { return call_one("softmax", {x}, {{"axis", axis}}); }
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
inline Value expand_dims(Operand x, int64_t axis) { return call_one("expand_dims", {x}, {{"axis", axis}}); }
inline Value squeeze(Operand x, int64_t axis = -1) { return call_one("squeeze", {x}, {{"axis", axis}}); }
/// Elements of an axis at integer positions, which are clamped to the axis.
inline Value take(Operand x, Operand index, int64_t axis = 0) {
  return call_one("take", {x, index}, {{"axis", axis}});
}
/// Surrounds each axis with so many elements of a value.
inline Value pad(Operand x, std::vector<int64_t> before, std::vector<int64_t> after, Operand value = 0) {
  return call_one("pad", {x}, {{"before", std::move(before)}, {"after", std::move(after)}, {"value", value.value}});
}

inline Value operator+(Operand a, Operand b) { return add(a, b); }
inline Value operator-(Operand a, Operand b) { return subtract(a, b); }
inline Value operator*(Operand a, Operand b) { return multiply(a, b); }
inline Value operator/(Operand a, Operand b) { return divide(a, b); }
inline Value operator-(Operand x) { return negative(x); }
inline Value operator<(Operand a, Operand b) { return less(a, b); }
inline Value operator<=(Operand a, Operand b) { return less_equal(a, b); }
inline Value operator>(Operand a, Operand b) { return greater(a, b); }
inline Value operator>=(Operand a, Operand b) { return greater_equal(a, b); }
inline Value operator==(Operand a, Operand b) { return equal(a, b); }
inline Value operator!=(Operand a, Operand b) { return not_equal(a, b); }
inline Value operator&&(Operand a, Operand b) { return logical_and(a, b); }
inline Value operator||(Operand a, Operand b) { return logical_or(a, b); }
inline Value operator!(Operand x) { return logical_not(x); }

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
    return {handle_.get(), rondo_builder_leaf(handle_.get(), kind, name.c_str(),
                                              static_cast<rondo_dtype>(dtype), extents.data(), extents.size())};
  }

  detail::Owned<rondo_builder, rondo_builder_free> handle_;
};

// ---- Compiling and running ----

struct CompileOptions {
  std::string cpu{};           ///< LLVM's name of a processor of this architecture; empty: the one at hand
  int64_t expected_batch = 0;  ///< samples that calls will have, or 0; any number stays right
  bool use_cache = false;      ///< keep code in the user's cache folder, and take it from there
};

enum class Explanation {
  Decisions = RONDO_EXPLAIN_DECISIONS,
  Graph = RONDO_EXPLAIN_GRAPH,
  Loops = RONDO_EXPLAIN_LOOPS,
  Llvm = RONDO_EXPLAIN_LLVM,
  Assembly = RONDO_EXPLAIN_ASSEMBLY
};

/// The machine code of a cell. Copies share it; it goes with the last of them, and of what was made from them.
class Kernel {
 public:
  explicit Kernel(rondo_kernel* handle) : handle_(handle, rondo_kernel_free) {}

  std::string explain(Explanation part = Explanation::Decisions) const {
    return detail::text_of([&](rondo_text** text) {
      return rondo_kernel_explain(get(), static_cast<rondo_explanation>(part), text);
    });
  }
  size_t code_size() const { return rondo_kernel_code_size(get()); }
  const rondo_kernel* get() const { return handle_.get(); }

 private:
  std::shared_ptr<rondo_kernel> handle_;
};

inline Kernel compile(const Cell& cell, const CompileOptions& options = {}) {
  rondo_compile_options o = RONDO_COMPILE_INIT;
  if (!options.cpu.empty()) o.cpu = options.cpu.c_str();
  o.expected_batch = options.expected_batch;
  o.use_cache = options.use_cache ? 1 : 0;
  return Kernel(detail::make<rondo_kernel, rondo_kernel_free>(
                    [&](rondo_kernel** kernel, rondo_messages** messages) {
                      return rondo_compile(cell.get(), &o, kernel, messages);
                    })
                    .release());
}

/// Cells as files: see rondo.h.
struct EmitOptions {
  int files = RONDO_EMIT_OBJECT | RONDO_EMIT_HEADER;
  std::string target{};                 ///< empty: this machine's kind
  std::string cpu{};                    ///< empty: the usual one of the kind
  std::vector<const void*> weights{};   ///< become part of the object; none: arguments of its prepare function
};

/// Writes PATH.o, PATH.h and so on: a cell that needs nothing of Rondo to run.
inline void emit(const Cell& cell, const std::string& path, const EmitOptions& options = {}) {
  rondo_emit_options o = RONDO_EMIT_INIT;
  o.files = options.files;
  if (!options.target.empty()) o.target = options.target.c_str();
  if (!options.cpu.empty()) o.cpu = options.cpu.c_str();
  if (!options.weights.empty()) o.weights = options.weights.data();
  rondo_messages* messages = nullptr;
  const rondo_status status = rondo_emit(cell.get(), path.c_str(), &o, &messages);
  const detail::Owned<rondo_messages, rondo_messages_free> said(messages);
  if (status != RONDO_OK) detail::raise(status, messages);
}

/// An array where the caller has it: data and strides, in elements, of samples and steps.
using View = rondo_view;

template <class T>
View view(T* data, int64_t batch_stride, int64_t time_stride) {
  return {const_cast<std::remove_const_t<T>*>(data), batch_stride, time_stride};
}
/// Dense (batch, time, features).
template <class T>
View batch_major(T* data, int64_t time, int64_t features) {
  return view(data, time * features, features);
}
/// Dense (time, batch, features).
template <class T>
View time_major(T* data, int64_t batch, int64_t features) {
  return view(data, features, batch * features);
}
/// Dense (batch, features): a state, a constant, a last output, lengths (with 1 feature).
template <class T>
View rows(T* data, int64_t features) {
  return view(data, features, 0);
}

/// The arrays of one whole recurrence, in the order in which the cell declares them. What is left out: initial
/// states are zeros, last outputs and final states are not wanted.
struct Arguments {
  int64_t batch = 1;
  int64_t time = 0;
  std::vector<View> inputs{}, constants{}, initial_states{};
  View mask{}, lengths{};
  std::vector<View> outputs{}, last_outputs{}, final_states{};
  int threads = 1;
};

/// A model bound to arrays, which must stay; run as often as wanted.
class Call {
 public:
  Call(const rondo_model* model, const Arguments& a) {
    rondo_arguments arguments = RONDO_ARGUMENTS_INIT;
    const auto list = [](const std::vector<View>& views) { return views.empty() ? nullptr : views.data(); };
    arguments.batch = a.batch;
    arguments.time = a.time;
    arguments.inputs = list(a.inputs);
    arguments.constants = list(a.constants);
    arguments.initial_states = list(a.initial_states);
    arguments.mask = a.mask;
    arguments.lengths = a.lengths;
    arguments.outputs = list(a.outputs);
    arguments.last_outputs = list(a.last_outputs);
    arguments.final_states = list(a.final_states);
    arguments.threads = a.threads;
    handle_ = detail::make<rondo_call, rondo_call_free>([&](rondo_call** call, rondo_messages** messages) {
      return rondo_call_new(model, &arguments, call, messages);
    });
  }

  void run() noexcept { rondo_call_run(handle_.get()); }

 private:
  detail::Owned<rondo_call, rondo_call_free> handle_;
};

/// A kernel with its weights. Copies share it.
class Model {
 public:
  /// `weights`: the first element of each, dense and row-major, as many as the cell declares.
  explicit Model(const Kernel& kernel, const std::vector<const void*>& weights = {})
      : handle_(detail::make<rondo_model, rondo_model_free>([&](rondo_model** model, rondo_messages** messages) {
                  return rondo_model_new(kernel.get(), weights.data(), model, messages);
                }).release(),
                rondo_model_free) {}

  /// Weights by name from a .npz or .safetensors file.
  static Model load(const Kernel& kernel, const std::string& path) {
    return Model(detail::make<rondo_model, rondo_model_free>([&](rondo_model** model, rondo_messages** messages) {
                   return rondo_model_load(kernel.get(), path.c_str(), model, messages);
                 }).release());
  }

  Call call(const Arguments& arguments) const { return {get(), arguments}; }
  void run(const Arguments& arguments) const { call(arguments).run(); }
  const rondo_model* get() const { return handle_.get(); }

 private:
  explicit Model(rondo_model* handle) : handle_(handle, rondo_model_free) {}

  std::shared_ptr<rondo_model> handle_;
};

/// What a stream begins with: for each, dense rows (batch, ...), copied. No states at all mean zeros.
struct StreamStart {
  std::vector<const void*> states{}, constants{};
};

/// The states of some samples between calls: steps and blocks as they come give the bits of one call over the
/// whole. `step`, `block`, `reset`, `state` and what has to do with snapshots are for real-time threads: they
/// allocate nothing, take no lock, make no system call.
class Stream {
 public:
  explicit Stream(const Model& model, int64_t batch = 1, const StreamStart& start = {})
      : handle_(detail::make<rondo_stream, rondo_stream_free>(
            [&](rondo_stream** stream, rondo_messages** messages) {
              return rondo_stream_new(model.get(), batch, start.states.empty() ? nullptr : start.states.data(),
                                      start.constants.empty() ? nullptr : start.constants.data(), stream,
                                      messages);
            })) {}

  /// One step over dense rows (batch, ...). `mask`: a byte for each sample, or null where all keep it.
  void step(std::span<const void* const> inputs, std::span<void* const> outputs,
            const uint8_t* mask = nullptr) noexcept {
    rondo_stream_step(handle_.get(), inputs.data(), mask, outputs.data());
  }
  /// The same for cells with one input and one output.
  void step(const void* input, void* output) noexcept { rondo_stream_step(handle_.get(), &input, nullptr, &output); }
  /// `time` steps.
  void block(int64_t time, std::span<const View> inputs, std::span<const View> outputs,
             const View* mask = nullptr) noexcept {
    rondo_stream_block(handle_.get(), time, inputs.data(), mask, outputs.data());
  }
  void block(int64_t time, const View& input, const View& output) noexcept {
    rondo_stream_block(handle_.get(), time, &input, nullptr, &output);
  }

  /// Back to the beginning.
  void reset() noexcept { rondo_stream_reset(handle_.get()); }
  /// The same for one sample; false where there is none of that number.
  bool reset(int64_t sample) noexcept { return rondo_stream_reset_sample(handle_.get(), sample) == RONDO_OK; }
  /// A state between two steps, dense rows (batch, ...); null where there is none of that number.
  void* state(size_t index) noexcept { return rondo_stream_state(handle_.get(), index); }

  size_t snapshot_size() const noexcept { return rondo_stream_snapshot_size(handle_.get()); }
  /// Copies `snapshot_size()` bytes.
  void snapshot(std::byte* to) const noexcept { rondo_stream_snapshot(handle_.get(), to); }
  std::vector<std::byte> snapshot() const {
    std::vector<std::byte> bytes(snapshot_size());
    snapshot(bytes.data());
    return bytes;
  }
  /// False, and nothing changed, unless the snapshot is of a stream with as many samples whose cell has states
  /// and outputs of the same types and shapes.
  bool restore(std::span<const std::byte> snapshot) noexcept {
    return rondo_stream_restore(handle_.get(), snapshot.data(), snapshot.size()) == RONDO_OK;
  }
  /// Another stream that goes on from here.
  Stream clone() const {
    rondo_stream* copy = nullptr;
    if (rondo_stream_clone(handle_.get(), &copy) != RONDO_OK) throw std::bad_alloc();
    return Stream(copy);
  }

 private:
  explicit Stream(rondo_stream* handle) : handle_(handle) {}

  detail::Owned<rondo_stream, rondo_stream_free> handle_;
};

/// Version of the library that is running, as in "0.1.0".
inline std::string version() { return rondo_version(); }

}  // namespace rondo

#endif
