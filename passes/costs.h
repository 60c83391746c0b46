// Rough costs of operations, in vector instructions an element: what placement and inlining decide by.
#pragma once

#include <algorithm>

#include "ir/loop_program.h"
#include "ir/step_graph.h"

namespace rondo::passes {

/// Vector instructions of an element-wise operation on one vector: 1 for an addition, about 24 for an
/// exponential.
inline int64_t element_cost(ir::Op op) {
  switch (op) {
    case ir::Op::Exp:
    case ir::Op::Log:
    case ir::Op::Sigmoid:
    case ir::Op::Tanh:
    case ir::Op::SigmoidFast:
    case ir::Op::TanhFast:
      return 24;
    case ir::Op::Sin:
    case ir::Op::Cos:
    case ir::Op::Erf:
    case ir::Op::Power:
      return 80;
    case ir::Op::Divide:
    case ir::Op::Sqrt:
      return 6;
    default:
      return 1;  // one instruction, or two or three
  }
}

/// The same for one element of a node's result; contractions and reductions count their terms. Views and
/// leaves are free.
inline int64_t cost_of(const ir::StepGraph& graph, ir::NodeId id) {
  const ir::Node& node = graph[id];
  switch (node.op) {
    case ir::Op::Dot: {
      int64_t terms = 1;
      for (int axis : std::get<ir::DotAxes>(node.attribute).lhs_contract)
        terms *= graph.type(node.operands[0]).dims[static_cast<size_t>(axis)];
      return 8 + terms;
    }
    case ir::Op::Sum:
    case ir::Op::Max:
    case ir::Op::Min:
    case ir::Op::Product:
      return 8 + graph.type(node.operands[0]).count() / std::max<int64_t>(1, node.type.count());
    case ir::Op::Concatenate:
    case ir::Op::Pad:
    case ir::Op::Gather:
      return 4;
    default:
      return ir::is_elementwise(node.op) ? element_cost(node.op) : 0;
  }
}

/// From this cost on a value is not computed twice, and is worth moving in time.
inline constexpr int64_t costly = 6;

/// Whether a stage computes functions of many instructions, and not only sums and simple arithmetic.
inline bool has_activations(const ir::Stage& stage) {
  return std::any_of(stage.body.begin(), stage.body.end(), [](const ir::Instruction& instruction) {
    return instruction.opcode == ir::Opcode::Compute && element_cost(instruction.op) >= costly;
  });
}

/// Vectors of weights that arrive in a cycle, by how many bytes of them a step reads again and again: they
/// stay in the first, the second or the last level of cache, of usual sizes.
inline double weights_a_cycle(double bytes) {
  constexpr double first_level = 24 * 1024, second_level = 384 * 1024;
  return bytes <= first_level ? 2 : bytes <= second_level ? 1 : 0.5;
}

/// Multiply-adds, or other simple vector operations, in a cycle.
inline constexpr double operations_a_cycle = 2;

/// Steps that run together ahead of the loop and behind it. Samples across lanes have more: arrays that have
/// the steps of a sample side by side are read and written in pieces as long as that, and memory is slow
/// where these are short.
inline int64_t steps_of_block(const ir::LoopProgram& program) {
  return program.samples_across_lanes ? 64 : 32;
}

/// Reshape, Transpose, Broadcast, Slice: an index map over another value.
inline bool is_view(ir::Op op) {
  return op == ir::Op::Reshape || op == ir::Op::Transpose || op == ir::Op::Broadcast || op == ir::Op::Slice;
}

inline bool is_leaf(ir::Op op) {
  return ir::category_of(op) == ir::OpCategory::Leaf;
}

}  // namespace rondo::passes
