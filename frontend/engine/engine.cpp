#include "frontend/engine/engine.h"

#include <fmt/format.h>

#include <chrono>

#include "codegen/compiler.h"
#include "codegen/machines.h"
#include "frontend/engine/build_id.h"
#include "frontend/engine/kernel_key.h"

namespace rondo::engine {

int64_t usual_batch(int64_t batch) {
  constexpr int64_t few = 2, some = 8, many = 64;
  return batch <= 1 ? 1 : batch < some / 2 ? few : batch < many / 2 ? some : many;
}

Engine::Engine(std::optional<ir::Target> target, std::shared_ptr<const KernelCache> cache)
    : target_(target ? std::move(*target) : codegen::host_machine()),
      // Without a build id nobody could tell whether Rondo has changed since code was kept.
      cache_(build_id().empty() ? nullptr : std::move(cache)) {}

namespace {

bool can_run_here(const ir::Target& target, ir::Diagnostics& diagnostics) {
  const ir::Target host = codegen::host_machine();
  if (target.vector_bits <= host.vector_bits && (host.has_fma || !target.has_fma)) return true;
  diagnostics.error(
      fmt::format("code for {} cannot run on this machine, which is {}", target.describe(), host.describe()));
  return false;
}

}  // namespace

std::optional<Compiled> Engine::compile(const ir::Recurrence& recurrence, const passes::Options& options,
                                        ir::Diagnostics& diagnostics) const {
  if (!can_run_here(target_, diagnostics) || !ir::validate(recurrence, diagnostics)) return std::nullopt;
  std::optional<passes::Pipeline> pipeline = passes::run_passes(recurrence, target_, options, diagnostics);
  if (!pipeline) return std::nullopt;
  if (!pipeline->program) {
    diagnostics.error("there is nothing to run: --stop-after ended before the loop program was made");
    return std::nullopt;
  }
  const auto begin = std::chrono::steady_clock::now();
  const std::string key = cache_ ? kernel_key(recurrence, options, target_, build_id()) : "";
  std::optional<runtime::CodeImage> image = cache_ ? cache_->find(key) : std::nullopt;
  const bool cached = image.has_value();
  if (!cached)
    image = codegen::compile(*pipeline->program, target_, diagnostics,
                             options.checked ? codegen::Checks::Bounds : codegen::Checks::None);
  if (!image) return std::nullopt;
  if (cache_ && !cached) cache_->keep(key, *image);
  std::error_code problem;
  std::shared_ptr<const runtime::NativeCode> code = runtime::make_executable(*image, problem);
  if (!code) {
    diagnostics.error("the kernel cannot be made executable: " + problem.message());
    return std::nullopt;
  }
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
  Kernel kernel(*pipeline->program, recurrence, std::move(code), taken.count(), options.checked);
  return Compiled{std::move(*pipeline), std::move(kernel), cached};
}

}  // namespace rondo::engine
