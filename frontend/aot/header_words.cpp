#include "frontend/aot/header_words.h"

#include <fmt/format.h>

#include "frontend/aot/c_names.h"
#include "ir/diagnostics.h"

namespace rondo::aot {

using ir::BufferKind;

std::string named(std::string_view text, const Interface& interface) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_word = text[i] == '@' && i + 1 < text.size() && (text[i + 1] == 'p' || text[i + 1] == 'P');
    if (!is_word) {
      result += text[i];
      continue;
    }
    result += text[++i] == 'p' ? interface.prefix : upper_case(interface.prefix);
  }
  return result;
}

std::string shape_of(const Array& array) {
  return fmt::format("{}{}", ir::name_of(array.dtype), ir::to_string(array.dims));
}

std::string meaning_of(const Array& array) {
  std::string of_output = array.leaf.empty() ? "the output" : fmt::format("output {}", array.leaf);
  switch (array.kind) {
    case BufferKind::Input:
      return fmt::format("input {}", array.leaf);
    case BufferKind::Constant:
      return fmt::format("constant {} of the samples", array.leaf);
    case BufferKind::Weight:
      return fmt::format("weight {}", array.leaf);
    case BufferKind::InitialState:
      return fmt::format("state {} before the first step", array.leaf);
    case BufferKind::FinalState:
      return fmt::format("state {} behind the last step", array.leaf);
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
