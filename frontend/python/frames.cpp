#include "frontend/python/frames.h"

#include <nanobind/stl/string.h>

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <vector>

namespace nb = nanobind;

namespace rondo::python {

namespace {

std::vector<std::string>& skipped_prefixes() {
  static std::vector<std::string> prefixes;
  return prefixes;
}

struct File {
  std::shared_ptr<ir::SourceText> source;
  bool skipped = false;
};

// By the name that code objects share; the interpreter keeps it, as we do.
File& file_of(PyObject* name) {
  static auto& files = *new std::unordered_map<PyObject*, File>();
  const auto known = files.find(name);
  if (known != files.end()) return known->second;
  const char* text = PyUnicode_AsUTF8(name);
  if (!text) PyErr_Clear();
  File file{std::make_shared<ir::SourceText>(ir::SourceText{text ? text : "<unknown>", ""}), false};
  file.skipped =
      std::any_of(skipped_prefixes().begin(), skipped_prefixes().end(),
                  [&](const std::string& prefix) { return file.source->name.starts_with(prefix); });
  Py_INCREF(name);
  return files.emplace(name, std::move(file)).first->second;
}

ir::Location location_in(PyFrameObject* frame, PyCodeObject* code, const File& file) {
  int line = 0, column = 0, end_line = 0, end_column = 0;
  if (!PyCode_Addr2Location(code, PyFrame_GetLasti(frame), &line, &column, &end_line, &end_column)) return {};
  const int length = end_line == line && end_column > column ? end_column - column : 1;
  return {file.source, line, column + 1, length};
}

}  // namespace

void skip_frames_of(std::string prefix) {
  skipped_prefixes().push_back(std::move(prefix));
}

ir::Location current_location() {
  nb::object frame = nb::borrow(reinterpret_cast<PyObject*>(PyEval_GetFrame()));
  while (frame.is_valid()) {
    auto* raw = reinterpret_cast<PyFrameObject*>(frame.ptr());
    const nb::object code = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(raw)));
    auto* raw_code = reinterpret_cast<PyCodeObject*>(code.ptr());
    const File& file = file_of(raw_code->co_filename);
    if (!file.skipped) return location_in(raw, raw_code, file);
    frame = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetBack(raw)));
  }
  return {};
}

void read_source(const ir::Location& where) {
  if (!where.source || !where.source->text.empty()) return;
  const nb::object lines = nb::module_::import_("linecache").attr("getlines")(where.source->name);
  // Made by `file_of`, which knows it as one that can change.
  const_cast<ir::SourceText&>(*where.source).text = nb::cast<std::string>(nb::str("").attr("join")(lines));
}

}  // namespace rondo::python
