// What the command line needs to know of the terminal, and what it says on standard error.
#pragma once

#include <string_view>

#include "ir/diagnostics.h"

namespace rondo::cli {

/// Whether standard output, or standard error, is a terminal.
bool output_is_terminal();
bool errors_are_terminal();

/// Characters in a line of the terminal; 80 where there is none.
int terminal_columns();

/// Whether colours are welcome on standard output, or standard error (https://no-color.org).
bool output_has_color();
bool errors_have_color();

/// Writes to standard error. Where that takes nothing, closed or on a full disk, there is nobody to tell.
void tell(std::string_view text);

/// Prints all diagnostics to standard error. The exit status: 1 where there is an error among them, else 0.
int report(const ir::Diagnostics& diagnostics);

}  // namespace rondo::cli
