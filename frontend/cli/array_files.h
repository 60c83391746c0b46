// Arrays of a job: read from files, given their names, and converted to the types that the cell wants.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "frontend/cli/options.h"
#include "ir/arguments.h"

namespace rondo::cli {

/// Names of the leaves of a cell.
struct LeafNames {
  std::vector<std::string> inputs, states, constants, weights;

  static LeafNames of(const ir::StepGraph& step);
};

/// Arrays by name, and where each came from: "x.npy", "weights.npz".
struct LoadedArrays {
  ir::Arguments arguments;
  std::map<std::string, std::string> origins;

  /// Extents for one sample, by the name of the leaf.
  std::map<std::string, ir::Dims> per_sample_shapes() const;
};

/// Reads all files. Names that were left out are found where `names` has a single one of the kind. Reports
/// what cannot be read, and names that are missing or not known. Without `names` (a cell that is not
/// well-formed) nothing is said of names.
std::optional<LoadedArrays> read_array_files(const ArrayFiles& files, const std::optional<LeafNames>& names,
                                             const std::string& cell, ir::Diagnostics& diagnostics);

/// Converts arrays to the types that the leaves have, where that is safe or usual: between floats, integers
/// to floats, integers to integers that hold them. Reports all that cannot be.
bool convert_arrays(const ir::StepGraph& step, LoadedArrays& arrays, ir::Diagnostics& diagnostics);

/// Likewise for one array; `what` says in messages what it is: "input 'x'".
std::optional<ir::Tensor> convert_array(const ir::Tensor& tensor, ir::DType dtype, const std::string& what,
                                        ir::Diagnostics& diagnostics);

}  // namespace rondo::cli
