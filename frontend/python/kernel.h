// Compiled recurrences as Python objects.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "frontend/engine/engine.h"

namespace rondo::python {

/// A recurrence with its code. Never changes; used by any number of threads.
struct Kernel {
  ir::Recurrence recurrence;
  std::optional<int64_t> expected_batch;
  engine::Compiled compiled;
};
using SharedKernel = std::shared_ptr<const Kernel>;

void bind_kernel(nanobind::module_& module);

}  // namespace rondo::python
