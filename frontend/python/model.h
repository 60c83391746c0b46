// Compiled recurrences with their weights as Python objects: what is called.
#pragma once

#include <nanobind/nanobind.h>

#include <deque>
#include <vector>

#include "frontend/engine/model.h"
#include "frontend/python/call_pool.h"
#include "frontend/python/kernel.h"

namespace rondo::python {

/// A kernel with the arrays that stay the same from call to call: its weights, and constants that the step
/// function captured. Keeps copies of them; never changes; used by any number of threads.
class Model {
 public:
  /// `weights` and `constants` by the names of the leaves. Raises ValueError where one is missing or does not
  /// fit.
  Model(SharedKernel kernel, const nanobind::dict& weights, const nanobind::dict& constants);

  const SharedKernel& kernel() const { return kernel_; }
  const engine::Model& prepared() const { return prepared_; }
  /// For each constant of the step graph, its captured array; null where calls give it.
  const std::vector<const ir::Tensor*>& held() const { return held_; }

  /// Runs the recurrence; see the module's documentation.
  nanobind::tuple run(const nanobind::sequence& inputs, nanobind::handle states,
                      const nanobind::sequence& constants, nanobind::handle mask, nanobind::handle lengths,
                      nanobind::handle threads, nanobind::handle out) const;

 private:
  SharedKernel kernel_;
  std::deque<ir::Tensor> constants_;
  std::vector<const ir::Tensor*> held_;
  engine::Model prepared_;
  mutable CallPool pool_;
};

void bind_model(nanobind::module_& module);

}  // namespace rondo::python
