// The reference interpreter: what a recurrence means, in plain, slow, obvious code.
#pragma once

#include "ir/arguments.h"

namespace rondo::ir {

/// Runs the recurrence over the arguments as `tf.keras.backend.rnn` does: one sample and one step after
/// another, every node in turn. The oracle for all else. Nothing, and diagnostics, where the arguments do not
/// fit.
std::optional<Results> interpret(const Recurrence& recurrence, const Arguments& arguments,
                                 Diagnostics& diagnostics);

}  // namespace rondo::ir
