#include "frontend/engine/flops.h"

namespace rondo::engine {

double flops_of_step(const ir::StepGraph& step) {
  double flops = 0;
  for (int32_t i = 0; i < step.size(); ++i) {
    const ir::Node& node = step[ir::NodeId{i}];
    if (node.op != ir::Op::Dot) continue;
    double terms = 1;
    for (int axis : std::get<ir::DotAxes>(node.attribute).lhs_contract)
      terms *= static_cast<double>(step.type(node.operands[0]).dims[static_cast<size_t>(axis)]);
    flops += 2 * terms * static_cast<double>(node.type.count());
  }
  return flops;
}

}  // namespace rondo::engine
