// Tokens to syntax.
#pragma once

#include "frontend/text/syntax.h"

namespace rondo::text {

/// The limits of a file; whoever meets one is told so. They keep time, memory and stack in bounds whatever is
/// read.
inline constexpr size_t max_file_bytes = size_t{16} << 20;
inline constexpr int max_nesting = 200;
inline constexpr size_t max_expressions = 500'000;
inline constexpr size_t max_statements = 100'000;
inline constexpr size_t max_parameters = 256;
inline constexpr size_t max_cells = 4096;

/// Reads a file. Goes on after a mistake at the next statement; nothing where any was made.
std::optional<File> parse_file(std::shared_ptr<const ir::SourceText> source, ir::Diagnostics& diagnostics);

/// Reads `a, b = expression`, or expressions alone: the only statement of a cell without a name. An `Assign`
/// without names is of the latter kind.
std::optional<File> parse_line(std::shared_ptr<const ir::SourceText> source, ir::Diagnostics& diagnostics);

}  // namespace rondo::text
