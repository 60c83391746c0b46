// How long a step takes, measured on arrays that are made up.
#pragma once

#include <optional>

#include "frontend/engine/engine.h"
#include "ir/arguments.h"

namespace rondo::engine {

/// Arguments of the right types and shapes for a call of `batch` samples and `time` steps, the same each
/// time: small numbers, a mask that keeps every step. `weights` are taken where they are given. Nothing, and
/// a diagnostic, where memory does not suffice.
std::optional<ir::Arguments> made_up_arguments(const ir::Recurrence& recurrence, int64_t batch, int64_t time,
                                               const std::map<std::string, ir::Tensor>& weights,
                                               ir::Diagnostics& diagnostics);

struct Measurement {
  double seconds_a_call = 0;  ///< median
  int calls = 0;
  int64_t steps = 0;  ///< of a call
  double seconds_a_step() const { return steps > 0 ? seconds_a_call / static_cast<double>(steps) : 0; }
};

/// Runs the kernel over the arguments for about a tenth of a second, at least three times.
std::optional<Measurement> measure(const Kernel& kernel, const ir::Arguments& arguments,
                                   ir::Diagnostics& diagnostics);

}  // namespace rondo::engine
