// The cell of the README's first screen is a cell, and does what the README shows.
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include "tests/every_engine.h"
#include "tests/parsing.h"

using namespace rondo;

TEST_CASE("the README's example runs as shown", "[readme]") {
  std::stringstream readme;
  readme << std::ifstream(RONDO_SOURCE_DIR "/README.md").rdbuf();
  const std::string text = readme.str();
  const size_t begin = text.find("cell ema(");
  REQUIRE(begin != std::string::npos);
  const Parsed parsed = parse_cell(text.substr(begin, text.find("```", begin) - begin), {{"features", 1}});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  constexpr int64_t steps = 400;
  ir::Arguments arguments;
  arguments.inputs["x"] = ir::Tensor(ir::DType::F32, {1, steps, 1});
  for (int64_t t = 0; t < steps; ++t) arguments.inputs["x"].set(t, std::sin(static_cast<double>(t) / 20));
  const double one = 1;
  arguments.weights["rate"] = ir::Tensor::of(ir::DType::F32, {1}, std::span(&one, 1));
  const ir::Results results = tests::run_everywhere(*parsed.recurrence, arguments, tests::Engines::Few);
  CHECK(results.outputs[0].at(1) == Approx(0.0024958).epsilon(1e-4));
  CHECK(results.outputs[0].at(2) == Approx(0.011941).epsilon(1e-4));
  CHECK(results.last_output[0].at(0) == Approx(0.75217).epsilon(1e-4));
}
