// Every ready cell, in every engine, with masks and without.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "random_recurrence.h"
#include "tests/every_engine.h"
#include "tests/parsing.h"

using namespace rondo;
namespace fs = std::filesystem;

TEST_CASE("every ready cell gives the same bits in every engine", "[cells]") {
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(RONDO_SOURCE_DIR "/cells"))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  REQUIRE(paths.size() >= 11);
  const std::map<std::string, int64_t> sizes{
      {"features", 3}, {"units", 20}, {"channels", 2}, {"length", 7}, {"width", 5}};
  for (const fs::path& path : paths) {
    INFO(path.filename());
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    // Not every cell has every parameter: those that it has are found by asking.
    ir::Diagnostics diagnostics;
    const auto source =
        std::make_shared<const ir::SourceText>(ir::SourceText{path.filename().string(), text.str()});
    const auto program = text::Program::parse(source, diagnostics);
    REQUIRE(program.has_value());
    std::map<std::string, int64_t> settings;
    for (const std::string& parameter : program->parameters(program->cells().back()))
      settings[parameter] = sizes.contains(parameter) ? sizes.at(parameter) : 4;
    auto recurrence = program->instantiate("", settings, {}, diagnostics);
    INFO(diagnostics.render());
    REQUIRE(recurrence.has_value());
    for (ir::Masking masking : {ir::Masking::None, ir::Masking::Mask, ir::Masking::Lengths}) {
      recurrence->masking = masking;
      recurrence->go_backwards = masking == ir::Masking::Lengths;
      tests::Random random(7);
      tests::run_everywhere(*recurrence, tests::random_arguments(random, *recurrence, 5, 6, false),
                            tests::Engines::Few);
    }
  }
}
