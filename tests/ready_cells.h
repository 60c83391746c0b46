// The ready cells of cells/.
#pragma once

#include <map>
#include <string>

#include "ir/recurrence.h"

namespace rondo::tests {

/// All of them, by the names of their files. Parameters without a size there become 4.
std::map<std::string, ir::Recurrence> ready_cells(const std::map<std::string, int64_t>& sizes);

}  // namespace rondo::tests
