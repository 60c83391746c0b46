// Checked construction of step graphs: what text, C++ and Python front ends build with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/diagnostics.h"
#include "ir/step_graph.h"

namespace rondo::ir {

/// A value under construction: a node, or a bare number that takes the element type it meets, or nothing (the
/// result of a mistake that has been reported; whatever is made from it is nothing too, silently).
class Value {
 public:
  Value() = default;
  explicit Value(NodeId node) : node_(node) {}
  explicit Value(LiteralValue number) : number_(number) {}

  bool is_node() const { return node_.valid(); }
  bool is_number() const { return number_.has_value(); }
  bool is_nothing() const { return !is_node() && !is_number(); }
  NodeId node() const { return node_; }
  const LiteralValue& number() const { return *number_; }

 private:
  NodeId node_;
  std::optional<LiteralValue> number_;
};

/// One subscript of `x[...]`: a single element, which drops the axis, or a stretch with numpy's defaults.
struct Subscript {
  bool single = false;
  std::optional<int64_t> start, stop;
  int64_t step = 1;
};

/// Builds one step graph. Axes may be negative, counted from the end. Every mistake is reported to the
/// diagnostics at the location set by `at`.
class GraphBuilder {
 public:
  GraphBuilder(std::string cell_name, Diagnostics& diagnostics);

  /// Where in the source the values that follow come from.
  void at(Location where) { where_ = std::move(where); }
  const Location& where() const { return where_; }
  Diagnostics& diagnostics() { return diagnostics_; }
  /// Reports at the current location; returns nothing, so that `return builder.error(...)` reads well.
  Value error(std::string message);

  // Declarations. Names must be new.
  Value input(const std::string& name, DType dtype, const Dims& dims);
  Value state(const std::string& name, DType dtype, const Dims& dims);
  Value constant(const std::string& name, DType dtype, const Dims& dims);
  Value weight(const std::string& name, DType dtype, const Dims& dims);

  // Numbers. `number` takes the type it meets (f32 where it meets none); `literal` has one.
  Value number(double value) { return Value(LiteralValue{value}); }
  Value number(int64_t value) { return Value(LiteralValue{value}); }
  Value literal(LiteralValue value, DType dtype);

  /// Any element-wise operation but Cast. Numbers take the element type of the other operands.
  Value apply(Op op, std::vector<Value> operands);
  Value cast(Value x, DType dtype);

  /// numpy's matmul over per-sample shapes: `[F] @ [F, N]`, `[S, D] @ [D]`, `[H, S, D] @ [H, D, N]`.
  Value matmul(Value a, Value b);
  Value dot(Value a, Value b, DotAxes axes);

  /// Over the given axes, or over all where there are none; `keepdims` leaves them with extent 1.
  Value reduce(Op op, Value x, std::vector<int> axes, bool keepdims = false);

  /// One extent may be -1: what is left.
  Value reshape(Value x, Dims dims);
  /// Empty axes reverse the order.
  Value transpose(Value x, std::vector<int> axes);
  Value broadcast_to(Value x, const Dims& dims);
  Value subscript(Value x, const std::vector<Subscript>& subscripts);
  Value slice(Value x, SliceRanges ranges);
  Value concatenate(std::vector<Value> parts, int axis);
  Value pad(Value x, Dims before, Dims after, Value fill);
  Value take(Value x, Value index, int axis);

  /// Gives the node a name for messages and printing, if it has none yet.
  void name(Value x, const std::string& name);

  void set_next(const std::string& state, Value value);
  void output(const std::string& name, Value value);

  /// The type of a value; a number alone is f32.
  Type type(Value x) const;
  const StepGraph& graph() const { return graph_; }
  /// The value as a node: a bare number becomes an f32 literal. Invalid for nothing.
  NodeId materialize(Value x);

  /// The finished graph, checked to be complete (a next value for each state, at least one input and one
  /// output); nothing if any mistake was reported since construction began.
  std::optional<StepGraph> finish();

 private:
  enum class LeafKind { Input, State, Constant, Weight };
  Value declare(LeafKind kind, const std::string& name, DType dtype, const Dims& dims);
  /// Whether text can call something so; else reports what it is that is called so.
  bool is_name(const std::string& name, std::string_view of_what);
  bool name_is_free(const std::string& name);
  Value add(Op op, const std::vector<Value>& operands, Attribute attribute, const Type& wanted = {});
  bool adopt_numbers(Op op, std::vector<Value>& operands);
  bool normalize_axis(int& axis, int rank, Op op);

  StepGraph graph_;
  Diagnostics& diagnostics_;
  int errors_before_;
  Location where_;
};

}  // namespace rondo::ir
