// What commands work on that run nothing: a recurrence, and weights where they are given.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "frontend/cli/options.h"
#include "ir/recurrence.h"
#include "ir/tensor.h"

namespace CLI {
class App;
}

namespace rondo::cli {

/// What arrays would tell when running.
struct KnownOptions {
  std::optional<std::string> weights;  ///< a file
  std::optional<int64_t> time;
  std::string masking;  ///< "none", "mask", "lengths"; empty: as the file has it
};

struct CellJob {
  ir::Recurrence recurrence;
  std::map<std::string, ir::Tensor> weights;  ///< empty where no file is given
};

/// --weights, --time and --masking.
void add_known_options(CLI::App& app, KnownOptions& options);

/// Reads cell and weights, finds sizes of the cell in the shapes of the weights, and checks the recurrence.
std::optional<CellJob> load_cell_job(const CellOptions& cell, const RecurrenceOptions& recurrence,
                                     const KnownOptions& known, ir::Diagnostics& diagnostics);

}  // namespace rondo::cli
