// What must hold of every step graph, whoever made it.
#pragma once

#include <string>

#include "ir/recurrence.h"

namespace rondo::ir {

/// Checks: operands stand before their users and are as many as the operation takes; each type is what the
/// shape rules give; leaves and their lists point at one another; next states have the type of their state;
/// there is an output. Returns what is wrong, naming the node and its source line, or an empty string.
std::string verify(const StepGraph& graph);

}  // namespace rondo::ir
