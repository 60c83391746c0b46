// What both parts of a header are written with.
#pragma once

#include <string>
#include <string_view>

#include "frontend/aot/interface.h"

namespace rondo::aot {

/// The text with the prefix in place of "@p", and the prefix in capitals in place of "@P".
std::string named(std::string_view text, const Interface& interface);

/// "f32[64]: float, 64 of them" for one sample and step.
std::string shape_of(const Array& array);

/// "input x", "the final value of state h".
std::string meaning_of(const Array& array);

/// Whether the kernel writes it.
bool is_written(const Array& array);

/// Whether there is one for each step.
bool is_timed(const Array& array);

}  // namespace rondo::aot
