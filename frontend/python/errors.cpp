#include "frontend/python/errors.h"

#include <nanobind/nanobind.h>

#include "frontend/python/frames.h"

namespace nb = nanobind;

namespace rondo::python {

void raise_compile_error(const ir::Diagnostics& diagnostics) {
  for (const ir::Diagnostic& diagnostic : diagnostics.all()) read_source(diagnostic.where);
  std::string text = diagnostics.render();
  while (text.ends_with('\n')) text.pop_back();
  nb::object file = nb::none(), line = nb::none();
  if (!diagnostics.all().empty() && diagnostics.all().front().where.source) {
    const ir::Location& where = diagnostics.all().front().where;
    file = nb::str(where.source->name.c_str());
    line = nb::int_(where.line);
  }
  const nb::object type = nb::module_::import_("rondo.errors").attr("CompileError");
  const nb::object exception = type(nb::str(text.c_str()), file, line);
  PyErr_SetObject(type.ptr(), exception.ptr());
  throw nb::python_error();
}

void raise_argument_error(const ir::Diagnostics& diagnostics) {
  std::string text;
  for (const ir::Diagnostic& diagnostic : diagnostics.all())
    text += (text.empty() ? "" : "\n") + diagnostic.message;
  raise_value_error(text);
}

void raise_value_error(const std::string& message) {
  PyErr_SetString(PyExc_ValueError, message.c_str());
  throw nb::python_error();
}

}  // namespace rondo::python
