// C programs that call cells compiled ahead of time, and compare what they return.
#pragma once

#include <string>

#include "ir/arguments.h"
#include "ir/recurrence.h"

namespace rondo::tests {

/// One cell with arguments, and what it should return.
struct DrivenCell {
  std::string prefix;  ///< of its names in C; its header is PREFIX.h
  ir::Recurrence recurrence;
  ir::Arguments arguments;
  ir::Results results;
  bool weights_inside = false;
  /// Whether memcheck is told that nobody has written the workspace. Kernels may compute masked steps from
  /// what happens to lie there, and drop the results: that matters to memcheck where a branch or, clamped, an
  /// index comes of it.
  bool workspace_is_unwritten = true;
  /// Of an object with several kernels: the level of x86-64 to run, or what the object chooses.
  enum class Level { Only, Chosen, V2 = 2, V3 = 3, V4 = 4 } level = Level::Only;
};

/// A C99 and C++ file with `int check_PREFIX(void)`: 0 where every bit is as it should be (NaN equals NaN),
/// else the line of the comparison that failed. It wants nothing of a C library.
std::string driver_text(const DrivenCell& cell);

/// A program that calls the checks of all cells, and prints a line "PREFIX STATUS" for each. On WebAssembly
/// there is no printing: it exports the checks.
std::string main_text(const std::vector<DrivenCell>& cells);

}  // namespace rondo::tests
