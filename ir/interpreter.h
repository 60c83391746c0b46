// The reference interpreter: what a recurrence means, in plain, slow, obvious code.
#pragma once

#include <functional>

#include "ir/arguments.h"

namespace rondo::ir {

/// One step of one sample, every node of which has its value.
struct ObservedStep {
  int64_t sample = 0;
  int64_t step = 0;    ///< in the order of processing
  int64_t source = 0;  ///< the index along the time axis that it reads; another one with go_backwards
  bool kept = true;    ///< not where a mask makes the states hold
  std::function<Tensor(NodeId)> value;
};

/// Called behind each step. The sample ends where it returns false: its results are those so far.
using Observer = std::function<bool(const ObservedStep&)>;

/// Runs the recurrence over the arguments as `tf.keras.backend.rnn` does: one sample and one step after
/// another, every node in turn. The oracle for all else. Nothing, and diagnostics, where the arguments do not
/// fit.
std::optional<Results> interpret(const Recurrence& recurrence, const Arguments& arguments,
                                 Diagnostics& diagnostics, const Observer& observer = nullptr);

}  // namespace rondo::ir
