// Syntax and sizes to a recurrence.
#pragma once

#include "frontend/text/sizes.h"
#include "ir/recurrence.h"

namespace rondo::text {

/// Builds the cell, with the cells that it uses, and reads its options. Nothing where a mistake was reported;
/// goes on after one, and stays silent about what only follows from it.
std::optional<ir::Recurrence> elaborate(const File& file, const CellSyntax& cell, const Sizes& sizes,
                                        ir::Diagnostics& diagnostics);

}  // namespace rondo::text
