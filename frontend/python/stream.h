// Streams as Python objects: recurrences that are fed as their input comes.
#pragma once

#include <nanobind/nanobind.h>

namespace rondo::python {

void bind_stream(nanobind::module_& module);

}  // namespace rondo::python
