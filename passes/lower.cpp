#include "passes/lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "ir/number_arithmetic.h"
#include "passes/costs.h"
#include "passes/graph_rewriter.h"
#include "passes/index_map.h"

namespace rondo::passes {

using namespace ir;

namespace {

enum class Phase { Once, Before, Step, After };

// Longest chain of operations that is computed on the spot: bounds the recursion below and the body of a
// stage.
constexpr int64_t max_inline_depth = 100;
// Most work that is computed on the spot: LLVM selects instructions in more than linear time over the length
// of a block.
constexpr int64_t max_inline_cost = 500;

// Which values are kept in memory rather than computed again wherever they are used.
std::vector<bool> values_in_memory(const StepGraph& graph, const Plan& plan) {
  const auto size = static_cast<size_t>(graph.size());
  const std::vector<bool> needed = needed_nodes(graph);
  const std::vector<int> uses = graph.use_counts();
  std::vector<bool> in_memory(size);
  std::vector<bool> enlarged(size);  // some user has more elements, or looks at it through a view
  for (size_t i = 0; i < size; ++i) {
    const Node& user = graph[NodeId{static_cast<int32_t>(i)}];
    if (!needed[i]) continue;
    for (NodeId operand : user.operands)
      if (!is_elementwise(user.op) || user.type.dims != graph.type(operand).dims)
        enlarged[static_cast<size_t>(operand.index)] = true;
  }
  std::vector<int64_t> inline_cost(size), inline_depth(size);
  for (size_t i = 0; i < size; ++i) {
    const NodeId id{static_cast<int32_t>(i)};
    const Node& node = graph[id];
    if (!needed[i] || is_leaf(node.op)) continue;
    inline_cost[i] = cost_of(graph, id);
    for (NodeId operand : node.operands)
      if (const auto at = static_cast<size_t>(operand.index); !in_memory[at]) {
        inline_cost[i] += inline_cost[at];
        inline_depth[i] = std::max(inline_depth[i], inline_depth[at] + 1);
      }
    in_memory[i] =
        inline_depth[i] >= max_inline_depth || (is_elementwise(node.op) && inline_cost[i] >= max_inline_cost);
    if (is_view(node.op) || in_memory[i]) continue;
    const bool shared = uses[i] > 1 || enlarged[i];
    in_memory[i] =
        node.op == Op::Concatenate || node.op == Op::Pad || category_of(node.op) == OpCategory::Reduction ||
        (shared && (node.op == Op::Dot || inline_cost[i] >= costly)) || plan.placements[i] == Placement::Once;
  }
  return in_memory;
}

// The phase that computes each value, should it be kept in memory: where it was placed, or else as early as
// its operands are there.
std::vector<Phase> home_phases(const StepGraph& graph, const Plan& plan) {
  std::vector<Phase> homes(static_cast<size_t>(graph.size()), Phase::Once);
  for (size_t i = 0; i < homes.size(); ++i) {
    const Node& node = graph[NodeId{static_cast<int32_t>(i)}];
    switch (plan.placements[i]) {
      case Placement::Once:
        break;
      case Placement::Before:
        homes[i] = Phase::Before;
        break;
      case Placement::Step:
        homes[i] = Phase::Step;
        break;
      case Placement::After:
        homes[i] = Phase::After;
        break;
      case Placement::Anywhere:
        if (node.op == Op::Input) homes[i] = Phase::Before;
        if (node.op == Op::State) homes[i] = Phase::Step;
        for (NodeId operand : node.operands)
          homes[i] = std::max(homes[i], homes[static_cast<size_t>(operand.index)]);
        break;
    }
  }
  return homes;
}

class Lowering {
 public:
  Lowering(const Recurrence& recurrence, Context& context)
      : r_(recurrence),
        graph_(recurrence.step),
        context_(context),
        plan_(context.plan),
        in_memory_(values_in_memory(graph_, plan_)),
        homes_(home_phases(graph_, plan_)),
        leaf_buffers_(static_cast<size_t>(graph_.size())) {}

  LoopProgram run() {
    program_.name = graph_.name;
    program_.masking = r_.masking;
    program_.go_backwards = r_.go_backwards;
    program_.flush_denormals = r_.flush_denormals;
    program_.input_length = r_.input_length;
    program_.time = r_.time;
    program_.unroll_wish = r_.unroll;
    declare_arguments();
    // In topological order, so that no value waits for a long chain of others to be computed first.
    for (int32_t i = 0; i < graph_.size(); ++i)
      if (in_memory_[static_cast<size_t>(i)]) memory_of(NodeId{i}, home(NodeId{i}));
    for (size_t i = 0; i < graph_.states.size(); ++i) lower_next_state(i);
    for (size_t i = 0; i < graph_.outputs.size(); ++i) lower_output(i);
    lower_ends();
    context_.remark("lower",
                    fmt::format("{} nests: {} once, {} before, {} in the step, {} after the loop",
                                program_.prepare.size() + program_.once.size() + program_.before.size() +
                                    program_.step.size() + program_.after.size(),
                                program_.prepare.size() + program_.once.size(), program_.before.size(),
                                program_.step.size(), program_.after.size()));
    return std::move(program_);
  }

 private:
  // A stage under construction.
  struct Frame {
    Phase phase;
    Stage stage;
    std::map<std::pair<NodeId, std::vector<int64_t>>, int>
        known;  // what the body computes already, and where
    size_t loops() const { return stage.extents.size(); }
  };

  // --- buffers ---

  BufferId add_buffer(std::string name, BufferKind kind, Rows rows, const Type& type) {
    program_.buffers.push_back(
        {std::move(name), kind, rows, type.dtype, type.count(), type.count(), false, {}, -1});
    return {static_cast<int32_t>(program_.buffers.size()) - 1};
  }

  void declare_arguments() {
    const auto declare = [&](const std::vector<Leaf>& leaves, BufferKind kind, Rows rows) {
      for (const Leaf& leaf : leaves)
        leaf_buffers_[static_cast<size_t>(leaf.node.index)] =
            add_buffer(leaf.name, kind, rows, graph_.type(leaf.node));
    };
    declare(graph_.inputs, BufferKind::Input, Rows::Steps);
    declare(graph_.constants, BufferKind::Constant, Rows::Samples);
    declare(graph_.weights, BufferKind::Weight, Rows::One);
    for (const State& state : graph_.states)
      initial_.push_back(
          add_buffer(state.name, BufferKind::InitialState, Rows::Samples, graph_.type(state.node)));
    if (r_.masking == Masking::Mask)
      add_buffer("mask", BufferKind::Mask, Rows::Steps, {DType::Bool, true, {}});
    if (r_.masking == Masking::Lengths)
      add_buffer("lengths", BufferKind::Lengths, Rows::Samples, {DType::I64, true, {}});
    std::vector<BufferId> before(graph_.outputs.size());
    if (repeats_outputs(r_))
      for (size_t i = 0; i < before.size(); ++i)
        before[i] = add_buffer(graph_.outputs[i].name, BufferKind::PreviousOutput, Rows::Samples,
                               graph_.type(graph_.outputs[i].node));
    for (size_t i = 0; i < before.size(); ++i) {
      outputs_.push_back(add_buffer(graph_.outputs[i].name, BufferKind::Output, Rows::Steps,
                                    graph_.type(graph_.outputs[i].node)));
      program_[outputs_[i]].before = before[i];
    }
    for (const Output& output : graph_.outputs)
      last_outputs_.push_back(
          add_buffer(output.name, BufferKind::LastOutput, Rows::Samples, graph_.type(output.node)));
    for (const State& state : graph_.states)
      finals_.push_back(
          add_buffer(state.name, BufferKind::FinalState, Rows::Samples, graph_.type(state.node)));
    for (const State& state : graph_.states)
      leaf_buffers_[static_cast<size_t>(state.node.index)] =
          add_buffer(state.name, BufferKind::State, Rows::Samples, graph_.type(state.node));
  }

  // --- placement ---

  TimeClass time_class(NodeId id) const { return plan_.time_classes[static_cast<size_t>(id.index)]; }
  Placement placement(NodeId id) const { return plan_.placements[static_cast<size_t>(id.index)]; }
  bool needs_state(NodeId id) const {
    return time_class(id) == TimeClass::Carried || time_class(id) == TimeClass::OutputOnly;
  }

  Phase home(NodeId id) const { return homes_[static_cast<size_t>(id.index)]; }

  // Whether a value used in `phase` comes out of memory.
  bool comes_from_memory(NodeId id, Phase phase) const {
    if (graph_[id].op == Op::State) return phase == Phase::After;
    if (is_leaf(graph_[id].op)) return false;
    if (in_memory_[static_cast<size_t>(id.index)]) return true;
    if (is_view(graph_[id].op)) return false;
    if (placement(id) == Placement::Anywhere) return phase == Phase::After && needs_state(id);
    return home(id) != phase;
  }

  // The buffer that holds a value for users in `phase`; computed when first asked for.
  BufferId memory_of(NodeId id, Phase phase) {
    const Phase at = home(id);
    auto [it, is_new] = memory_.try_emplace(id);
    if (is_new) {
      const Node& node = graph_[id];
      const Rows rows = at == Phase::Before || at == Phase::After ? Rows::Steps
                        : at == Phase::Step || node.type.batched  ? Rows::Samples
                                                                  : Rows::One;
      const std::string name = node.name.empty() ? fmt::format("v{}", id.index) : node.name;
      it->second = add_buffer(name, BufferKind::Temporary, rows, node.type);
      compute(id, at, it->second);
    }
    const BufferId buffer = memory_.at(id);
    if (at == Phase::Step && phase == Phase::After) program_[buffer].rows = Rows::Steps;
    return buffer;
  }

  // --- nests ---

  void compute(NodeId id, Phase phase, BufferId buffer) {
    const Node& node = graph_[id];
    if (node.op == Op::Concatenate) return compute_parts(node, phase, buffer);
    if (node.op == Op::Pad) return compute_padded(node, phase, buffer);
    Frame frame{phase, {node.type.dims}, {}};
    const int result = inlined(frame, id, identity_map(frame.loops()));
    store(frame, result, buffer, linearized(identity_map(frame.loops()), node.type.dims, frame.loops()), id);
    finish(frame, node.type.batched);
  }

  void compute_parts(const Node& node, Phase phase, BufferId buffer) {
    const auto axis = static_cast<size_t>(std::get<Axis>(node.attribute).axis);
    int64_t begin = 0;
    for (NodeId part : node.operands) {
      compute_inside(part, graph_.type(part).dims, axis, begin, node, phase, buffer);
      begin += graph_.type(part).dims[axis];
    }
  }

  // Stores a part at `begin` along one axis of the whole.
  void compute_inside(NodeId part, const Dims& dims, size_t axis, int64_t begin, const Node& whole,
                      Phase phase, BufferId buffer) {
    Frame frame{phase, {dims}, {}};
    const int result = value(frame, part, identity_map(frame.loops()));
    IndexMap map = identity_map(frame.loops());
    map[axis].offset = begin;
    store(frame, result, buffer, linearized(map, whole.type.dims, frame.loops()), part);
    finish(frame, whole.type.batched);
  }

  void compute_padded(const Node& node, Phase phase, BufferId buffer) {
    const Dims& dims = node.type.dims;
    Frame fill{phase, {dims}, {}};
    store(fill, value(fill, node.operands[1], {}), buffer,
          linearized(identity_map(fill.loops()), dims, fill.loops()), node.operands[1]);
    finish(fill, node.type.batched);
    Frame inner{phase, {graph_.type(node.operands[0]).dims}, {}};
    const int result = value(inner, node.operands[0], identity_map(inner.loops()));
    IndexMap map = identity_map(inner.loops());
    for (size_t axis = 0; axis < map.size(); ++axis)
      map[axis].offset = std::get<Padding>(node.attribute).before[axis];
    store(inner, result, buffer, linearized(map, dims, inner.loops()), node.operands[0]);
    finish(inner, node.type.batched);
  }

  void lower_next_state(size_t i) {
    const State& state = graph_.states[i];
    Frame frame{Phase::Step, {graph_.type(state.node).dims}, {}};
    const int result = value(frame, state.next, identity_map(frame.loops()));
    Instruction& instruction =
        store(frame, result, leaf_buffers_[static_cast<size_t>(state.node.index)],
              linearized(identity_map(frame.loops()), frame.stage.extents, frame.loops()), state.next);
    instruction.access.time = Time::Next;
    if (r_.masking != Masking::None) instruction.guard = Guard::Hold;
    finish(frame, true);
  }

  void lower_output(size_t i) {
    const NodeId node = graph_.outputs[i].node;
    const Phase phase = home(node) == Phase::Once ? Phase::Step : home(node);
    Frame frame{phase, {graph_.type(node).dims}, {}};
    const int result = value(frame, node, identity_map(frame.loops()));
    Instruction& instruction =
        store(frame, result, outputs_[i],
              linearized(identity_map(frame.loops()), frame.stage.extents, frame.loops()), node);
    if (r_.masking != Masking::None) instruction.guard = r_.zero_output_for_mask ? Guard::Zero : Guard::Hold;
    finish(frame, true);
  }

  // What happens once a call at either end: states in and out, the last output, the slots behind the last
  // step.
  void lower_ends() {
    for (size_t i = 0; i < graph_.states.size(); ++i) {
      const BufferId state = leaf_buffers_[static_cast<size_t>(graph_.states[i].node.index)];
      copy(program_.setup, initial_[i], Time::Current, state);
      copy(program_.finish, state, Time::Current, finals_[i]);
    }
    for (size_t i = 0; i < graph_.outputs.size(); ++i) {
      copy(program_.finish, outputs_[i], Time::Previous, last_outputs_[i]);
      if (!r_.input_length) continue;
      Frame frame{Phase::Step, {{program_[outputs_[i]].elements}}, {}};
      const DType dtype = program_[outputs_[i]].dtype;
      const int zero =
          literal(frame, *convert_number(LiteralValue{0.0}, dtype), dtype, graph_.outputs[i].node);
      store(frame, zero, outputs_[i], identity_map(1)[0], graph_.outputs[i].node);
      program_.tail.push_back({Rows::Samples, {frame.stage}, LoopOrder::RowsOutside});
    }
  }

  void copy(std::vector<Nest>& phase, BufferId from, Time time, BufferId to) {
    Frame frame{Phase::Step, {{program_[from].elements}}, {}};
    const int result = load(frame, from, identity_map(1)[0], {});
    frame.stage.body.back().access.time = time;
    store(frame, result, to, identity_map(1)[0], {});
    phase.push_back({Rows::Samples, {frame.stage}, LoopOrder::RowsOutside});
  }

  void finish(Frame& frame, bool batched) {
    const Nest nest{frame.phase == Phase::Before || frame.phase == Phase::After ? Rows::Steps
                    : frame.phase == Phase::Step || batched                     ? Rows::Samples
                                                                                : Rows::One,
                    {std::move(frame.stage)},
                    LoopOrder::RowsOutside};
    switch (frame.phase) {
      case Phase::Once:
        (nest.rows == Rows::One ? program_.prepare : program_.once).push_back(nest);
        break;
      case Phase::Before:
        program_.before.push_back(nest);
        break;
      case Phase::Step:
        program_.step.push_back(nest);
        break;
      case Phase::After:
        program_.after.push_back(nest);
        break;
    }
  }

  // --- instructions ---

  int append(Frame& frame, Instruction instruction) {
    frame.stage.body.push_back(std::move(instruction));
    return static_cast<int>(frame.stage.body.size()) - 1;
  }

  Access access(BufferId buffer, const Affine& position) const {
    Access result{buffer, Time::Current, position.offset, position.factors, position.factors.back()};
    result.strides.pop_back();
    return result;
  }

  int literal(Frame& frame, LiteralValue number, DType dtype, NodeId origin) {
    Instruction instruction;
    instruction.opcode = Opcode::Literal;
    instruction.dtype = dtype;
    instruction.literal = number;
    instruction.origin = origin;
    return append(frame, std::move(instruction));
  }

  int load(Frame& frame, BufferId buffer, const Affine& position, NodeId origin) {
    Instruction instruction;
    instruction.opcode = Opcode::Load;
    instruction.dtype = program_[buffer].dtype;
    instruction.access = access(buffer, position);
    instruction.origin = origin;
    return append(frame, std::move(instruction));
  }

  Instruction& store(Frame& frame, int operand, BufferId buffer, const Affine& position, NodeId origin) {
    Instruction instruction;
    instruction.opcode = Opcode::Store;
    instruction.dtype = program_[buffer].dtype;
    instruction.operands = {operand};
    instruction.access = access(buffer, position);
    instruction.origin = origin;
    append(frame, std::move(instruction));
    return frame.stage.body.back();
  }

  // --- expressions ---

  // The element of a node at `map`, from memory or computed on the spot.
  int value(Frame& frame, NodeId id, const IndexMap& map) {
    std::pair<NodeId, std::vector<int64_t>> key{id, {}};
    for (const Affine& axis : map) {
      key.second.push_back(axis.offset);
      key.second.insert(key.second.end(), axis.factors.begin(), axis.factors.end());
    }
    if (const auto found = frame.known.find(key); found != frame.known.end()) return found->second;
    const int result = comes_from_memory(id, frame.phase)
                           ? load(frame, memory_of(id, frame.phase),
                                  linearized(map, graph_[id].type.dims, frame.loops()), id)
                           : inlined(frame, id, map);
    frame.known.emplace(std::move(key), result);
    return result;
  }

  int inlined(Frame& frame, NodeId id, const IndexMap& map) {
    const Node& node = graph_[id];
    switch (node.op) {
      case Op::Literal:
        return literal(frame, std::get<LiteralValue>(node.attribute), node.type.dtype, id);
      case Op::Input:
      case Op::State:
      case Op::Constant:
      case Op::Weight:
        return load(frame, leaf_buffers_[static_cast<size_t>(id.index)],
                    linearized(map, node.type.dims, frame.loops()), id);
      case Op::Broadcast:
        return value(frame, node.operands[0], through_broadcast(map, operand_dims(node, 0)));
      case Op::Slice:
        return value(frame, node.operands[0], through_slice(map, std::get<SliceRanges>(node.attribute)));
      case Op::Transpose:
        return value(frame, node.operands[0], through_transpose(map, std::get<Axes>(node.attribute).axes));
      case Op::Reshape: {
        if (const auto inner = through_reshape(map, operand_dims(node, 0), node.type.dims, frame.loops()))
          return value(frame, node.operands[0], *inner);
        const Access place = access_of(frame, id, map);
        Affine position{place.offset, place.strides};
        position.factors.push_back(place.k_stride);
        return load(frame, place.buffer, position, id);
      }
      case Op::Dot:
        return contraction(frame, id, map);
      case Op::Sum:
      case Op::Max:
      case Op::Min:
      case Op::Product:
        return reduction(frame, id, map);
      case Op::Gather:
        return gather(frame, id, map);
      case Op::Concatenate:
      case Op::Pad:
        break;
      default:
        return elementwise(frame, id, map);
    }
    RONDO_CHECK(false, "a value that must be in memory was inlined");
  }

  const Dims& operand_dims(const Node& node, size_t i) const { return graph_.type(node.operands[i]).dims; }

  int elementwise(Frame& frame, NodeId id, const IndexMap& map) {
    const Node& node = graph_[id];
    Instruction instruction;
    instruction.opcode = Opcode::Compute;
    instruction.op = node.op;
    instruction.dtype = node.type.dtype;
    instruction.origin = id;
    for (size_t i = 0; i < node.operands.size(); ++i)
      instruction.operands.push_back(
          value(frame, node.operands[i], through_broadcast(map, operand_dims(node, i))));
    return append(frame, std::move(instruction));
  }

  // Where an operand that must be in memory stands: a leaf, a value that is kept, or a view of either.
  // Anything else is computed into memory first.
  Access access_of(Frame& frame, NodeId id, const IndexMap& map) {
    const Node& node = graph_[id];
    const bool is_memory = node.op != Op::Literal &&
                           (is_leaf(node.op) || comes_from_memory(id, frame.phase) || memory_.contains(id));
    if (!is_memory) {
      if (node.op == Op::Broadcast)
        return access_of(frame, node.operands[0], through_broadcast(map, operand_dims(node, 0)));
      if (node.op == Op::Slice)
        return access_of(frame, node.operands[0], through_slice(map, std::get<SliceRanges>(node.attribute)));
      if (node.op == Op::Transpose)
        return access_of(frame, node.operands[0],
                         through_transpose(map, std::get<Axes>(node.attribute).axes));
      if (node.op == Op::Reshape) {
        if (const auto inner = through_reshape(map, operand_dims(node, 0), node.type.dims, frame.loops()))
          return access_of(frame, node.operands[0], *inner);
        // Dense memory does not care about its shape.
        return access(dense_memory(frame, node.operands[0]), linearized(map, node.type.dims, frame.loops()));
      }
    }
    return access(dense_memory(frame, id), linearized(map, node.type.dims, frame.loops()));
  }

  // Dense row-major memory of a value, made where there is none.
  BufferId dense_memory(Frame& frame, NodeId id) {
    const Op op = graph_[id].op;
    if (is_leaf(op) && op != Op::Literal && !comes_from_memory(id, frame.phase))
      return leaf_buffers_[static_cast<size_t>(id.index)];
    if (op == Op::Reshape) return dense_memory(frame, graph_[id].operands[0]);
    return memory_of(id, frame.phase);
  }

  // Loops that walk through an invariant in large strides read a copy that lies in their order.
  Access operand_access(Frame& frame, NodeId id, const IndexMap& map) {
    Access direct = access_of(frame, id, map);
    const bool strided = !direct.strides.empty() && frame.stage.extents.back() > 1 &&
                         direct.strides.back() != 0 && direct.strides.back() != 1;
    if (!strided || time_class(id) != TimeClass::Invariant || !is_view(graph_[id].op) || memory_.contains(id))
      return direct;
    context_.remark("lower",
                    fmt::format("{} is read across its rows: copied once, so that vectors load in one piece",
                                to_string(graph_[id].type)),
                    graph_[id].where);
    return access(memory_of(id, frame.phase), linearized(map, graph_[id].type.dims, frame.loops()));
  }

  int contraction(Frame& frame, NodeId id, const IndexMap& map) {
    const Node& node = graph_[id];
    const size_t batch = std::get<DotAxes>(node.attribute).lhs_batch.size();
    const size_t rows = operand_dims(node, 0).size() - batch - 1;
    const auto from = [&](size_t begin, size_t end) {
      return IndexMap(map.begin() + static_cast<std::ptrdiff_t>(begin),
                      map.begin() + static_cast<std::ptrdiff_t>(end));
    };
    IndexMap left = from(0, batch + rows), right = from(0, batch);
    left.push_back(sum_index(frame.loops()));
    right.push_back(sum_index(frame.loops()));
    const IndexMap columns = from(batch + rows, map.size());
    right.insert(right.end(), columns.begin(), columns.end());
    Instruction instruction;
    instruction.opcode = Opcode::Contract;
    instruction.dtype = node.type.dtype;
    instruction.access = operand_access(frame, node.operands[0], left);
    instruction.rhs = operand_access(frame, node.operands[1], right);
    instruction.k = operand_dims(node, 0).back();
    instruction.origin = id;
    return append(frame, std::move(instruction));
  }

  int reduction(Frame& frame, NodeId id, IndexMap map) {
    const Node& node = graph_[id];
    map.push_back(sum_index(frame.loops()));
    Instruction instruction;
    instruction.opcode = Opcode::Reduce;
    instruction.op = node.op;
    instruction.dtype = node.type.dtype;
    instruction.access = access_of(frame, node.operands[0], map);
    instruction.k = operand_dims(node, 0).back();
    instruction.origin = id;
    return append(frame, std::move(instruction));
  }

  // The gathered axis takes the place of k: its stride times the index is added to the address.
  int gather(Frame& frame, NodeId id, const IndexMap& map) {
    const Node& node = graph_[id];
    const auto axis = static_cast<size_t>(std::get<Axis>(node.attribute).axis);
    const size_t index_rank = operand_dims(node, 1).size();
    const auto at = [&](size_t i) { return map.begin() + static_cast<std::ptrdiff_t>(i); };
    const int index = value(frame, node.operands[1], IndexMap(at(axis), at(axis + index_rank)));
    IndexMap source(map.begin(), at(axis));
    source.push_back(sum_index(frame.loops()));
    source.insert(source.end(), at(axis + index_rank), map.end());
    Instruction instruction;
    instruction.opcode = Opcode::Load;
    instruction.dtype = node.type.dtype;
    instruction.operands = {index};
    instruction.access = access_of(frame, node.operands[0], source);
    instruction.k = operand_dims(node, 0)[axis];
    instruction.origin = id;
    return append(frame, std::move(instruction));
  }

  const Recurrence& r_;
  const StepGraph& graph_;
  Context& context_;
  const Plan& plan_;
  std::vector<bool> in_memory_;
  std::vector<Phase> homes_;
  std::vector<BufferId> leaf_buffers_;  // by node
  std::vector<BufferId> initial_, outputs_, last_outputs_, finals_;
  std::map<NodeId, BufferId> memory_;
  LoopProgram program_;
};

}  // namespace

LoopProgram lower(const Recurrence& recurrence, Context& context) {
  return Lowering(recurrence, context).run();
}

}  // namespace rondo::passes
