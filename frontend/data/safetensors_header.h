// The JSON header of a .safetensors file, read as it streams by: no document is built, so that what a hostile
// header takes in memory is bounded by its entries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/type.h"

namespace rondo::data {

struct SafetensorsEntry {
  std::string name;
  std::string dtype;
  ir::Dims shape;
  /// First byte and the one behind the last, counted from the end of the header.
  std::vector<uint64_t> offsets;
};

/// Parses `{"W": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {...}}`. Where
/// the text is not of this form, returns nothing and says what is wrong in `problem`.
std::optional<std::vector<SafetensorsEntry>> parse_safetensors_header(std::string_view json,
                                                                      std::string& problem);

}  // namespace rondo::data
