// The type of a node from the types of its operands: the one place that knows each operation's shape rule.
#pragma once

#include <string>
#include <vector>

#include "ir/step_graph.h"

namespace rondo::ir {

/// Type of `op` over `operands`. For Cast, Reshape and Broadcast `wanted` holds the element type or extents
/// asked for. Where the operands do not fit, nothing, and `problem` says what was expected and what was
/// found, with all the shapes. Leaves and literals have the type that they were declared with and are not
/// asked here.
std::optional<Type> infer_type(Op op, const std::vector<Type>& operands, const Attribute& attribute,
                               const Type& wanted, std::string& problem);

}  // namespace rondo::ir
