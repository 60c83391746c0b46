#include "frontend/cli/pass_output.h"

#include <fmt/format.h>

#include <algorithm>

#include "codegen/machines.h"
#include "frontend/data/bytes.h"
#include "frontend/engine/plan_file.h"
#include "ir/printer.h"

namespace rondo::cli {

std::optional<ir::Target> chosen_target(const CompileOptions& options, ir::Diagnostics& diagnostics) {
  if (options.cpu) return codegen::machine_named("", *options.cpu, diagnostics);
  return codegen::host_machine();
}

std::optional<passes::Options> chosen_options(const CompileOptions& options, ir::Diagnostics& diagnostics) {
  passes::Options chosen = options.passes;
  if (!options.plan) return chosen;
  constexpr uint64_t most_bytes = uint64_t{64} << 20;
  const std::unique_ptr<data::FileSource> file = data::FileSource::open(*options.plan, diagnostics);
  if (!file) return std::nullopt;
  if (file->remaining() > most_bytes) {
    diagnostics.error(fmt::format("{}: a plan has at most {} bytes, this file has {}", *options.plan,
                                  most_bytes, file->remaining()));
    return std::nullopt;
  }
  std::string text(file->remaining(), '\0');
  if (!file->read(std::as_writable_bytes(std::span(text)), diagnostics)) return std::nullopt;
  if (!engine::apply_plan(text, *options.plan, chosen, diagnostics)) return std::nullopt;
  return chosen;
}

std::string what_passes_left(const passes::Pipeline& pipeline, const passes::Options& options) {
  if (options.dump_after) return pipeline.dumps;
  return pipeline.program ? ir::print(*pipeline.program) : ir::print(pipeline.recurrence);
}

}  // namespace rondo::cli
