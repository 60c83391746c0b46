// What every pass is handed beside the thing it works on: the target, the options, the plan, and where to
// leave remarks.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ir/diagnostics.h"
#include "ir/recurrence.h"
#include "ir/target.h"
#include "passes/plan.h"

namespace rondo::passes {

/// A decision of a pass: what was decided, on what figures, and what the alternative was.
struct Remark {
  std::string pass;
  std::string message;
  ir::Location where;
  std::string alternative{};  ///< what would have been the other way, and what it costs; empty: there is none
};

/// What a user can pin. Nothing means "let the passes decide".
struct Options {
  std::optional<int> lanes;                  ///< elements of a vector: a power of two from 1 to 64
  std::optional<int> unroll;                 ///< copies of the step in the loop's body
  std::optional<bool> samples_across_lanes;  ///< the vector axis
  std::optional<int> threads;                ///< most threads that share the columns of a sample
  std::optional<int64_t> expected_batch;     ///< samples that calls will have; any number stays right
  Pins pins;                                 ///< of the plan: placements, tiles
  bool checked = false;                      ///< kernels ask before they touch memory (runtime/bounds.h)
  std::set<std::string> disabled;            ///< passes to leave out; results stay right without any of them
  std::optional<std::string> dump_after;     ///< a pass, or "all": print what it left
  std::optional<std::string> stop_after;     ///< a pass: do not go on behind it
#ifdef NDEBUG
  bool verify_each = false;
#else
  bool verify_each = true;
#endif
};

struct Context {
  const ir::Target& target;
  const Options& options;
  std::vector<Remark> remarks;
  Plan plan;
  std::vector<std::string> problems{};  ///< what is pinned, but impossible

  void remark(std::string pass, std::string message, ir::Location where = {}, std::string alternative = {}) {
    remarks.push_back({std::move(pass), std::move(message), std::move(where), std::move(alternative)});
  }
  void refuse(std::string problem) { problems.push_back(std::move(problem)); }
};

}  // namespace rondo::passes
