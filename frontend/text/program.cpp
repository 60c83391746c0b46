#include "frontend/text/program.h"

#include <fmt/format.h>

#include "frontend/text/elaborator.h"
#include "frontend/text/parser.h"
#include "frontend/text/suggestion.h"

namespace rondo::text {

std::optional<Program> Program::parse(std::shared_ptr<const ir::SourceText> source,
                                      ir::Diagnostics& diagnostics) {
  std::optional<File> file = parse_file(std::move(source), diagnostics);
  if (!file) return std::nullopt;
  return Program(std::make_shared<const File>(std::move(*file)));
}

std::vector<std::string> Program::cells() const {
  std::vector<std::string> names;
  for (const CellSyntax& cell : file_->cells) names.emplace_back(cell.name.name);
  return names;
}

std::vector<std::string> Program::parameters(const std::string& cell) const {
  std::vector<std::string> names;
  if (const CellSyntax* found = find_cell(*file_, cell, file_->cells.size()))
    for (const ParameterSyntax& parameter : found->parameters) names.emplace_back(parameter.name.name);
  return names;
}

std::vector<std::string> Program::open_parameters(const std::string& cell) const {
  std::vector<std::string> names;
  if (const CellSyntax* found = find_cell(*file_, cell, file_->cells.size()))
    for (const ParameterSyntax& parameter : found->parameters)
      if (!parameter.fallback.valid()) names.emplace_back(parameter.name.name);
  return names;
}

std::optional<ir::Recurrence> Program::instantiate(const std::string& cell,
                                                   const std::map<std::string, int64_t>& settings,
                                                   const std::map<std::string, ir::Dims>& known_shapes,
                                                   ir::Diagnostics& diagnostics) const {
  const CellSyntax* found =
      cell.empty() ? &file_->cells.back() : find_cell(*file_, cell, file_->cells.size());
  if (!found) {
    diagnostics.error({file_->source, 0, 0, 1},
                      fmt::format("there is no cell '{}'{}", cell, suggest_or_list(cell, cells())));
    return std::nullopt;
  }
  const std::optional<Sizes> sizes = settle_sizes(*file_, *found, settings, known_shapes, diagnostics);
  if (!sizes) return std::nullopt;
  return elaborate(*file_, *found, *sizes, diagnostics);
}

}  // namespace rondo::text
