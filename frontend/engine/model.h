// A kernel with its weights.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "frontend/engine/kernel.h"
#include "ir/tensor.h"
#include "runtime/workspace.h"

namespace rondo::engine {

/// A kernel with weights prepared for it: all that stays the same from call to call. Keeps nothing of the
/// caller's. Copies share what was prepared; may be used by any number of threads at once.
class Model {
 public:
  /// `weights`: the first element of each, dense and row-major, in the order of the step graph. Nothing, and
  /// a diagnostic, where memory does not suffice, or a checked kernel leaves its bounds.
  static std::optional<Model> prepare(const Kernel& kernel, std::span<const void* const> weights,
                                      ir::Diagnostics& diagnostics);

  const Kernel& kernel() const { return kernel_; }
  const void* prepared() const { return shared_->prepared.data(); }
  /// One for each weight, to be handed to `Kernel::in_order`; without data where no call reads it in place.
  std::span<const rondo_array> weights() const { return shared_->weights; }
  /// Bytes of what was prepared.
  int64_t prepared_bytes() const { return kernel_.entries().prepared_size(); }

 private:
  struct Shared {
    runtime::Workspace prepared;
    std::vector<ir::Tensor> copies;  // of weights that calls read in place
    std::vector<rondo_array> weights;
  };
  Model(Kernel kernel, std::shared_ptr<const Shared> shared)
      : kernel_(std::move(kernel)), shared_(std::move(shared)) {}

  Kernel kernel_;
  std::shared_ptr<const Shared> shared_;
};

/// Memory for a kernel; nothing, and a diagnostic that names `purpose`, where there is not enough.
std::optional<runtime::Workspace> allocate(int64_t bytes, const char* purpose, ir::Diagnostics& diagnostics);

}  // namespace rondo::engine
