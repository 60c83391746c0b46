#include "frontend/engine/engine.h"

#include <chrono>

#include "codegen/host_target.h"

namespace rondo::engine {

std::optional<Engine> Engine::create(const std::optional<ir::Target>& target, ir::Diagnostics& diagnostics) {
  ir::Target chosen = target ? *target : codegen::host_target();
  std::unique_ptr<codegen::Compiler> compiler = codegen::Compiler::create(chosen, diagnostics);
  if (!compiler) return std::nullopt;
  return Engine(std::move(chosen), std::move(compiler));
}

std::optional<Compiled> Engine::compile(const ir::Recurrence& recurrence, const passes::Options& options,
                                        ir::Diagnostics& diagnostics) const {
  if (!ir::validate(recurrence, diagnostics)) return std::nullopt;
  std::optional<passes::Pipeline> pipeline = passes::run_passes(recurrence, target_, options, diagnostics);
  if (!pipeline) return std::nullopt;
  if (!pipeline->program) {
    diagnostics.error("there is nothing to run: --stop-after ended before the loop program was made");
    return std::nullopt;
  }
  const auto begin = std::chrono::steady_clock::now();
  std::shared_ptr<const runtime::NativeCode> code = compiler_->compile(*pipeline->program, diagnostics);
  if (!code) return std::nullopt;
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
  Kernel kernel(*pipeline->program, recurrence, std::move(code), taken.count());
  return Compiled{std::move(*pipeline), std::move(kernel)};
}

}  // namespace rondo::engine
