// A disk that is full: whatever is being written, there is an error that says so, exit status 1, and no half
// of a file.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "frontend/data/npy.h"
#include "tests/run_program.h"

using namespace rondo;
using Catch::Contains;

namespace {

// A folder in which files may not grow beyond a few hundred bytes.
struct Desk {
  test::Scratch scratch;

  Desk() {
    scratch.write("ema.rondo",
                  "cell ema() { input x : f32[4]; state s : f32[4]; next s = s * 0.5 + x; output next s }");
    ir::Diagnostics diagnostics;
    REQUIRE(data::write_npy(scratch.path("x.npy"), ir::Tensor(ir::DType::F32, {2, 100, 4}), diagnostics));
  }

  test::Outcome run(const std::string& command) const {
    const std::string limited = "ulimit -f 1 && exec " RONDO_PROGRAM " " + command;
    return test::run_command({"env", "-C", scratch.path(""), "sh", "-c", limited}, "",
                             {{"RONDO_CACHE_DIR", scratch.path("cache")}});
  }
};

}  // namespace

TEST_CASE("on a full disk files are written whole or not at all", "[limits][cli]") {
  const Desk desk;
  const size_t before = desk.scratch.file_count();
  const std::string run = "run ema.rondo --input x.npy --no-cache ";
  for (const std::string& command :
       {run + "--out out.npz", run + "--plot chart.svg", run + "--plot chart.png",
        std::string("compile ema.rondo -o ema"), std::string("compile ema.rondo -o ema --emit header"),
        std::string("compile ema.rondo -o ema --emit llvm,asm,bc"),
        std::string("explain ema.rondo --html page.html"),
        std::string("-e 'x = zeros(1000); :plot x chart.svg'"),
        std::string("-e 'x = randn(1000); :save work.session'")}) {
    INFO(command);
    const test::Outcome outcome = desk.run(command);
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, Contains("error: ") && (Contains("File too large") || Contains("writ")));
    CHECK(desk.scratch.file_count() == before);
  }
}

TEST_CASE("standard output that ends early is an error of every command", "[limits][cli]") {
  const Desk desk;
  for (const std::string command :
       {"--help", "--version", "run --help", "check ema.rondo", "explain ema.rondo", "explain --passes",
        "explain ema.rondo --json", "explain ema.rondo --html -", "explain ema.rondo --write-plan -",
        "run ema.rondo --input x.npy", "run ema.rondo --input x.npy --json --no-cache",
        "run ema.rondo --input x.npy --show", "compile ema.rondo -o ema", "-e 1+1", "-e :help"}) {
    INFO(command);
    const test::Outcome outcome = test::run_command(
        {"env", "-C", desk.scratch.path(""), "sh", "-c", RONDO_PROGRAM " " + command + " > /dev/full"}, "",
        {{"RONDO_CACHE_DIR", "/dev/null"}});
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, Contains("error: ") && Contains("full"));
  }
}

TEST_CASE("messages that standard error does not take change no exit status", "[limits][cli]") {
  const Desk desk;
  for (const std::string way : {"2>&-", "2>/dev/full", ">&- 2>&-"})
    for (const std::string command :
         {"check nowhere.rondo", "run", "run ema.rondo --imput x.npy", "-e nonsense"}) {
      INFO(command << " " << way);
      const test::Outcome outcome = test::run_command({"env", "-C", desk.scratch.path(""), "sh", "-c",
                                                       fmt::format("{} {} {}", RONDO_PROGRAM, command, way)},
                                                      "", {{"RONDO_CACHE_DIR", "/dev/null"}});
      CHECK((outcome.status == 1 || outcome.status == 2));
    }
}

TEST_CASE("a cache on a full disk fails no run", "[limits][cli][cache]") {
  const Desk desk;
  for (int i = 0; i < 2; ++i) {
    const test::Outcome outcome = desk.run("run ema.rondo --input x.npy > /dev/null");
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    CHECK(std::filesystem::is_empty(desk.scratch.path("cache")));
  }
}
