#include "passes/hoist_from_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "passes/costs.h"
#include "passes/graph_rewriter.h"

namespace rondo::passes {

using namespace ir;

namespace {

// Multiply-adds of a step for one sample up to which it waits for itself, from state to state, most of the
// time: products of its inputs cost nothing beside that, and ahead would only be written and read again.
constexpr int64_t short_step = 10000;
// Samples for which one step by itself is as quick as many steps at a time.
constexpr int64_t many_samples = 4;
// Weights of products on inputs up to which every step may read them again: they stay in the second-level
// cache beside those of the state, or next to it.
constexpr int64_t most_weights = int64_t{2} << 20;

class Hoisting {
 public:
  Hoisting(const Recurrence& recurrence, Context& context)
      : graph_(recurrence.step),
        context_(context),
        needed_(needed_nodes(graph_)),
        is_single_(recurrence.time == 1) {}

  void run() {
    const bool is_short = multiply_adds() <= short_step;
    const bool has_many =
        context_.options.expected_batch.value_or(1) >= many_samples && weights_of_inputs() <= most_weights;
    if (has_many || (is_short && is_single_))
      leave_all_in_step();
    else if (is_short)
      leave_products_in_step();
    const std::string_view reason = has_many     ? "a step has many samples to do it for"
                                    : is_single_ ? "it is the only one"
                                                 : "its waits are long enough for both";
    for (int32_t i = 0; i < graph_.size(); ++i) {
      const NodeId id{i};
      const Node& node = graph_[id];
      if (!needed_[at(id)] || is_leaf(node.op) || is_view(node.op)) continue;
      // An invariant is computed once however cheap it is.
      if (time_class(id) == TimeClass::Invariant)
        move_ahead_of_call(id);
      else if (stays_in_step_[at(id)])
        leave_in_step(id, reason);
      else if (costs_something_ahead(id))
        move_ahead_of_loop(id);
    }
  }

 private:
  static size_t at(NodeId id) { return static_cast<size_t>(id.index); }
  TimeClass time_class(NodeId id) const { return context_.plan.time_classes[at(id)]; }
  Placement& placement(NodeId id) { return context_.plan.placements[at(id)]; }

  // Work on the inputs alone must cost something, as what is hoisted goes through memory.
  bool costs_something_ahead(NodeId id) {
    return time_class(id) == TimeClass::InputOnly && placement(id) != Placement::Anywhere;
  }

  // Of one sample.
  int64_t multiply_adds() const {
    int64_t sum = 0;
    for (int32_t i = 0; i < graph_.size(); ++i)
      if (needed_[at({i})] && graph_[NodeId{i}].op == Op::Dot)
        sum += graph_[NodeId{i}].type.count() * cost_of(graph_, {i});
    return sum;
  }

  // Bytes of all that products of inputs multiply by.
  int64_t weights_of_inputs() const {
    int64_t bytes = 0;
    for (int32_t i = 0; i < graph_.size(); ++i) {
      if (!needed_[at({i})] || graph_[NodeId{i}].op != Op::Dot || time_class({i}) != TimeClass::InputOnly)
        continue;
      for (const NodeId operand : graph_[NodeId{i}].operands)
        if (time_class(operand) == TimeClass::Invariant)
          bytes += graph_.type(operand).count() * size_of(graph_.type(operand).dtype);
    }
    return bytes;
  }

  void leave_all_in_step() {
    for (int32_t i = 0; i < graph_.size(); ++i) stays_in_step_[at({i})] = costs_something_ahead({i});
  }

  // Products of inputs as they are, which nothing but work on the state wants.
  void leave_products_in_step() {
    std::vector<bool> serves_inputs(needed_.size());
    for (int32_t i = graph_.size(); i-- > 0;) {
      const NodeId id{i};
      if (!needed_[at(id)] || time_class(id) == TimeClass::Carried) continue;
      const bool is_product = graph_[id].op == Op::Dot && costs_something_ahead(id);
      stays_in_step_[at(id)] = is_product && !serves_inputs[at(id)] && reads_leaves(id);
      const bool is_passed_on = time_class(id) == TimeClass::InputOnly && !costs_something_ahead(id);
      for (const NodeId operand : graph_[id].operands)
        if (!is_passed_on || serves_inputs[at(id)]) serves_inputs[at(operand)] = true;
    }
  }

  bool reads_leaves(NodeId id) const {
    const auto& operands = graph_[id].operands;
    return std::all_of(operands.begin(), operands.end(), [&](NodeId operand) {
      while (is_view(graph_[operand].op)) operand = graph_[operand].operands[0];
      return is_leaf(graph_[operand].op);
    });
  }

  void move_ahead_of_call(NodeId id) {
    const Node& node = graph_[id];
    placement(id) = Placement::Once;
    context_.remark("hoist",
                    fmt::format("'{}' {} needs neither input nor state: once a call", name_of(node.op),
                                to_string(node.type)),
                    node.where, "in every step again");
  }

  void leave_in_step(NodeId id, std::string_view reason) {
    const Node& node = graph_[id];
    context_.remark("hoist",
                    fmt::format("'{}' {} stays in the step, although it needs no state: {}", name_of(node.op),
                                to_string(node.type), reason),
                    node.where, "ahead of the loop, from where it would come through memory");
  }

  void move_ahead_of_loop(NodeId id) {
    const Node& node = graph_[id];
    placement(id) = Placement::Before;
    context_.remark(
        "hoist",
        fmt::format("'{}' {} needs no state: ahead of the loop, for a block of steps at a time",
                    name_of(node.op), to_string(node.type)),
        node.where,
        fmt::format("in the step, where its {} operations an element would serve one row at a time",
                    cost_of(graph_, id)));
  }

  const StepGraph& graph_;
  Context& context_;
  std::vector<bool> needed_;
  bool is_single_;  // whether there is but one step: ahead of it is no other to do work for
  std::vector<bool> stays_in_step_ = std::vector<bool>(needed_.size());
};

}  // namespace

void hoist_from_loop(Recurrence& recurrence, Context& context) {
  Hoisting(recurrence, context).run();
}

}  // namespace rondo::passes
