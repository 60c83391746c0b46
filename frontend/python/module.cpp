// The extension module `rondo._rondo`: what the Python package is written over.
#include <nanobind/nanobind.h>

#include "frontend/python/frames.h"
#include "frontend/python/kernel.h"
#include "frontend/python/model.h"
#include "frontend/python/numpy_arrays.h"
#include "frontend/python/stream.h"
#include "frontend/python/tracing.h"

NB_MODULE(_rondo, module) {
  // numpy loses references to operands of operations that a traced array refuses (`add.reduce(x,
  // initial=1)`), which nanobind would report as leaks at exit.
  nanobind::set_leak_warnings(false);
  module.attr("version") = RONDO_VERSION;
  rondo::python::import_numpy_interface();
  rondo::python::bind_tracing(module);
  rondo::python::bind_kernel(module);
  rondo::python::bind_model(module);
  rondo::python::bind_stream(module);
}
