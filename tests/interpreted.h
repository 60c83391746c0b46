// Kernels beside the interpreter, over random arrays: the bits must be the same.
#pragma once

#include <map>
#include <span>
#include <string>

#include "frontend/engine/engine.h"
#include "ir/recurrence.h"

namespace rondo::tests {

/// A cell of cells/, by its file's name.
ir::Recurrence ready_cell(const std::string& name, const std::map<std::string, int64_t>& sizes);

/// Fails the test where the cell does not compile.
engine::Compiled compile(const ir::Recurrence& recurrence, const passes::Options& options);

/// Runs calls of each batch with each number of threads three times over `time` steps, and fails the test
/// where outputs, last outputs or states are not the interpreter's to the bit.
void require_interpreters_bits(const ir::Recurrence& recurrence, const engine::Compiled& compiled,
                               std::span<const int64_t> batches, int64_t time, std::span<const int> threads);

}  // namespace rondo::tests
