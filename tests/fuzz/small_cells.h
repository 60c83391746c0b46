// Cells out of texts that anybody may have written.
#pragma once

#include <vector>

#include "ir/recurrence.h"
#include "tests/fuzz/targets.h"

namespace rondo::fuzz {

/// The cells of a text, if it is one, that are small enough to be run thousands of times; parameters without
/// a value are 3. Their options are not validated.
std::vector<ir::Recurrence> small_cells(Bytes text);

}  // namespace rondo::fuzz
