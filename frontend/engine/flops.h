// How much arithmetic a step asks for.
#pragma once

#include "ir/step_graph.h"

namespace rondo::engine {

/// Multiply-adds of all contractions of one step for one sample, counted twice. What else a step does is left
/// out: of a cell that has contractions it is little.
double flops_of_step(const ir::StepGraph& step);

}  // namespace rondo::engine
