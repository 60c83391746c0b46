// Cells from files, and sizes for looking at a cell of which nothing else is known.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "frontend/text/program.h"

namespace rondo::cli {

/// A file of cells, or standard input where `path` is "-"; null, and a diagnostic, where it cannot be read.
std::shared_ptr<const ir::SourceText> read_source(const std::string& path, ir::Diagnostics& diagnostics);

/// Parses a file, or standard input where `path` is "-".
std::optional<text::Program> read_program(const std::string& path, ir::Diagnostics& diagnostics);

/// The cell that is meant: `cell`, or the last one where that is empty.
std::string chosen_cell(const text::Program& program, const std::string& cell);

/// A cell with sizes that were made up.
struct Trial {
  ir::Recurrence recurrence;
  std::map<std::string, int64_t> made_up;
};

/// Builds a cell with small sizes for those parameters that neither `settings` nor the file give a value.
/// Several sizes are tried, as cells want some to be equal or to divide each other. Where none fits, nothing,
/// and what is wrong with the first choice.
std::optional<Trial> try_cell(const text::Program& program, const std::string& cell,
                              const std::map<std::string, int64_t>& settings, ir::Diagnostics& diagnostics);

/// The step of such a cell: the names of its leaves, and how many axes they have, do not depend on sizes.
/// Nothing where none of the sizes that are tried fits.
std::optional<ir::StepGraph> step_of_some_size(const text::Program& program, const std::string& cell,
                                               const std::map<std::string, int64_t>& settings);

}  // namespace rondo::cli
