// Rebuilding a step graph node by node: the frame of every graph pass that makes new nodes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ir/step_graph.h"

namespace rondo::passes {

/// Copies a graph into a new one, leaves first, then what outputs and next states need. Equal nodes become
/// one.
class GraphRewriter {
 public:
  /// Makes the replacement of an old node, given its operands in the new graph; nothing keeps the node as it
  /// is.
  using Replace =
      std::function<std::optional<ir::NodeId>(GraphRewriter&, ir::NodeId old, const ir::Node& node)>;

  explicit GraphRewriter(const ir::StepGraph& source);

  /// The whole graph with `replace` asked for every node that is no leaf. In the node it is handed the
  /// operands are those of the new graph.
  ir::StepGraph rewrite(const Replace& replace);

  const ir::StepGraph& source() const { return source_; }
  const ir::StepGraph& result() const { return result_; }
  /// The new node that stands for an old one, which must have been visited.
  ir::NodeId mapped(ir::NodeId old) const { return map_[static_cast<size_t>(old.index)]; }

  /// Adds a node to the new graph; the type follows from the shape rules. `like` lends name and location.
  ir::NodeId make(ir::Op op, std::vector<ir::NodeId> operands, ir::Attribute attribute, const ir::Node& like,
                  const ir::Type& wanted = {});

 private:
  void copy_leaves();

  const ir::StepGraph& source_;
  ir::StepGraph result_;
  std::vector<ir::NodeId> map_;
};

/// Which nodes an output or a next state needs.
std::vector<bool> needed_nodes(const ir::StepGraph& graph);

}  // namespace rondo::passes
