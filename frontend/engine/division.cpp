#include "frontend/engine/division.h"

#include <algorithm>

#include "passes/share_columns.h"

namespace rondo::engine {

namespace {

int64_t parts_of(int64_t batch, int64_t samples) {
  return (batch + samples - 1) / samples;
}

}  // namespace

Division by_samples(int64_t batch, int threads, bool across_lanes) {
  constexpr int64_t together = 16, many = 64;
  const int64_t even = std::max<int64_t>(1, parts_of(batch, threads));
  return {across_lanes && even >= many ? parts_of(even, together) * together : even, 1};
}

Division divide(const ir::Sharing& sharing, int64_t batch, int threads, int processors) {
  const auto shared_by = [&](int members) {
    return Division{by_samples(batch, threads / members, false).samples, members};
  };
  const auto cycles = [&](const Division& division) {
    return passes::cycles_of_step(sharing, static_cast<double>(division.samples), division.members);
  };
  const int most = std::min(threads, sharing.threads);
  if (sharing.pinned) return shared_by(most);
  // Samples for each thread need no meetings, which take longer wherever something else runs.
  constexpr double worth_meeting = 0.85;
  Division best = shared_by(1);
  double limit = worth_meeting * cycles(best);
  for (int members = 2; members <= std::min(most, processors); ++members)
    if (const Division shared = shared_by(members); cycles(shared) < limit) {
      best = shared;
      limit = cycles(shared);
    }
  return best;
}

}  // namespace rondo::engine
