#include "passes/remove_dead_nodes.h"

#include <fmt/format.h>

#include "passes/graph_rewriter.h"

namespace rondo::passes {

void remove_dead_nodes(ir::Recurrence& recurrence, Context& context) {
  const int before = recurrence.step.size();
  recurrence.step = GraphRewriter(recurrence.step).rewrite([](GraphRewriter&, ir::NodeId, const ir::Node&) {
    return std::nullopt;
  });
  if (recurrence.step.size() < before)
    context.remark("remove-dead", fmt::format("{} of {} nodes are needed", recurrence.step.size(), before));
}

}  // namespace rondo::passes
