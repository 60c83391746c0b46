// Whether the arrays of a call have as many axes as the cell wants.
#pragma once

#include "ir/arguments.h"

namespace rondo::cli {

/// Says of each array with too few or too many axes how many it should have. To be asked before sizes are
/// looked for in shapes: behind that, all that is known is that a size was not found. `step` may have any
/// sizes.
bool check_axes(const ir::StepGraph& step, const ir::Arguments& arguments, ir::Diagnostics& diagnostics);

}  // namespace rondo::cli
