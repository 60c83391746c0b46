// Where in the caller's Python code a value is made.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "ir/diagnostics.h"

namespace rondo::python {

/// Frames of code in files whose names begin so are none of the caller's: those of Rondo's own front, of
/// numpy.
void skip_frames_of(std::string prefix);

/// The innermost expression of the caller's that is being evaluated. The text of the file is not read.
ir::Location current_location();

/// Reads the text that a location points into, as Python's tracebacks do: notebooks have theirs.
void read_source(const ir::Location& where);

}  // namespace rondo::python
