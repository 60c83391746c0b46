#include "frontend/python/errors.h"

#include <fmt/format.h>
#include <nanobind/stl/string.h>

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

void raise_wrong_type(std::string_view name, std::string_view wanted, nb::handle found) {
  const auto type = nb::cast<std::string>(nb::handle(found.type()).attr("__name__"));
  PyErr_SetString(PyExc_TypeError, fmt::format("'{}' should be {}, found {}", name, wanted, type).c_str());
  throw nb::python_error();
}

int64_t integer_from(nb::handle object, std::string_view name) {
  if (!PyIndex_Check(object.ptr())) raise_wrong_type(name, "an integer", object);
  const nb::object index = nb::steal(PyNumber_Index(object.ptr()));
  const int64_t value = index.is_valid() ? PyLong_AsLongLong(index.ptr()) : -1;
  if (value == -1 && PyErr_ExceptionMatches(PyExc_OverflowError)) {
    PyErr_Clear();
    raise_value_error(std::string(name) + " is an integer of more than 64 bits");
  }
  if (value == -1 && PyErr_Occurred()) throw nb::python_error();
  return value;
}

void raise_value_error(const std::string& message) {
  PyErr_SetString(PyExc_ValueError, message.c_str());
  throw nb::python_error();
}

}  // namespace rondo::python
