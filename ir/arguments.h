// The tensors of one call of a recurrence, and the check that they fit it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/diagnostics.h"
#include "ir/recurrence.h"
#include "ir/tensor.h"

namespace rondo::ir {

/// Tensors by the names that the step graph declares, in the layouts of the reference function: inputs (B, T,
/// ...) or, time-major, (T, B, ...); states and constants (B, ...); weights as declared. A state that is not
/// given is zeros.
struct Arguments {
  std::map<std::string, Tensor> inputs, states, constants, weights;
  std::optional<Tensor> mask;  ///< (B, T) or (B, T, 1), or time-major (T, B) ...; any type, kept where not 0
  std::optional<Tensor> lengths;  ///< (B,), integers
};

/// What the reference function returns, each list in the order of the step graph.
struct Results {
  std::vector<Tensor> last_output;  ///< (B, ...)
  std::vector<Tensor> outputs;      ///< (B, T, ...) or (T, B, ...), in processing order
  std::vector<Tensor> new_states;   ///< (B, ...)
};

/// Extents of one call.
struct Extents {
  int64_t batch = 0;
  int64_t time = 0;
  int64_t steps = 0;  ///< how many steps run: `time`, or less where `input_length` says so
};

/// Checks names, element types and shapes of every argument against the recurrence. Reports every misfit with
/// the shape that was expected and the one that was found; nothing then.
std::optional<Extents> check_arguments(const Recurrence& recurrence, const Arguments& arguments,
                                       Diagnostics& diagnostics);

/// Zeroed tensors of the shapes that a call returns; nothing, and a diagnostic, where memory would not hold
/// them.
std::optional<Results> allocate_results(const Recurrence& recurrence, Extents extents,
                                        Diagnostics& diagnostics);

/// The mask as booleans of shape (B, T), or (T, B) where the recurrence is time-major, from either form.
Tensor normalized_mask(const Tensor& mask);

}  // namespace rondo::ir
