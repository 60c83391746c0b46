// rondo_add_cell of CMake: projects that compile cells as they build, for this machine and for another.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <sstream>

#include "frontend/data/npy.h"
#include "tests/run_program.h"

using namespace rondo;
using Words = std::vector<std::string>;

namespace {

// A project and where it is built; finds this Rondo as find_package would find an installed one.
class Project {
 public:
  explicit Project(std::string source) : source_(std::move(source)) {
    scratch_.write("rondo-config.cmake",
                   fmt::format("add_executable(rondo::compiler IMPORTED)\n"
                               "set_target_properties(rondo::compiler PROPERTIES IMPORTED_LOCATION {})\n"
                               "include({}/cmake/RondoAddCell.cmake)\n",
                               RONDO_PROGRAM, RONDO_SOURCE_DIR));
  }

  void build(const Words& settings = {}) {
    Words configure = {"cmake",
                       "-S",
                       source_,
                       "-B",
                       scratch_.path("build"),
                       "-G",
                       "Ninja",
                       "-Drondo_DIR=" + scratch_.path(".")};
    configure.insert(configure.end(), settings.begin(), settings.end());
    require(configure);
    require({"cmake", "--build", scratch_.path("build")});
  }

  test::Outcome run(const std::string& program, const std::string& input, Words runner = {}) const {
    runner.push_back(scratch_.path("build/" + program));
    return test::run_command(runner, input);
  }

 private:
  static void require(const Words& words) {
    const test::Outcome outcome = test::run_command(words);
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
  }

  std::string source_;
  test::Scratch scratch_;
};

std::string sunspots() {
  return test::read_whole(RONDO_SOURCE_DIR "/examples/sunspots/sunspots.csv");
}

}  // namespace

TEST_CASE("the embedded example forecasts what Keras does, here and on another machine", "[aot][cmake]") {
  Project here(RONDO_SOURCE_DIR "/examples/embedded");
  here.build();
  const test::Outcome outcome = here.run("forecast", sunspots());
  REQUIRE(outcome.status == 0);
  ir::Diagnostics diagnostics;
  const auto keras = data::read_npy(RONDO_SOURCE_DIR "/examples/sunspots/keras_prediction.npy", diagnostics);
  REQUIRE(keras.has_value());
  std::istringstream lines(outcome.out);
  int year = 0;
  double number = 0;
  for (int64_t i = 0; i < keras->count(); ++i) {
    REQUIRE(lines >> year >> number);
    REQUIRE(year == 1701 + i);
    REQUIRE(number == Approx(std::pow(10 * std::max(keras->at(i), 0.0), 2)).margin(0.1));
  }

  Project there(RONDO_SOURCE_DIR "/examples/embedded");
  there.build({"-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
               "-DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc", "-DCMAKE_EXE_LINKER_FLAGS=-static"});
  CHECK(there.run("forecast", sunspots(), {"qemu-aarch64"}).out == outcome.out);
}

TEST_CASE("a cell is compiled again when its file changes, and many link together", "[aot][cmake]") {
  const test::Scratch source;
  source.write(
      "CMakeLists.txt",
      "cmake_minimum_required(VERSION 3.25)\nproject(cells LANGUAGES C)\nfind_package(rondo REQUIRED)\n"
      "add_executable(cells main.c)\nrondo_add_cell(cells scale.rondo SET n=1 CPU x86-64-v2,x86-64-v3)\n"
      "rondo_add_cell(cells scale.rondo PREFIX masked SET n=2 OPTIONS --masking mask)\n");
  source.write("main.c",
               "#include <stdio.h>\n#include \"masked.h\"\n#include \"scale.h\"\nint main(void) {\n"
               "  static scale_stream_memory memory;\n  scale_prepared prepared;\n  float x = 3, y = 0;\n"
               "  scale_prepare(&prepared);\n"
               "  scale_stream_step(scale_stream_init(&memory, 1), &prepared, &x, &y);\n"
               "  printf(\"%g %d\\n\", y, MASKED_X_SIZE);\n  return 0;\n}\n");
  const auto cell = [&](int factor) {
    source.write("scale.rondo", fmt::format("cell scale(n) {{ input x : f32[n]; state s : f32[n]\n"
                                            "next s = s + {} * x; output next s }}",
                                            factor));
  };
  Project project(source.path("."));
  cell(2);
  project.build();
  CHECK(project.run("cells", "").out == "6 2\n");
  cell(5);
  project.build();
  CHECK(project.run("cells", "").out == "15 2\n");
}
