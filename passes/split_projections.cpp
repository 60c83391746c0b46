#include "passes/split_projections.h"

#include <fmt/format.h>

#include "passes/graph_rewriter.h"

namespace rondo::passes {

using namespace ir;

namespace {

class Splitter {
 public:
  explicit Splitter(const StepGraph& source) : source_(source), uses_(source.use_counts()) {
    slices_.assign(uses_.size(), 0);
    for (int32_t i = 0; i < source.size(); ++i)
      if (source[NodeId{i}].op == Op::Slice)
        ++slices_[static_cast<size_t>(source[NodeId{i}].operands[0].index)];
  }

  std::optional<NodeId> operator()(GraphRewriter& rewriter, NodeId old, const Node& node) {
    if (node.op != Op::Slice) return std::nullopt;
    rewriter_ = &rewriter;
    const Node& original = source_[old];
    const NodeId whole = original.operands[0];
    // Where somebody needs the value as a whole, cutting its parts out of it costs nothing more.
    if (uses_[static_cast<size_t>(whole.index)] != slices_[static_cast<size_t>(whole.index)])
      return std::nullopt;
    like_ = &original;
    return sliced(whole, std::get<SliceRanges>(original.attribute), true);
  }

  int products = 0;

 private:
  bool only_user(NodeId id) const { return uses_[static_cast<size_t>(id.index)] == 1; }

  // The part `ranges` of an old node, built in the new graph from parts of its operands. `free` says that
  // nobody else needs the node as a whole.
  NodeId sliced(NodeId old, const SliceRanges& ranges, bool free) {
    const Node& node = source_[old];
    if (node.op == Op::Literal) return rewriter_->mapped(old);
    if (free && is_elementwise(node.op)) return sliced_elementwise(node, ranges);
    if (free && node.op == Op::Dot && is_dense(ranges)) return sliced_product(node, ranges);
    if (covers(ranges, node.type.dims)) return rewriter_->mapped(old);
    return rewriter_->make(Op::Slice, {rewriter_->mapped(old)}, ranges, *like_);
  }

  NodeId sliced_elementwise(const Node& node, const SliceRanges& ranges) {
    std::vector<NodeId> operands;
    for (NodeId operand : node.operands) {
      const Dims& dims = source_.type(operand).dims;
      SliceRanges own;
      const size_t missing = ranges.axes.size() - dims.size();
      for (size_t axis = 0; axis < dims.size(); ++axis) {
        const SliceRange& range = ranges.axes[axis + missing];
        // A broadcast axis keeps its one element, unless nothing at all is left of it.
        own.axes.push_back(dims[axis] == 1 && node.type.dims[axis + missing] != 1 ? SliceRange{0, 1, 1}
                                                                                  : range);
      }
      operands.push_back(sliced(operand, own, only_user(operand)));
    }
    return rewriter_->make(node.op, std::move(operands), node.attribute, node, node.type);
  }

  NodeId sliced_product(const Node& node, const SliceRanges& ranges) {
    const auto& axes = std::get<DotAxes>(node.attribute);
    size_t next = 0;
    const Dims &a = source_.type(node.operands[0]).dims, &b = source_.type(node.operands[1]).dims;
    SliceRanges of_a = whole(a), of_b = whole(b);
    for (size_t i = 0; i < axes.lhs_batch.size(); ++i, ++next)
      of_a.axes[static_cast<size_t>(axes.lhs_batch[i])] = of_b.axes[static_cast<size_t>(axes.rhs_batch[i])] =
          ranges.axes[next];
    const auto is_free = [](size_t axis, const std::vector<int>& contracted, const std::vector<int>& batch) {
      const auto in = [&](const std::vector<int>& list) {
        for (int other : list)
          if (other == static_cast<int>(axis)) return true;
        return false;
      };
      return !in(contracted) && !in(batch);
    };
    for (size_t axis = 0; axis < a.size(); ++axis)
      if (is_free(axis, axes.lhs_contract, axes.lhs_batch)) of_a.axes[axis] = ranges.axes[next++];
    for (size_t axis = 0; axis < b.size(); ++axis)
      if (is_free(axis, axes.rhs_contract, axes.rhs_batch)) of_b.axes[axis] = ranges.axes[next++];
    ++products;
    const NodeId left = sliced(node.operands[0], of_a, only_user(node.operands[0]));
    const NodeId right = sliced(node.operands[1], of_b, only_user(node.operands[1]));
    return rewriter_->make(Op::Dot, {left, right}, axes, node);
  }

  static bool is_dense(const SliceRanges& ranges) {
    for (const SliceRange& range : ranges.axes)
      if (range.step != 1) return false;
    return true;
  }

  static SliceRanges whole(const Dims& dims) {
    SliceRanges result;
    for (int64_t extent : dims) result.axes.push_back({0, 1, extent});
    return result;
  }

  static bool covers(const SliceRanges& ranges, const Dims& dims) { return ranges == whole(dims); }

  const StepGraph& source_;
  std::vector<int> uses_, slices_;
  GraphRewriter* rewriter_ = nullptr;
  const Node* like_ = nullptr;
};

}  // namespace

void split_projections(Recurrence& recurrence, Context& context) {
  const StepGraph source = recurrence.step;
  Splitter splitter(source);
  recurrence.step = GraphRewriter(source).rewrite(
      [&](GraphRewriter& rewriter, NodeId old, const Node& node) { return splitter(rewriter, old, node); });
  if (splitter.products > 0)
    context.remark(
        "split-projections",
        fmt::format("wide products cut into {} contractions over column slices of their weights; those that "
                    "share a left side run side by side",
                    splitter.products));
}

}  // namespace rondo::passes
