#include "passes/canonicalize_sums.h"

#include <algorithm>

#include "passes/graph_rewriter.h"

namespace rondo::passes {

using namespace ir;

namespace {

bool contains(const std::vector<int>& axes, int axis) {
  return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

bool is_identity(const std::vector<int>& axes) {
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i] != static_cast<int>(i)) return false;
  return true;
}

// Transposes to the given order of axes and joins axes [first, first + count) into one.
NodeId arrange(GraphRewriter& g, NodeId x, const std::vector<int>& order, size_t first, size_t count,
               const Node& like) {
  if (!is_identity(order)) x = g.make(Op::Transpose, {x}, Axes{order}, like);
  if (count == 1) return x;
  const Dims& dims = g.result().type(x).dims;
  Dims joined(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(first));
  int64_t k = 1;
  for (size_t i = first; i < first + count; ++i) k *= dims[i];
  joined.push_back(k);
  joined.insert(joined.end(), dims.begin() + static_cast<std::ptrdiff_t>(first + count), dims.end());
  return g.make(Op::Reshape, {x}, {}, like, Type{DType::F32, false, joined});
}

std::vector<int> free_axes(int rank, const std::vector<int>& contracted, const std::vector<int>& batch) {
  std::vector<int> result;
  for (int axis = 0; axis < rank; ++axis)
    if (!contains(contracted, axis) && !contains(batch, axis)) result.push_back(axis);
  return result;
}

std::vector<int> joined(std::vector<int> a, const std::vector<int>& b, const std::vector<int>& c) {
  a.insert(a.end(), b.begin(), b.end());
  a.insert(a.end(), c.begin(), c.end());
  return a;
}

std::optional<NodeId> canonical_product(GraphRewriter& g, const Node& node) {
  DotAxes axes = std::get<DotAxes>(node.attribute);
  NodeId left = node.operands[0], right = node.operands[1];
  std::vector<int> free_left = free_axes(g.result().type(left).rank(), axes.lhs_contract, axes.lhs_batch);
  std::vector<int> free_right = free_axes(g.result().type(right).rank(), axes.rhs_contract, axes.rhs_batch);
  if (free_right.empty() && !free_left.empty()) {
    std::swap(left, right);
    std::swap(free_left, free_right);
    std::swap(axes.lhs_contract, axes.rhs_contract);
    std::swap(axes.lhs_batch, axes.rhs_batch);
  }
  const size_t batch = axes.lhs_batch.size(), summed = axes.lhs_contract.size();
  left = arrange(g, left, joined(axes.lhs_batch, free_left, axes.lhs_contract), batch + free_left.size(),
                 summed, node);
  right = arrange(g, right, joined(axes.rhs_batch, axes.rhs_contract, free_right), batch, summed, node);
  DotAxes canonical;
  for (int axis = 0; axis < static_cast<int>(batch); ++axis) {
    canonical.lhs_batch.push_back(axis);
    canonical.rhs_batch.push_back(axis);
  }
  canonical.lhs_contract = {static_cast<int>(batch + free_left.size())};
  canonical.rhs_contract = {static_cast<int>(batch)};
  return g.make(Op::Dot, {left, right}, canonical, node);
}

std::optional<NodeId> canonical_reduction(GraphRewriter& g, const Node& node) {
  const std::vector<int>& axes = std::get<Axes>(node.attribute).axes;
  const int rank = g.result().type(node.operands[0]).rank();
  const std::vector<int> kept = free_axes(rank, axes, {});
  const NodeId x = arrange(g, node.operands[0], joined(kept, axes, {}), kept.size(), axes.size(), node);
  return g.make(node.op, {x}, Axes{{static_cast<int>(kept.size())}}, node);
}

}  // namespace

void canonicalize_sums(Recurrence& recurrence, Context&) {
  recurrence.step = GraphRewriter(recurrence.step)
                        .rewrite([](GraphRewriter& g, NodeId, const Node& node) -> std::optional<NodeId> {
                          if (node.op == Op::Dot) return canonical_product(g, node);
                          if (category_of(node.op) == OpCategory::Reduction)
                            return canonical_reduction(g, node);
                          return std::nullopt;
                        });
}

}  // namespace rondo::passes
