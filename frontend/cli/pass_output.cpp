#include "frontend/cli/pass_output.h"

#include "codegen/machines.h"
#include "ir/printer.h"

namespace rondo::cli {

std::optional<ir::Target> chosen_target(const CompileOptions& options, ir::Diagnostics& diagnostics) {
  if (options.cpu) return codegen::machine_named("", *options.cpu, diagnostics);
  return codegen::host_machine();
}

std::string what_passes_left(const passes::Pipeline& pipeline, const passes::Options& options) {
  if (options.dump_after) return pipeline.dumps;
  return pipeline.program ? ir::print(*pipeline.program) : ir::print(pipeline.recurrence);
}

}  // namespace rondo::cli
