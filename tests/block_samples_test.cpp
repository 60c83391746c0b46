// Samples that run through all steps in blocks: where each has much of its own to read. The same bits.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "ir/interpreter.h"
#include "tests/parsing.h"
#include "tests/random_recurrence.h"

using namespace rondo;

namespace {

// A cell whose samples have memories of `length` rows.
ir::Recurrence attention(int64_t length) {
  std::ifstream file(RONDO_SOURCE_DIR "/cells/attention_integrator.rondo");
  std::stringstream text;
  text << file.rdbuf();
  const Parsed parsed =
      parse_cell(text.str(), {{"features", 3}, {"width", 48}, {"length", length}, {"units", 40}});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  return *parsed.recurrence;
}

engine::Compiled compile(const ir::Recurrence& recurrence, std::optional<int> threads = {}) {
  passes::Options options;
  options.threads = threads;
  ir::Diagnostics diagnostics;
  auto compiled = engine::Engine().compile(recurrence, options, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(compiled.has_value());
  return std::move(*compiled);
}

bool same(const std::vector<ir::Tensor>& a, const std::vector<ir::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), ir::same_bits);
}

void require_the_bits_of_the_interpreter(const ir::Recurrence& recurrence, std::optional<int> threads) {
  const engine::Compiled compiled = compile(recurrence, threads);
  REQUIRE(compiled.pipeline.program->sample_block == 6);
  tests::Random random(1);
  for (const int64_t batch : {1, 6, 7, 14}) {
    INFO("B=" << batch);
    const ir::Arguments arguments = tests::random_arguments(random, recurrence, batch, 5, false);
    ir::Diagnostics diagnostics;
    const auto wanted = ir::interpret(recurrence, arguments, diagnostics);
    REQUIRE(wanted.has_value());
    auto call = engine::Call::bind(compiled.kernel, arguments, diagnostics, threads.value_or(1));
    REQUIRE(call.has_value());
    for (int run = 0; run < 3; ++run) call->run();
    REQUIRE(same(call->results().outputs, wanted->outputs));
    REQUIRE(same(call->results().last_output, wanted->last_output));
    REQUIRE(same(call->results().new_states, wanted->new_states));
  }
}

}  // namespace

TEST_CASE("samples run in blocks where each has much of its own to read", "[blocks]") {
  const auto block = [](int64_t length) { return compile(attention(length)).pipeline.program->sample_block; };
  CHECK(block(100) == 6);
  CHECK(block(50) == 8);
  CHECK(block(1) == 0);     // nobody has much to read
  CHECK(block(1000) == 0);  // not one tile of rows fits a cache
}

TEST_CASE("blocks of samples have the bits of the interpreter", "[blocks]") {
  ir::Recurrence recurrence = attention(100);
  recurrence.masking = GENERATE(ir::Masking::None, ir::Masking::Mask, ir::Masking::Lengths);
  recurrence.go_backwards = GENERATE(false, true);
  recurrence.zero_output_for_mask = recurrence.go_backwards && recurrence.masking == ir::Masking::Mask;
  require_the_bits_of_the_interpreter(recurrence, {});
}

TEST_CASE("threads share the columns of blocks of samples", "[blocks][shared]") {
  ir::Recurrence recurrence = attention(100);
  recurrence.masking = GENERATE(ir::Masking::None, ir::Masking::Mask);
  require_the_bits_of_the_interpreter(recurrence, GENERATE(2, 3));
}

TEST_CASE("blocks of samples run unrolled steps", "[blocks]") {
  ir::Recurrence recurrence = attention(100);
  recurrence.unroll = ir::Unroll::Always;
  recurrence.time = 5;
  require_the_bits_of_the_interpreter(recurrence, {});
}
