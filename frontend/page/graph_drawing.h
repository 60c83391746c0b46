// The step graph as a drawing: SVG to stand in an HTML page.
#pragma once

#include <string>

#include "passes/pass_manager.h"

namespace rondo::page {

/// Operations that a drawing shows at most: of more, nobody sees anything.
inline constexpr int most_drawn = 600;

/// The graph as the passes left it, from leaves at the top to outputs and next states at the bottom; views
/// are small, operations have the class `time-CLASS` of when they can run, and `data-lines`, the line of
/// source that they come from. Literals stand within the operations that use them. A sentence instead where
/// there are more than `most_drawn`.
std::string draw_graph(const passes::Pipeline& pipeline);

}  // namespace rondo::page
