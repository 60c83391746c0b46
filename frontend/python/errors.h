// The compiler's diagnostics as Python exceptions.
#pragma once

#include <string>

#include "ir/diagnostics.h"

namespace rondo::python {

/// Raises rondo.CompileError with all that was reported, at the place of the first error.
[[noreturn]] void raise_compile_error(const ir::Diagnostics& diagnostics);

/// Raises ValueError: an argument of a call that does not fit.
[[noreturn]] void raise_value_error(const std::string& message);

/// Raises ValueError: arguments of a call that do not fit, each on a line.
[[noreturn]] void raise_argument_error(const ir::Diagnostics& diagnostics);

/// Raises a CompileError where something was reported.
inline void check(const ir::Diagnostics& diagnostics) {
  if (diagnostics.has_errors()) raise_compile_error(diagnostics);
}

}  // namespace rondo::python
