// What is too much ends in an error that says so, soon.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include <rondo/rondo.hpp>

#include "codegen/machines.h"
#include "frontend/data/npy.h"
#include "ir/interpreter.h"
#include "passes/pass_manager.h"
#include "tests/parsing.h"
#include "tests/run_program.h"
#include "tests/sanitizers.h"

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

TEST_CASE("a step of so many operations that it would take minutes is refused", "[limits]") {
  const auto deep = [](const std::string& step, int depth) {
    std::string text = "cell deep(n) {\n input x : f32[n]\n state h : f32[n]\n a0 = x + h\n";
    for (int i = 0; i < depth; ++i) text += fmt::format(fmt::runtime(step), i + 1, i);
    return text + fmt::format(" next h = a{}\n output next h\n}}\n", depth);
  };
  CHECK_THAT(error_of_passes(deep(" a{} = tanh(a{} + x)\n", 10'000), {}),
             Contains("the code would be too large") && Contains("run it with the interpreter"));
  CHECK_THAT(error_of_passes(deep(" a{} = a{} * x + h\n", 60'000), {}), Contains("the step is too large"));
}

TEST_CASE("values that need one another ten thousand deep are computed", "[limits]") {
  std::string text = "cell deep() {\n input x : f32[1]\n state h : f32[1]\n a0 = x + h\n";
  for (int i = 0; i < 10'000; ++i) text += fmt::format(" a{} = sqrt(a{} + x)\n", i + 1, i);
  const Parsed parsed = parse_cell(text + " next h = a10000\n output next h\n}\n");
  REQUIRE(parsed.recurrence.has_value());
  ir::Arguments arguments;
  const double two = 2;
  arguments.inputs["x"] = ir::Tensor::of(ir::DType::F32, {1, 1, 1}, std::span(&two, 1));
  ir::Diagnostics diagnostics;
  const auto results = ir::interpret(*parsed.recurrence, arguments, diagnostics);
  REQUIRE(results.has_value());
  CHECK(results->outputs[0].at(0) == 2);
}

// Seconds, and a few gigabytes.
TEST_CASE("a graph of a million nodes is built, and refused before the passes", "[.slow][limits]") {
  rondo::Builder b("large");
  const rondo::Value x = b.input("x", {2});
  rondo::Value y = x;
  for (int i = 0; i < 500'000; ++i) y = tanh(y + x * double(i));
  b.output(y);
  const rondo::Cell cell = b.cell();
  CHECK_THROWS_WITH(rondo::compile(cell),
                    Contains("the step is too large: it has") && Contains("interpreter"));
}

TEST_CASE("results that memory cannot hold are refused before they are asked for", "[limits]") {
  if (test::sanitized) {
    WARN("not run: sanitizers map more than the test leaves");
    return;
  }
  const test::Scratch scratch;
  const std::string cell =
      scratch.write("wide.rondo", "cell wide(n) {\n input x : f32[1]\n output broadcast_to(x, [n])\n}\n");
  ir::Diagnostics diagnostics;
  REQUIRE(data::write_npy(scratch.path("x.npy"), ir::Tensor(ir::DType::F32, {1, 1000, 1}), diagnostics));
  const test::Outcome outcome =
      test::run_command({"sh", "-c",
                         fmt::format("ulimit -v 2000000 && exec {} run {} --input {} --set n=2000000000",
                                     RONDO_PROGRAM, cell, scratch.path("x.npy"))},
                        "", {{"RONDO_CACHE_DIR", "/dev/null"}});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("not enough memory"));
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
