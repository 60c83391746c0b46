#include "tests/fuzz/small_cells.h"

#include "frontend/text/program.h"

namespace rondo::fuzz {

namespace {

bool is_small(const ir::Recurrence& recurrence) {
  constexpr int most_nodes = 80;
  constexpr int64_t most_elements = 1000;
  if (recurrence.step.size() > most_nodes) return false;
  int64_t elements = 0;
  for (int32_t i = 0; i < recurrence.step.size(); ++i) {
    const std::optional<int64_t> count = ir::checked_count(recurrence.step.type({i}).dims);
    if (!count || *count > most_elements) return false;
    elements += *count;
  }
  return elements <= 10 * most_elements;
}

}  // namespace

std::vector<ir::Recurrence> small_cells(Bytes text) {
  ir::Diagnostics diagnostics;
  const auto source =
      std::make_shared<const ir::SourceText>(ir::SourceText{"fuzz.rondo", {text.begin(), text.end()}});
  const auto program = text::Program::parse(source, diagnostics);
  diagnostics.render();
  std::vector<ir::Recurrence> cells;
  if (!program) return cells;
  for (const std::string& name : program->cells()) {
    std::map<std::string, int64_t> settings;
    for (const std::string& parameter : program->open_parameters(name)) settings[parameter] = 3;
    ir::Diagnostics of_cell;
    auto cell = program->instantiate(name, settings, {}, of_cell);
    of_cell.render();
    if (cell && is_small(*cell)) cells.push_back(std::move(*cell));
  }
  return cells;
}

}  // namespace rondo::fuzz
