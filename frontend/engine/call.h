// One call of a kernel, bound to its arrays: run as often as wanted.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "frontend/engine/model.h"
#include "ir/arguments.h"
#include "runtime/call_frame.h"
#include "runtime/thread_pool.h"

namespace rondo::engine {

/// A model with its arrays bound, and workspace allocated. Running it does nothing but the recurrence; the
/// values in the arrays may change between runs, but for weights, and for a mask and lengths that came as
/// tensors. To be run by one thread at a time; the samples may be shared out among several.
class Call {
 public:
  /// Arrays of the caller's, which must stay, for `batch` samples and `time` steps. With more than one
  /// thread, each takes some of the samples, or, where those are few or do not come out even, some of the
  /// columns of all, if the kernel is worth it; the results have the same bits. They are those of `pool`,
  /// which must stay and have as many, or threads of the call's own. Nothing, and diagnostics, where arrays
  /// lie as no kernel can use them (array_layout.h), or memory or threads do not suffice.
  static std::optional<Call> bind(const Model& model, int64_t batch, int64_t time, const CallArrays& arrays,
                                  ir::Diagnostics& diagnostics, int threads = 1,
                                  runtime::ThreadPool* pool = nullptr);
  /// Tensors: checks that they fit, and allocates the results. Refers to the arguments, which must stay.
  static std::optional<Call> bind(const Kernel& kernel, const ir::Arguments& arguments,
                                  ir::Diagnostics& diagnostics, int threads = 1);

  void run();
  /// What a checked kernel tried in the last run that is not allowed, as a sentence; the results are worth
  /// nothing then. Nothing otherwise, and of kernels that do not check.
  std::optional<std::string> violation() const;
  /// What the last run left; of a call that was bound to tensors.
  const ir::Results& results() const { return results_; }
  /// The same, for good: the call is not to be run again.
  ir::Results take_results() { return std::move(results_); }

 private:
  explicit Call(Model model) : model_(std::move(model)) {}

  // What one thread does: some of the samples, which do not depend on one another, or its share of them.
  struct Part {
    std::vector<rondo_array> arrays;
    runtime::Workspace workspace;
    runtime::CallFrame call{};
    std::unique_ptr<runtime::Bounds> bounds;  // of a checked kernel
  };

  bool add_parts(rondo_frame frame, const std::vector<rondo_array>& arrays, int members,
                 ir::Diagnostics& diagnostics);

  Model model_;
  ir::Results results_;
  std::vector<std::unique_ptr<ir::Tensor>> owned_;  // what stands in for arguments: zeros, a mask in bytes
  std::vector<Part> parts_;
  std::vector<std::unique_ptr<runtime::Team>> teams_;  // of parts that share samples
  runtime::ThreadPool* pool_ = nullptr;                // where there is more than one part
  std::unique_ptr<runtime::ThreadPool> own_pool_;
};

/// Binds, and runs once. A violation of bounds is a diagnostic.
std::optional<ir::Results> run(const Kernel& kernel, const ir::Arguments& arguments,
                               ir::Diagnostics& diagnostics);

}  // namespace rondo::engine
