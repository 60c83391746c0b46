// The compiler's diagnostics as Python exceptions.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "ir/diagnostics.h"

namespace rondo::python {

/// Raises rondo.CompileError with all that was reported, at the place of the first error.
[[noreturn]] void raise_compile_error(const ir::Diagnostics& diagnostics);

/// Raises ValueError: an argument of a call that does not fit.
[[noreturn]] void raise_value_error(const std::string& message);

/// Raises TypeError: "'threads' should be an integer, found str".
[[noreturn]] void raise_wrong_type(std::string_view name, std::string_view wanted, nanobind::handle found);

/// An integer of Python's or numpy's; raises TypeError for anything else, OverflowError for one beyond 64
/// bits.
int64_t integer_from(nanobind::handle object, std::string_view name);

/// Raises ValueError: arguments of a call that do not fit, each on a line.
[[noreturn]] void raise_argument_error(const ir::Diagnostics& diagnostics);

/// Raises a CompileError where something was reported.
inline void check(const ir::Diagnostics& diagnostics) {
  if (diagnostics.has_errors()) raise_compile_error(diagnostics);
}

}  // namespace rondo::python
