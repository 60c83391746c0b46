// The step graph: one time step of a recurrence as an SSA graph of tensor operations.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "ir/diagnostics.h"
#include "ir/op.h"
#include "ir/type.h"

namespace rondo::ir {

/// Names a node of one graph. Nodes stand in topological order: operands have smaller ids than their users.
struct NodeId {
  int32_t index = -1;

  bool valid() const { return index >= 0; }
  auto operator<=>(const NodeId&) const = default;
};

/// A number in the program. Floats are held as f64, integers and booleans as i64.
struct LiteralValue {
  std::variant<double, int64_t> value;

  double as_double() const;
  int64_t as_integer() const;
  /// Equal bits: -0 differs from +0, and a NaN equals itself.
  bool operator==(const LiteralValue& other) const;
};

/// Position of an input, state, constant or weight in its list.
struct LeafIndex {
  int index = 0;
  bool operator==(const LeafIndex&) const = default;
};

/// Pairs of axes of a contraction: `lhs_contract[i]` is summed with `rhs_contract[i]`, `lhs_batch[i]` runs
/// with `rhs_batch[i]`.
struct DotAxes {
  std::vector<int> lhs_contract, rhs_contract, lhs_batch, rhs_batch;
  bool operator==(const DotAxes&) const = default;
};

/// Axes of a reduction, ascending; or the permutation of a transposition (result axis i is operand axis
/// axes[i]).
struct Axes {
  std::vector<int> axes;
  bool operator==(const Axes&) const = default;
};

/// For each axis: elements start, start + step, ..., `count` of them.
struct SliceRange {
  int64_t start = 0, step = 1, count = 0;
  bool operator==(const SliceRange&) const = default;
};
struct SliceRanges {
  std::vector<SliceRange> axes;
  bool operator==(const SliceRanges&) const = default;
};

/// Elements added before and after each axis.
struct Padding {
  Dims before, after;
  bool operator==(const Padding&) const = default;
};

/// The axis of a concatenation or a gather.
struct Axis {
  int axis = 0;
  bool operator==(const Axis&) const = default;
};

/// What an operation needs beside its operands. Reshape, Broadcast and Cast say it with their result type.
using Attribute =
    std::variant<std::monostate, LiteralValue, LeafIndex, DotAxes, Axes, SliceRanges, Padding, Axis>;

struct Node {
  Op op = Op::Literal;
  Type type;
  std::vector<NodeId> operands;
  Attribute attribute;
  Location where;
  std::string name;  ///< what the user called it; empty for an unnamed part of an expression
};

/// A named input, state, constant or weight, and the node that stands for it. Nested structures are
/// flattened, their leaves named with dots ("x.left").
struct Leaf {
  std::string name;
  NodeId node;
};

struct State {
  std::string name;
  NodeId node;  ///< its value before the step
  NodeId next;  ///< its value after the step
};

struct Output {
  std::string name;  ///< empty for the only output of a cell
  NodeId node;
};

/// One time step. Made through `GraphBuilder`, which checks, or by passes through `add`; equal nodes are
/// shared.
class StepGraph {
 public:
  std::string name;
  Location where;
  std::vector<Leaf> inputs, constants, weights;
  std::vector<State> states;
  std::vector<Output> outputs;

  int size() const { return static_cast<int>(nodes_.size()); }
  const Node& operator[](NodeId id) const { return nodes_[static_cast<size_t>(id.index)]; }
  const Type& type(NodeId id) const { return (*this)[id].type; }

  /// Adds a node, or finds the equal one that is there. The type must be the one that the shape rules give.
  /// An unnamed node takes `node.name`.
  NodeId add(Node node);

  /// Number of users of each node, by id; a next state or an output counts as a user.
  std::vector<int> use_counts() const;

  /// The list that a leaf operation indexes.
  const std::string& leaf_name(NodeId id) const;

 private:
  std::vector<Node> nodes_;
  std::unordered_multimap<size_t, NodeId> by_hash_;
};

}  // namespace rondo::ir
