// What is too much ends in an error that says so, soon.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "codegen/machines.h"
#include "passes/pass_manager.h"
#include "tests/parsing.h"
#include "tests/run_program.h"

using namespace rondo;
using Catch::Contains;

namespace {

// A chain of products, each of which is a stage of loops.
std::string chain(int products) {
  std::string text =
      "cell chain(n) {\n input x : f32[n]\n state h : f32[n]\n weight W : f32[n, n]\n a0 = x + h\n";
  for (int i = 0; i < products; ++i) text += fmt::format(" a{} = tanh(a{} @ W)\n", i + 1, i);
  return text + fmt::format(" next h = a{}\n output next h\n}}\n", products);
}

std::string error_of_passes(const std::string& text, const passes::Options& options) {
  const Parsed parsed = parse_cell(text, {{"n", 4}});
  REQUIRE(parsed.recurrence.has_value());
  ir::Diagnostics diagnostics;
  passes::run_passes(*parsed.recurrence, codegen::host_machine(), options, diagnostics);
  return diagnostics.render();
}

}  // namespace

TEST_CASE("code that would take minutes to make is refused", "[limits]") {
  CHECK(error_of_passes(chain(100), {}).empty());
  CHECK_THAT(error_of_passes(chain(2500), {}),
             Contains("too large") && Contains("run it with the interpreter"));
  passes::Options unrolled;
  unrolled.unroll = 64;
  CHECK_THAT(error_of_passes(chain(100), unrolled),
             Contains("64 copies of the step") && Contains("ask for fewer"));
}

TEST_CASE("more than memory holds is refused before it is taken", "[limits]") {
  const test::Scratch scratch;
  const std::string cell = scratch.write(
      "wide.rondo",
      "cell wide(n) {\n input x : f32[1]\n state h : f32[n]\n next h = h + x\n output sum(next h)\n}");
  for (const char* size : {"1000000000000", "4611686018427387904", "9223372036854775807"}) {
    CAPTURE(size);
    const test::Outcome outcome = test::run_rondo({"explain", cell, "--set", std::string("n=") + size});
    CHECK((outcome.status == 0 || outcome.status == 1));
    CHECK(outcome.err.find("internal error") == std::string::npos);
  }
}
