#include "tests/ready_cells.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "frontend/text/program.h"
#include "tests/data/scratch.h"

namespace rondo::tests {

std::map<std::string, ir::Recurrence> ready_cells(const std::map<std::string, int64_t>& sizes) {
  std::map<std::string, ir::Recurrence> cells;
  for (const auto& entry : std::filesystem::directory_iterator(RONDO_SOURCE_DIR "/cells")) {
    const std::string name = entry.path().stem().string();
    INFO(name);
    ir::Diagnostics diagnostics;
    const auto source = std::make_shared<ir::SourceText>(
        ir::SourceText{entry.path().filename().string(), test::read_whole(entry.path().string())});
    const auto program = text::Program::parse(source, diagnostics);
    REQUIRE(program.has_value());
    // Not every cell has every parameter: those that it has are found by asking.
    std::map<std::string, int64_t> settings;
    for (const std::string& parameter : program->parameters(program->cells().back()))
      settings[parameter] = sizes.contains(parameter) ? sizes.at(parameter) : 4;
    auto recurrence = program->instantiate("", settings, {}, diagnostics);
    INFO(diagnostics.render());
    REQUIRE(recurrence.has_value());
    cells.emplace(name, std::move(*recurrence));
  }
  REQUIRE(cells.size() >= 11);
  return cells;
}

}  // namespace rondo::tests
