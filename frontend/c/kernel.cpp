// Compiling, and what came of it.
#include "codegen/compiler.h"
#include "codegen/machines.h"
#include "frontend/c/border.h"
#include "frontend/data/weights.h"
#include "frontend/engine/explanation.h"
#include "ir/printer.h"

using namespace rondo;
using c::given;
using c::guarded;

namespace {

std::string explain(const rondo_kernel& kernel, rondo_explanation part) {
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
  }
  return {};
}

}  // namespace

rondo_status rondo_compile(const rondo_cell* cell, const rondo_compile_options* options,
                           rondo_kernel** kernel, rondo_messages** messages) {
  return guarded(messages, [&](ir::Diagnostics& diagnostics) {
    if (!given(cell, "cell", diagnostics) || !given(kernel, "kernel", diagnostics)) return false;
    const rondo_compile_options unset = RONDO_COMPILE_INIT;
    const rondo_compile_options known = options ? c::known_part(*options, unset) : unset;
    const std::optional<ir::Target> target =
        known.cpu ? codegen::machine_named("", known.cpu, diagnostics) : codegen::host_machine();
    if (!target) return false;
    const engine::Engine engine(target, known.use_cache ? engine::KernelCache::open_usual() : nullptr);
    passes::Options choices;
    if (known.expected_batch > 0) choices.expected_batch = known.expected_batch;
    auto compiled = engine.compile(*cell->recurrence, choices, diagnostics);
    if (!compiled) return false;
    *kernel = new rondo_kernel{std::make_shared<const engine::Compiled>(std::move(*compiled)), *target};
    return true;
  });
}

rondo_status rondo_kernel_explain(const rondo_kernel* kernel, rondo_explanation part, rondo_text** text) {
  return guarded(nullptr, [&](ir::Diagnostics& diagnostics) {
    if (!given(kernel, "kernel", diagnostics) || !given(text, "text", diagnostics)) return false;
    *text = new rondo_text{explain(*kernel, part)};
    return true;
  });
}

size_t rondo_kernel_code_size(const rondo_kernel* kernel) {
  return kernel->compiled->kernel.code_bytes();
}

void rondo_kernel_free(rondo_kernel* kernel) {
  delete kernel;
}

rondo_status rondo_model_new(const rondo_kernel* kernel, const void* const* weights, rondo_model** model,
                             rondo_messages** messages) {
  return guarded(messages, [&](ir::Diagnostics& diagnostics) {
    if (!given(kernel, "kernel", diagnostics) || !given(model, "model", diagnostics)) return false;
    const std::vector<ir::Leaf>& declared = kernel->compiled->kernel.recurrence().step.weights;
    if (!declared.empty() && !given(weights, "weights", diagnostics)) return false;
    for (size_t i = 0; i < declared.size(); ++i)
      if (!given(weights[i], declared[i].name.c_str(), diagnostics)) return false;
    const auto made =
        engine::Model::prepare(kernel->compiled->kernel, {weights, declared.size()}, diagnostics);
    if (!made) return false;
    *model = new rondo_model{*made};
    return true;
  });
}

rondo_status rondo_model_load(const rondo_kernel* kernel, const char* path, rondo_model** model,
                              rondo_messages** messages) {
  return guarded(messages, [&](ir::Diagnostics& diagnostics) {
    if (!given(kernel, "kernel", diagnostics) || !given(path, "path", diagnostics) ||
        !given(model, "model", diagnostics))
      return false;
    const engine::Kernel& code = kernel->compiled->kernel;
    const auto weights = data::read_weights(path, code.recurrence().step, diagnostics);
    if (!weights) return false;
    std::vector<const void*> first;
    for (const ir::Tensor& weight : *weights) first.push_back(weight.bytes());
    const auto made = engine::Model::prepare(code, first, diagnostics);
    if (made) *model = new rondo_model{*made};
    return made.has_value();
  });
}

void rondo_model_free(rondo_model* model) {
  delete model;
}
