// The .npz format of numpy: a zip archive of .npy files, an array each.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "ir/diagnostics.h"
#include "ir/tensor.h"

namespace rondo::data {

/// Reads all arrays, stored or deflated, by their names without ".npy"; element types as `read_npy`. Reports
/// what is wrong with each of them; an archive that would unpack to more than its compressed bytes can hold,
/// or than memory allows, is refused before it is unpacked.
std::optional<std::map<std::string, ir::Tensor>> read_npz(const std::string& path,
                                                          ir::Diagnostics& diagnostics);

enum class Compression { Stored, Deflated };

/// Writes an archive whole or not at all; the same arrays give the same bytes. Reports what the system says.
bool write_npz(const std::string& path, const std::map<std::string, ir::Tensor>& arrays,
               Compression compression, ir::Diagnostics& diagnostics);

}  // namespace rondo::data
