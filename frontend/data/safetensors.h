// The .safetensors format: a JSON header, then the elements. https://github.com/huggingface/safetensors
#pragma once

#include <map>
#include <optional>
#include <string>

#include "ir/diagnostics.h"
#include "ir/tensor.h"

namespace rondo::data {

/// Reads all arrays by name: BOOL, I8 to I64, U8 to U64, F16, BF16, F32, F64, widened as `read_npy` does
/// (BF16 becomes f32). Reports a header that is damaged or above 100 MB, element types that have no
/// counterpart (8-bit floats), and offsets that do not cover the data exactly, each byte once, as the format
/// demands.
std::optional<std::map<std::string, ir::Tensor>> read_safetensors(const std::string& path,
                                                                  ir::Diagnostics& diagnostics);

}  // namespace rondo::data
