// Samples across lanes: transpositions between the caller's arrays and the workspace, in both layouts and
// directions, for whole squares and what is left of them, and blocks of samples.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "ir/interpreter.h"
#include "tests/every_engine.h"
#include "tests/parsing.h"
#include "tests/random_recurrence.h"

using namespace rondo;

namespace {

const char* const filter = R"(cell filter(channels) {
  input x : TYPE[channels]
  state p, q : TYPE[channels]
  y = 0.2 * x + p
  next p = 0.4 * x - 0.3 * y + q
  next q = 0.2 * x + 0.1 * y
  output y
  output twice = 2 * y
})";

ir::Recurrence filter_of(const std::string& dtype, int64_t channels) {
  std::string text = filter;
  for (size_t at = text.find("TYPE"); at != std::string::npos; at = text.find("TYPE"))
    text.replace(at, 4, dtype);
  text.replace(text.find("output y"), 8, "output once = y");
  const Parsed parsed = parse_cell(text, {{"channels", channels}});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  return *parsed.recurrence;
}

}  // namespace

TEST_CASE("samples across lanes give the same bits in every layout and direction", "[side_by_side]") {
  ir::Recurrence recurrence = filter_of(GENERATE("f32", "f64"), GENERATE(1, 2));
  recurrence.time_major = GENERATE(false, true);
  recurrence.go_backwards = GENERATE(false, true);
  tests::Random random(1);
  for (const auto& [batch, time] :
       std::vector<std::pair<int64_t, int64_t>>{{1, 40}, {9, 1}, {17, 35}, {150, 9}, {70, 75}}) {
    INFO("B=" << batch << " T=" << time);
    tests::run_everywhere(recurrence, tests::random_arguments(random, recurrence, batch, time, false),
                          tests::Engines::Few);
  }
}

// Elements of one to eight bytes, of which registers interleave pieces of different lengths.
TEST_CASE("elements of every type are transposed, and back", "[side_by_side]") {
  const std::string dtype = GENERATE("bool", "i32", "i64", "f32", "f64");
  const Parsed parsed = parse_cell(fmt::format(R"(cell delay() {{
  input x : {0}[1]
  state s : {0}[1]
  next s = x
  output before = s
}})",
                                               dtype),
                                   {});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  passes::Options options;
  options.samples_across_lanes = true;
  ir::Diagnostics diagnostics;
  const auto compiled = engine::Engine().compile(*parsed.recurrence, options, diagnostics);
  REQUIRE(compiled.has_value());
  tests::Random random(8);
  const ir::Arguments arguments = tests::random_arguments(random, *parsed.recurrence, 21, 27, false);
  const auto wanted = ir::interpret(*parsed.recurrence, arguments, diagnostics);
  const auto found = engine::run(compiled->kernel, arguments, diagnostics);
  REQUIRE((wanted && found));
  CHECK(ir::same_bits(wanted->outputs[0], found->outputs[0]));
}

TEST_CASE("samples across lanes and masks, lengths, and runs that are cut short", "[side_by_side]") {
  ir::Recurrence recurrence = filter_of("f32", 1);
  recurrence.time_major = GENERATE(false, true);
  SECTION("a mask that holds") {
    recurrence.masking = ir::Masking::Mask;
  }
  SECTION("a mask that zeroes") {
    recurrence.masking = ir::Masking::Mask;
    recurrence.zero_output_for_mask = true;
  }
  SECTION("lengths") {
    recurrence.masking = ir::Masking::Lengths;
  }
  SECTION("an input length") {
    recurrence.input_length = 33;
  }
  tests::Random random(2);
  tests::run_everywhere(recurrence, tests::random_arguments(random, recurrence, 21, 37, false),
                        tests::Engines::Few);
}

TEST_CASE("a buffer between two transpositions is there for both", "[side_by_side]") {
  const Parsed parsed = parse_cell(R"(cell twice(channels) {
  input x : f32[channels]
  state s : f32[channels]
  weight w : f32[channels]
  next s = s + w * x
  output p = x
  output q = next s
  output r = next s
})",
                                   {{"channels", 1}});
  REQUIRE(parsed.recurrence.has_value());
  ir::Recurrence recurrence = *parsed.recurrence;
  recurrence.time_major = true;
  tests::Random random(4);
  const ir::Arguments arguments = tests::random_arguments(random, recurrence, 9, 40, false);
  ir::Diagnostics diagnostics;
  const auto wanted = ir::interpret(recurrence, arguments, diagnostics);
  REQUIRE(wanted.has_value());
  // Without the pass, copies between outputs look like the transpositions that are added to them.
  passes::Options options;
  options.disabled = {"collapse"};
  const auto compiled = engine::Engine().compile(recurrence, options, diagnostics);
  REQUIRE(compiled.has_value());
  const auto found = engine::run(compiled->kernel, arguments, diagnostics);
  REQUIRE(found.has_value());
  for (size_t i = 0; i < wanted->outputs.size(); ++i)
    CHECK(ir::same_bits(wanted->outputs[i], found->outputs[i]));
  CHECK(ir::same_bits(wanted->new_states[0], found->new_states[0]));
}

// The wide state leaves room for the fewest samples a block.
TEST_CASE("blocks of samples give the same bits, whether or not those of a step lie densely",
          "[side_by_side]") {
  const Parsed parsed = parse_cell(R"(cell wide(channels) {
  input x : f64[channels]
  state s : f64[150]
  next s = 0.5 * s + x
  output (next s)[0:1]
})",
                                   {{"channels", 1}});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  ir::Recurrence recurrence = *parsed.recurrence;
  recurrence.time_major = GENERATE(false, true);
  passes::Options options;
  options.samples_across_lanes = true;
  ir::Diagnostics diagnostics;
  const auto compiled = engine::Engine().compile(recurrence, options, diagnostics);
  REQUIRE(compiled.has_value());
  CHECK(compiled->pipeline.program->sample_block == 32);
  CHECK(compiled->pipeline.program->dense_sample_block == 128);
  tests::Random random(6);
  const ir::Arguments arguments = tests::random_arguments(random, recurrence, 300, 3, false);
  const auto wanted = ir::interpret(recurrence, arguments, diagnostics);
  const auto found = engine::run(compiled->kernel, arguments, diagnostics);
  REQUIRE((wanted && found));
  CHECK(ir::same_bits(wanted->outputs[0], found->outputs[0]));
  CHECK(ir::same_bits(wanted->new_states[0], found->new_states[0]));
}

// As many as half of a second-level cache holds.
TEST_CASE("how many dense samples run together follows from what a step moves", "[side_by_side]") {
  const auto block = [](const std::string& states, const std::string& sum) {
    const Parsed parsed =
        parse_cell("cell c() {\n input x : f32[1]\n" + states + " output " + sum + "\n}", {});
    INFO(parsed.diagnostics.render());
    REQUIRE(parsed.recurrence.has_value());
    passes::Options options;
    options.samples_across_lanes = true;
    ir::Diagnostics diagnostics;
    const auto compiled = engine::Engine().compile(*parsed.recurrence, options, diagnostics);
    REQUIRE(compiled.has_value());
    return compiled->pipeline.program->dense_sample_block;
  };
  std::string states, sum = "x";
  const auto add_state = [&](int number) {
    states += fmt::format(" state s{0} : f32[1]\n next s{0} = 0.5 * s{0} + x\n", number);
    sum += fmt::format(" + s{}", number);
  };
  add_state(0);
  CHECK(block(states, sum) == 8192);
  add_state(1);
  CHECK(block(states, sum) == 8192);
  for (int number = 2; number < 9; ++number) add_state(number);
  CHECK(block(states, sum) == 2048);
}

// Tiles of samples hold buffers of every type, with vectors of 8 and of 4 samples, states that change places
// and states that are updated where they are.
TEST_CASE("tiles of samples have room for states of all types", "[side_by_side]") {
  const Parsed parsed = parse_cell(R"(cell mixed(n) {
  input x : f32[n]
  state flag : bool[n]
  state fine : f64[n, 2]
  state a, b : f32[n]
  state count : i32[n]
  weight rate : f32[1]
  next flag = x > a
  next fine = 0.5 * fine + reshape(f64(x), [n, 1])
  next a = b + rate * x
  next b = where(flag, a, x)
  next count = count + i32(flag)
  output y = next a + f32(next count)
  output z = sum(next fine, axis=1)
})",
                                   {{"n", GENERATE(0, 1, 3)}});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  tests::Random random(7);
  for (const int64_t batch : {1, 3, 4, 8, 13, 33})
    for (const auto unroll : {ir::Unroll::Never, ir::Unroll::Always}) {
      INFO("B=" << batch);
      ir::Recurrence recurrence = *parsed.recurrence;
      recurrence.time = 5;
      recurrence.unroll = unroll;
      passes::Options options;
      options.samples_across_lanes = true;
      ir::Diagnostics diagnostics;
      const auto compiled = engine::Engine().compile(recurrence, options, diagnostics);
      REQUIRE(compiled.has_value());
      const ir::Arguments arguments = tests::random_arguments(random, recurrence, batch, 5, false);
      const auto wanted = ir::interpret(recurrence, arguments, diagnostics);
      const auto found = engine::run(compiled->kernel, arguments, diagnostics);
      REQUIRE((wanted && found));
      for (size_t i = 0; i < wanted->outputs.size(); ++i)
        CHECK(ir::same_bits(wanted->outputs[i], found->outputs[i]));
      for (size_t i = 0; i < wanted->new_states.size(); ++i)
        CHECK(ir::same_bits(wanted->new_states[i], found->new_states[i]));
    }
}
