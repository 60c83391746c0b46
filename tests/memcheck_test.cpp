// The command line, a session and programs of the examples under Valgrind: hidden, as they take minutes, most
// of them LLVM's. `./x test --valgrind` runs them with all else that is tagged [memcheck], objects of cells
// first.
#include "tests/memcheck.h"

#include <catch2/catch.hpp>

#include "tests/run_program.h"
#include "tests/sanitizers.h"

using namespace rondo;
using Words = std::vector<std::string>;

namespace {

// Its output; silence of Valgrind's is asked for.
std::string under_memcheck(Words words, const std::string& input = "",
                           std::map<std::string, std::string> environment = {}) {
  std::string line;
  for (const std::string& word : words) line += word + " ";
  words.insert(words.begin(), test::memcheck.begin(), test::memcheck.end());
  environment["RONDO_CACHE_DIR"] = "/dev/null";
  const test::Outcome outcome = test::run_command(words, input, environment);
  INFO(line << "\n" << outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.err.find("==") == std::string::npos);  // processes that the program started say it here
  return outcome.out;
}

// Both kinds of instrumentation are too many for one program.
bool can_run() {
  if (test::sanitized) WARN("not run: Valgrind runs no program that has sanitizers");
  return !test::sanitized;
}

}  // namespace

TEST_CASE("commands under memcheck", "[.][memcheck]") {
  if (!can_run()) return;
  const test::Scratch scratch;
  const std::string program = RONDO_PROGRAM, cells = RONDO_SOURCE_DIR "/cells/",
                    sunspots = RONDO_SOURCE_DIR "/examples/sunspots/";
  under_memcheck({program, "check", cells + "lstm.rondo", cells + "attention_integrator.rondo"});
  for (const char* engine : {"jit", "interpreter"})
    under_memcheck({program,
                    "run",
                    sunspots + "forecast.rondo",
                    "--weights",
                    sunspots + "weights.npz",
                    "--input",
                    "x=" + sunspots + "series.npy",
                    "--truth",
                    sunspots + "truth.npy",
                    "--test-from",
                    "215",
                    "--plot",
                    scratch.path("forecast.png"),
                    "--out",
                    scratch.path("out.npz"),
                    "--show",
                    "--verify",
                    "--calls",
                    "1",
                    "--engine",
                    engine});
  for (const char* cell : {"gru", "layer_norm_lstm", "stacked"})
    under_memcheck({program, "explain", cells + cell + ".rondo", "--set", "features=3", "--set", "units=5",
                    "--html", scratch.path("page.html")});
  under_memcheck({program, "compile", sunspots + "forecast.rondo", "--weights", sunspots + "weights.npz",
                  "--cpu", "x86-64-v2,x86-64-v3", "-o", scratch.path("forecast")});
  under_memcheck({program, "compile", cells + "gru.rondo", "--set", "features=3", "--set", "units=5",
                  "--target", "aarch64-linux-gnu", "-o", scratch.path("gru")});
}

TEST_CASE("programs of the examples under memcheck", "[.][memcheck]") {
  if (!can_run()) return;
  const test::Scratch scratch;
  const std::string examples = RONDO_SOURCE_DIR "/examples/", prefix = scratch.path("prefix");
  REQUIRE(test::run_command({"cmake", "--install", RONDO_BUILD_DIR, "--prefix", prefix}).status == 0);
  for (const std::string name : {"embedding", "embedded"}) {
    const std::string build = scratch.path(name);
    REQUIRE(test::run_command(
                {"cmake", "-S", examples + name, "-B", build, "-G", "Ninja", "-DCMAKE_PREFIX_PATH=" + prefix})
                .status == 0);
    REQUIRE(test::run_command({"cmake", "--build", build}).status == 0);
  }
  CHECK_THAT(under_memcheck({scratch.path("embedding/gru")}), Catch::Contains("the same bits"));
  CHECK_THAT(under_memcheck({scratch.path("embedding/biquad")}), Catch::Contains("gain"));
  CHECK_THAT(under_memcheck({scratch.path("embedded/forecast")},
                            test::read_whole(examples + "sunspots/sunspots.csv")),
             Catch::Contains("1701"));
}

TEST_CASE("a session of statements and runs under memcheck", "[.][memcheck]") {
  if (!can_run()) return;
  const std::string said = under_memcheck({RONDO_PROGRAM, "repl"}, R"(
cell ema { input x : f32[3]; state m : f32[3]; next m = 0.9 * m + 0.1 * tanh(x); output next m }
x = randn([5, 7, 3])
run ema x
kept = randn([5, 7]) > 0
run ema x --mask=kept
run ema x --input-length=[1, 0, 7, 3, 2] --go-backwards
:check
)");
  CHECK_THAT(said, Catch::Contains("all bits agree"));
}
