// The C99 header of an object, clean as C++ as well.
#pragma once

#include <string>

#include "frontend/aot/interface.h"

namespace rondo::aot {

/// The whole header. The functions of the object have the argument block of runtime/kernel_abi.h; the header
/// gives them types and names as inline functions.
std::string header_text(const Interface& interface);

/// The part of it that runs a recurrence a step, or some steps, at a time.
std::string stream_text(const Interface& interface);

}  // namespace rondo::aot
