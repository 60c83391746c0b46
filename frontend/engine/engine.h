// The whole way from a recurrence to results, for front ends: passes, code generation, and the two ways to
// run.
#pragma once

#include <memory>
#include <optional>

#include "frontend/engine/kernel.h"
#include "frontend/engine/kernel_cache.h"
#include "ir/recurrence.h"
#include "ir/target.h"
#include "passes/pass_manager.h"

namespace rondo::engine {

/// A recurrence that has been through the passes, with its kernel.
struct Compiled {
  passes::Pipeline pipeline;
  Kernel kernel;
  bool cached = false;  ///< the code was made before
};

/// The number of samples that calls are to be expected with (passes::Options) by who sees one of `batch`:
/// one, few, some or many, so that calls of about the same size find the same code.
int64_t usual_batch(int64_t batch);

/// Makes code for one target. Any number of threads may compile at once.
class Engine {
 public:
  /// For the machine at hand unless a target is given. With a cache, code that is in it is not made again.
  explicit Engine(std::optional<ir::Target> target = std::nullopt,
                  std::shared_ptr<const KernelCache> cache = nullptr);

  const ir::Target& target() const { return target_; }

  /// Validates, optimises and compiles; nothing, and diagnostics, where the recurrence or an option is wrong,
  /// the target has what this machine lacks, or the system forbids making code executable.
  std::optional<Compiled> compile(const ir::Recurrence& recurrence, const passes::Options& options,
                                  ir::Diagnostics& diagnostics) const;

 private:
  ir::Target target_;
  std::shared_ptr<const KernelCache> cache_;
};

}  // namespace rondo::engine
