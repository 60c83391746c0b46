// What both parts of a header are written with.
#pragma once

#include <string>
#include <string_view>

#include "frontend/aot/interface.h"

namespace rondo::aot {

/// The text with the prefix in place of "@p", the prefix in capitals in place of "@P", and "@" in place of
/// "@@".
std::string named(std::string_view text, const Interface& interface);

/// A name of the cell's in a comment, and in a string, of a text for `named`.
std::string comment_of(std::string_view name);
std::string string_of(std::string_view name);

/// "f32[64]", for one sample and step.
std::string shape_of(const Array& array);

/// "input x", "state h behind the last step": to stand in a comment.
std::string meaning_of(const Array& array);

/// Whether the kernel writes it.
bool is_written(const Array& array);

/// Whether there is one for each step.
bool is_timed(const Array& array);

}  // namespace rondo::aot
