// Compiling, and what came of it.
#include "codegen/compiler.h"
#include "codegen/machines.h"
#include "frontend/c/border.h"
#include "frontend/engine/explanation.h"
#include "ir/printer.h"

using namespace rondo;
using c::given;
using c::guarded;

namespace {

// Nothing where there is no such part.
std::optional<std::string> explain(const rondo_kernel& kernel, rondo_explanation part) {
  const passes::Pipeline& pipeline = kernel.compiled->pipeline;
  switch (part) {
    case RONDO_EXPLAIN_DECISIONS:
      return engine::remarks_text(pipeline);
    case RONDO_EXPLAIN_GRAPH:
      return ir::print(pipeline.recurrence);
    case RONDO_EXPLAIN_LOOPS:
      return ir::print(*pipeline.program);
    case RONDO_EXPLAIN_LLVM:
      return codegen::llvm_text(*pipeline.program, kernel.target);
    case RONDO_EXPLAIN_ASSEMBLY:
      return codegen::assembly_text(*pipeline.program, kernel.target);
    case RONDO_EXPLANATION_INT:
      break;
  }
  return std::nullopt;
}

}  // namespace

rondo_status rondo_compile(const rondo_cell* cell, const rondo_compile_options* options,
                           rondo_kernel** kernel, rondo_messages** messages) {
  return guarded(messages, [&](ir::Diagnostics& diagnostics) {
    if (!given(cell, "cell", diagnostics) || !given(kernel, "kernel", diagnostics)) return false;
    const rondo_compile_options unset = RONDO_COMPILE_INIT;
    const auto known = c::known_part(options ? *options : unset, unset, "RONDO_COMPILE_INIT", diagnostics);
    if (!known) return false;
    const std::optional<ir::Target> target =
        known->cpu ? codegen::machine_named("", known->cpu, diagnostics) : codegen::host_machine();
    if (!target) return false;
    const engine::Engine engine(target, known->use_cache ? engine::KernelCache::open_usual() : nullptr);
    passes::Options choices;
    if (known->expected_batch > 0) choices.expected_batch = known->expected_batch;
    auto compiled = engine.compile(*cell->recurrence, choices, diagnostics);
    if (!compiled) return false;
    *kernel = new rondo_kernel{std::make_shared<const engine::Compiled>(std::move(*compiled)), *target};
    return true;
  });
}

rondo_status rondo_kernel_explain(const rondo_kernel* kernel, rondo_explanation part, rondo_text** text) {
  return guarded(nullptr, [&](ir::Diagnostics& diagnostics) {
    if (!given(kernel, "kernel", diagnostics) || !given(text, "text", diagnostics)) return false;
    const std::optional<std::string> explanation = explain(*kernel, part);
    if (explanation) *text = new rondo_text{*explanation};
    return explanation.has_value();
  });
}

size_t rondo_kernel_leaf_count(const rondo_kernel* kernel, rondo_leaf_kind kind) {
  return c::leaf_count(kernel->compiled->kernel.recurrence().step, kind);
}

size_t rondo_kernel_code_size(const rondo_kernel* kernel) {
  return kernel->compiled->kernel.code_bytes();
}

void rondo_kernel_free(rondo_kernel* kernel) {
  delete kernel;
}
