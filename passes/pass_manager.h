// Runs the passes of passes.def in order, and what developers want to see of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

struct PassInfo {
  std::string name;
  std::string description;
  bool essential = false;
};
/// All passes in the order in which they run.
std::vector<PassInfo> all_passes();

struct PassTime {
  std::string name;
  double milliseconds = 0;
};

/// A recurrence on its way to code.
struct Pipeline {
  ir::Recurrence recurrence;               ///< as the graph passes left it
  std::optional<ir::LoopProgram> program;  ///< nothing where `stop_after` ended before lowering
  Plan plan;
  std::vector<Remark> remarks;
  std::vector<PassTime> times;
  std::string dumps;  ///< what `dump_after` asked for
};

/// Runs the pipeline. `recurrence` must be valid (`ir::validate`). Reports unknown pass names, essential ones
/// that are disabled, pins that cannot be followed, and code that would be too large (passes/code_size.h) to
/// `diagnostics`; nothing then. With `verify_each` a
/// pass that leaves something broken is an ir::InternalError that names it.
std::optional<Pipeline> run_passes(ir::Recurrence recurrence, const ir::Target& target,
                                   const Options& options, ir::Diagnostics& diagnostics);

}  // namespace rondo::passes
