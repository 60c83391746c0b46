// How a call is cut up for threads.
#pragma once

#include <cstdint>

#include "ir/loop_program.h"

namespace rondo::engine {

/// Parts of as many samples each, and threads that share the columns of each part. Results have the same bits
/// however a call is divided.
struct Division {
  int64_t samples = 1;  ///< of each part but the last, which may have fewer
  int members = 1;      ///< threads of a part
};

/// Whole samples for each thread. Where they lie across lanes, and are many, parts are whole vectors.
Division by_samples(int64_t batch, int threads, bool across_lanes);

/// The way that should be quickest: samples for each thread, or fewer parts whose columns threads share. They
/// do so only as long as there is one of the `processors` for each: they meet in every step, and would all
/// wait for the one that does not run. Where sharing is pinned it is done in any case.
Division divide(const ir::Sharing& sharing, int64_t batch, int threads, int processors);

}  // namespace rondo::engine
