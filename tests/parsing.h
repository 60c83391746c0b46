// Cells from text, for tests.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "frontend/text/program.h"

namespace rondo {

struct Parsed {
  std::optional<ir::Recurrence> recurrence;
  ir::Diagnostics diagnostics;

  const ir::StepGraph& step() const { return recurrence->step; }
};

/// The last cell of the text, with sizes from settings and from the shapes of arrays.
inline Parsed parse_cell(const std::string& text, const std::map<std::string, int64_t>& settings = {},
                         const std::map<std::string, ir::Dims>& shapes = {}, const std::string& cell = "") {
  Parsed parsed;
  auto source = std::make_shared<const ir::SourceText>(ir::SourceText{"cell.rondo", text});
  if (const auto program = text::Program::parse(source, parsed.diagnostics))
    parsed.recurrence = program->instantiate(cell, settings, shapes, parsed.diagnostics);
  return parsed;
}

}  // namespace rondo
