// A fuzz target over its seeds, each changed here and there: no fuzzer, but at hand everywhere.
#pragma once

#include <cstdint>

#include "tests/fuzz/targets.h"

namespace rondo::fuzz {

/// Runs the target on so many inputs. What it throws is thrown on, with the number of the input.
void run_changed_seeds(const Target& target, uint64_t seed, int inputs);

}  // namespace rondo::fuzz
