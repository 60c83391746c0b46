// Weights of a cell from a file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/diagnostics.h"
#include "ir/step_graph.h"
#include "ir/tensor.h"

namespace rondo::data {

/// The arrays of a .npz or .safetensors file that bear the names of the cell's weights, in the order in which
/// the cell declares them; f32 and f64 are converted to what the cell wants. Arrays of other names are of no
/// concern. Reports a file that cannot be read, and each weight that is missing or of another shape or type.
std::optional<std::vector<ir::Tensor>> read_weights(const std::string& path, const ir::StepGraph& step,
                                                    ir::Diagnostics& diagnostics);

}  // namespace rondo::data
