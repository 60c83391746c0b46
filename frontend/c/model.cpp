// Kernels with their weights.
#include "frontend/c/border.h"
#include "frontend/data/weights.h"

using namespace rondo;
using c::given;
using c::guarded;

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

size_t rondo_model_leaf_count(const rondo_model* model, rondo_leaf_kind kind) {
  return c::leaf_count(model->model.kernel().recurrence().step, kind);
}

void rondo_model_free(rondo_model* model) {
  delete model;
}
