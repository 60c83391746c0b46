// All that `rondo run` needs before it compiles: a recurrence and arrays that fit it.
#pragma once

#include <optional>

#include "frontend/cli/array_files.h"
#include "frontend/cli/options.h"
#include "ir/arguments.h"

namespace rondo::cli {

struct Job {
  ir::Recurrence recurrence;
  LoadedArrays arrays;
  ir::Extents extents;
};

/// Makes a job of a cell and its arrays, which have their names: takes the options, converts the arrays, and
/// checks that all fits together.
std::optional<Job> make_job(ir::Recurrence recurrence, LoadedArrays arrays, const RecurrenceOptions& options,
                            ir::Diagnostics& diagnostics);

/// Reads cell and arrays, finds the sizes of the cell in them, and checks that all fits together. The number
/// of steps is then known: the recurrence is fixed to it.
std::optional<Job> load_job(const CellOptions& cell, const RecurrenceOptions& options,
                            const ArrayFiles& files, ir::Diagnostics& diagnostics);

}  // namespace rondo::cli
