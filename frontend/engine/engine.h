// The whole way from a recurrence to results, for front ends: passes, code generation, and the two ways to
// run.
#pragma once

#include <memory>
#include <optional>

#include "codegen/compiler.h"
#include "frontend/engine/kernel.h"
#include "ir/recurrence.h"
#include "ir/target.h"
#include "passes/pass_manager.h"

namespace rondo::engine {

/// A recurrence that has been through the passes, with its kernel.
struct Compiled {
  passes::Pipeline pipeline;
  Kernel kernel;
};

/// Makes code for one target; keep it to compile many recurrences.
class Engine {
 public:
  /// For the machine at hand unless a target is given.
  static std::optional<Engine> create(const std::optional<ir::Target>& target, ir::Diagnostics& diagnostics);

  const ir::Target& target() const { return target_; }

  /// Validates, optimises and compiles; nothing, and diagnostics, where the recurrence or an option is wrong.
  std::optional<Compiled> compile(const ir::Recurrence& recurrence, const passes::Options& options,
                                  ir::Diagnostics& diagnostics) const;

 private:
  Engine(ir::Target target, std::unique_ptr<codegen::Compiler> compiler)
      : target_(std::move(target)), compiler_(std::move(compiler)) {}

  ir::Target target_;
  std::unique_ptr<codegen::Compiler> compiler_;
};

}  // namespace rondo::engine
