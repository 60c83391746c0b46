#include "ir/graph_verifier.h"

#include <fmt/format.h>

#include "ir/shape_rules.h"

namespace rondo::ir {

namespace {

std::string describe(const StepGraph& graph, int32_t index) {
  const Node& node = graph[NodeId{index}];
  std::string out =
      fmt::format("node {} ({}{}{})", index, name_of(node.op), node.name.empty() ? "" : " ", node.name);
  if (node.where.source) out += fmt::format(" from {}:{}", node.where.source->name, node.where.line);
  return out;
}

std::string check_node(const StepGraph& graph, int32_t index) {
  const Node& node = graph[NodeId{index}];
  const int wanted = operand_count(node.op);
  if (wanted >= 0 && static_cast<int>(node.operands.size()) != wanted)
    return fmt::format("{} has {} operands, not {}", describe(graph, index), node.operands.size(), wanted);
  std::vector<Type> types;
  for (NodeId operand : node.operands) {
    if (operand.index < 0 || operand.index >= index)
      return fmt::format("{} uses node {}, which does not stand before it", describe(graph, index),
                         operand.index);
    types.push_back(graph.type(operand));
  }
  std::string problem;
  const std::optional<Type> type = infer_type(node.op, types, node.attribute, node.type, problem);
  if (!type) return fmt::format("{}: {}", describe(graph, index), problem);
  if (*type != node.type)
    return fmt::format("{} has the type {}, but its operands give {}", describe(graph, index),
                       to_string(node.type), to_string(*type));
  return {};
}

template <class List>
std::string check_leaves(const StepGraph& graph, const List& list, Op op) {
  for (size_t i = 0; i < list.size(); ++i) {
    const NodeId id = list[i].node;
    if (id.index < 0 || id.index >= graph.size())
      return fmt::format("{} '{}' has no node", name_of(op), list[i].name);
    const auto* leaf = std::get_if<LeafIndex>(&graph[id].attribute);
    if (graph[id].op != op || !leaf || leaf->index != static_cast<int>(i))
      return fmt::format("{} does not stand for {} '{}'", describe(graph, id.index), name_of(op),
                         list[i].name);
  }
  return {};
}

}  // namespace

std::string verify(const StepGraph& graph) {
  for (int32_t i = 0; i < graph.size(); ++i)
    if (std::string problem = check_node(graph, i); !problem.empty()) return problem;
  if (std::string problem = check_leaves(graph, graph.inputs, Op::Input); !problem.empty()) return problem;
  if (std::string problem = check_leaves(graph, graph.states, Op::State); !problem.empty()) return problem;
  if (std::string problem = check_leaves(graph, graph.constants, Op::Constant); !problem.empty())
    return problem;
  if (std::string problem = check_leaves(graph, graph.weights, Op::Weight); !problem.empty()) return problem;
  for (const State& state : graph.states) {
    if (state.next.index < 0 || state.next.index >= graph.size())
      return fmt::format("state '{}' has no next value", state.name);
    const Type &before = graph.type(state.node), &after = graph.type(state.next);
    if (before.dtype != after.dtype || before.dims != after.dims)
      return fmt::format("state '{}' is {}, its next value {}", state.name, to_string(before),
                         to_string(after));
  }
  if (graph.outputs.empty()) return fmt::format("cell '{}' has no output", graph.name);
  for (const Output& output : graph.outputs)
    if (output.node.index < 0 || output.node.index >= graph.size())
      return fmt::format("output '{}' has no node", output.name);
  return {};
}

}  // namespace rondo::ir
