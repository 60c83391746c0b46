// Arrays from files, whatever the format.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "ir/diagnostics.h"
#include "ir/tensor.h"

namespace rondo::data {

/// The array of a .npy file. Reports a file that is missing, damaged, or of another format.
std::optional<ir::Tensor> read_array(const std::string& path, ir::Diagnostics& diagnostics);

/// The named arrays of a .npz or .safetensors file; the first bytes decide where the name does not end in
/// either. Reports a file that is missing, damaged, or of another format.
std::optional<std::map<std::string, ir::Tensor>> read_arrays(const std::string& path,
                                                             ir::Diagnostics& diagnostics);

}  // namespace rondo::data
