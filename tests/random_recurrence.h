// Random recurrences and arguments for differential tests: any seed gives a valid one.
#pragma once

#include <random>

#include "ir/arguments.h"
#include "ir/recurrence.h"

namespace rondo::tests {

using Random = std::mt19937_64;

/// A step graph of about `size` operations over small shapes, with some states, inputs, constants, weights
/// and outputs; and options drawn from all that the reference function has. `time` is set where the
/// recurrence demands it.
ir::Recurrence random_recurrence(Random& random, int size, int64_t time);

/// Arguments that fit: numbers of moderate size with some special ones (zeros, infinities, NaN) among them.
ir::Arguments random_arguments(Random& random, const ir::Recurrence& recurrence, int64_t batch, int64_t time,
                               bool special_values);

}  // namespace rondo::tests
