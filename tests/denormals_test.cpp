// Numbers too small for all their digits: kept, or flushed for the length of a call.
#include <catch2/catch.hpp>
#include <cmath>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "ir/denormals.h"
#include "tests/every_engine.h"
#include "tests/parsing.h"

using namespace rondo;

namespace {

// Silence behind one impulse: the state halves with each step, and is denormal from step 126 on.
const char* const fading = R"(
  cell fading(width = 5) {
    input x : f32[width]
    state s : f32[width]
    next s = 0.5 * s + x
    output next s
  }
)";

ir::Arguments impulse(int64_t batch, int64_t time) {
  ir::Arguments arguments;
  ir::Tensor x(ir::DType::F32, {batch, time, 5});
  for (int64_t i = 0; i < batch; ++i) x.as<float>()[static_cast<size_t>(i * time * 5)] = 1;
  arguments.inputs.emplace("x", std::move(x));
  return arguments;
}

float first_of_step(const ir::Results& results, int64_t step) {
  return results.outputs[0].as<float>()[static_cast<size_t>(step * 5)];
}

}  // namespace

TEST_CASE("a fading state is denormal, or zero where that is asked for", "[denormals]") {
  Parsed parsed = parse_cell(fading);
  const ir::Arguments arguments = impulse(3, 200);
  const ir::Results kept = tests::run_everywhere(*parsed.recurrence, arguments);
  CHECK(first_of_step(kept, 126) == std::ldexp(1.0F, -126));
  CHECK(first_of_step(kept, 140) == std::ldexp(1.0F, -140));
  parsed.recurrence->flush_denormals = true;
  const ir::Results flushed = tests::run_everywhere(*parsed.recurrence, arguments);
  CHECK(first_of_step(flushed, 126) == std::ldexp(1.0F, -126));
  CHECK(first_of_step(flushed, 127) == 0);
}

TEST_CASE("a call that flushes leaves the processor as it was", "[denormals]") {
  Parsed parsed = parse_cell(fading);
  parsed.recurrence->flush_denormals = true;
  ir::Diagnostics diagnostics;
  const auto compiled = engine::Engine().compile(*parsed.recurrence, {}, diagnostics);
  REQUIRE(compiled.has_value());
  const volatile float smallest = std::ldexp(1.0F, -126);
  for (const bool flushing : {false, true}) {
    const ir::FlushDenormals caller(flushing);
    REQUIRE(engine::run(compiled->kernel, impulse(1, 4), diagnostics).has_value());
    const volatile float half = smallest * 0.5F;
    CHECK((half == 0) == flushing);
  }
}

TEST_CASE("the option to flush is part of the text", "[denormals]") {
  const Parsed parsed =
      parse_cell("cell c() { option flush_denormals = true; input x : f32[2]; output x + 1 }");
  REQUIRE(parsed.recurrence.has_value());
  CHECK(parsed.recurrence->flush_denormals);
}
