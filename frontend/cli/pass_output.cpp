#include "frontend/cli/pass_output.h"

#include <fmt/format.h>

#include "codegen/machines.h"
#include "ir/printer.h"

namespace rondo::cli {

std::optional<ir::Target> chosen_target(const CompileOptions& options, ir::Diagnostics& diagnostics) {
  if (options.cpu) return codegen::machine_named("", *options.cpu, diagnostics);
  return codegen::host_machine();
}

bool can_run_here(const ir::Target& target, ir::Diagnostics& diagnostics) {
  const ir::Target host = codegen::host_machine();
  if (target.vector_bits <= host.vector_bits && (host.has_fma || !target.has_fma)) return true;
  diagnostics.error(
      fmt::format("code for {} cannot run on this machine, which is {}", target.describe(), host.describe()));
  return false;
}

std::string what_passes_left(const passes::Pipeline& pipeline, const passes::Options& options) {
  if (options.dump_after) return pipeline.dumps;
  return pipeline.program ? ir::print(*pipeline.program) : ir::print(pipeline.recurrence);
}

}  // namespace rondo::cli
