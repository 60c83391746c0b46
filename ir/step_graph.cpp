#include "ir/step_graph.h"

#include <bit>
#include <functional>

namespace rondo::ir {

double LiteralValue::as_double() const {
  return std::visit([](auto v) { return static_cast<double>(v); }, value);
}

int64_t LiteralValue::as_integer() const {
  return std::holds_alternative<int64_t>(value) ? std::get<int64_t>(value)
                                                : static_cast<int64_t>(std::get<double>(value));
}

bool LiteralValue::operator==(const LiteralValue& other) const {
  if (value.index() != other.value.index()) return false;
  if (std::holds_alternative<int64_t>(value)) return value == other.value;
  return std::bit_cast<uint64_t>(std::get<double>(value)) ==
         std::bit_cast<uint64_t>(std::get<double>(other.value));
}

namespace {

// Need not see everything that tells nodes apart: `same` does.
size_t hash_of(const Node& node) {
  size_t hash = static_cast<size_t>(node.op);
  const auto mix = [&hash](size_t value) { hash = hash * 0x9e3779b97f4a7c15u + value + (hash >> 29); };
  for (NodeId operand : node.operands) mix(static_cast<size_t>(operand.index));
  for (int64_t extent : node.type.dims) mix(static_cast<size_t>(extent));
  mix(static_cast<size_t>(node.type.dtype));
  if (const auto* literal = std::get_if<LiteralValue>(&node.attribute))
    mix(std::hash<double>()(literal->as_double()));
  if (const auto* leaf = std::get_if<LeafIndex>(&node.attribute)) mix(static_cast<size_t>(leaf->index));
  if (const auto* ranges = std::get_if<SliceRanges>(&node.attribute))
    for (const SliceRange& range : ranges->axes) mix(static_cast<size_t>(range.start));
  return hash;
}

bool same(const Node& a, const Node& b) {
  return a.op == b.op && a.type == b.type && a.operands == b.operands && a.attribute == b.attribute;
}

}  // namespace

NodeId StepGraph::add(Node node) {
  const size_t hash = hash_of(node);
  for (auto [it, end] = by_hash_.equal_range(hash); it != end; ++it) {
    Node& found = nodes_[static_cast<size_t>(it->second.index)];
    if (!same(found, node)) continue;
    if (found.name.empty()) found.name = std::move(node.name);
    return it->second;
  }
  const NodeId id{size()};
  nodes_.push_back(std::move(node));
  by_hash_.emplace(hash, id);
  return id;
}

std::vector<int> StepGraph::use_counts() const {
  std::vector<int> counts(nodes_.size());
  for (const Node& node : nodes_)
    for (NodeId operand : node.operands) ++counts[static_cast<size_t>(operand.index)];
  for (const State& state : states)
    if (state.next.valid()) ++counts[static_cast<size_t>(state.next.index)];
  for (const Output& output : outputs) ++counts[static_cast<size_t>(output.node.index)];
  return counts;
}

const std::string& StepGraph::leaf_name(NodeId id) const {
  const Node& node = (*this)[id];
  const auto index = static_cast<size_t>(std::get<LeafIndex>(node.attribute).index);
  if (node.op == Op::Input) return inputs[index].name;
  if (node.op == Op::State) return states[index].name;
  if (node.op == Op::Constant) return constants[index].name;
  RONDO_CHECK(node.op == Op::Weight, "leaf_name of a node that is no leaf");
  return weights[index].name;
}

}  // namespace rondo::ir
