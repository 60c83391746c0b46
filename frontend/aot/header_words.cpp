#include "frontend/aot/header_words.h"

#include <fmt/format.h>

#include "frontend/aot/c_names.h"
#include "ir/diagnostics.h"

namespace rondo::aot {

using ir::BufferKind;

std::string named(std::string_view text, const Interface& interface) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '@' && i + 1 < text.size() ? text[i + 1] : ' ';
    if (next == 'p')
      result += interface.prefix;
    else if (next == 'P')
      result += upper_case(interface.prefix);
    else
      result += text[i];
    if (next == 'p' || next == 'P' || next == '@') ++i;
  }
  return result;
}

namespace {

std::string with_marks_twice(const std::string& text) {
  std::string result;
  for (const char c : text) result.append(c == '@' ? 2 : 1, c);
  return result;
}

}  // namespace

std::string comment_of(std::string_view name) {
  return with_marks_twice(c_comment(name));
}

std::string string_of(std::string_view name) {
  return with_marks_twice(c_string(name));
}

std::string shape_of(const Array& array) {
  return fmt::format("{}{}", ir::name_of(array.dtype), ir::to_string(array.dims));
}

std::string meaning_of(const Array& array) {
  const std::string name = comment_of(array.leaf);
  std::string of_output = name.empty() ? "the output" : fmt::format("output {}", name);
  switch (array.kind) {
    case BufferKind::Input:
      return fmt::format("input {}", name);
    case BufferKind::Constant:
      return fmt::format("constant {} of the samples", name);
    case BufferKind::Weight:
      return fmt::format("weight {}", name);
    case BufferKind::InitialState:
      return fmt::format("state {} before the first step", name);
    case BufferKind::FinalState:
      return fmt::format("state {} behind the last step", name);
    case BufferKind::PreviousOutput:
      return fmt::format("{} before the first step, which a masked first step repeats", of_output);
    case BufferKind::Output:
      return of_output;
    case BufferKind::LastOutput:
      return fmt::format("{} of the last step", of_output);
    case BufferKind::Mask:
      return "whether the sample keeps the step (not 0)";
    case BufferKind::Lengths:
      return "how many steps the sample keeps, counted from the first of the array";
    case BufferKind::State:
    case BufferKind::Temporary:
      break;
  }
  RONDO_CHECK(false, "an array of the workspace in a header");
}

bool is_written(const Array& array) {
  return array.kind == BufferKind::Output || array.kind == BufferKind::LastOutput ||
         array.kind == BufferKind::FinalState;
}

bool is_timed(const Array& array) {
  return array.kind == BufferKind::Input || array.kind == BufferKind::Mask ||
         array.kind == BufferKind::Output;
}

}  // namespace rondo::aot
