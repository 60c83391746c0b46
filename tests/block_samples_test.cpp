// Samples that run through all steps in blocks: where each has much of its own to read. The same bits.
#include <catch2/catch.hpp>

#include "tests/interpreted.h"

using namespace rondo;

namespace {

// A cell whose samples have memories of `length` rows.
ir::Recurrence attention(int64_t length) {
  return tests::ready_cell("attention_integrator",
                           {{"features", 3}, {"width", 48}, {"length", length}, {"units", 40}});
}

void require_interpreters_bits(const ir::Recurrence& recurrence, std::optional<int> threads) {
  passes::Options options;
  options.threads = threads;
  const engine::Compiled compiled = tests::compile(recurrence, options);
  REQUIRE(compiled.pipeline.program->sample_block == 6);
  const int64_t batches[] = {1, 6, 7, 14};
  const int counts[] = {threads.value_or(1)};
  tests::require_interpreters_bits(recurrence, compiled, batches, 5, counts);
}

}  // namespace

TEST_CASE("samples run in blocks where each has much of its own to read", "[blocks]") {
  const auto block = [](int64_t length) {
    return tests::compile(attention(length), {}).pipeline.program->sample_block;
  };
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
  require_interpreters_bits(recurrence, {});
}

TEST_CASE("threads share the columns of blocks of samples", "[blocks][shared]") {
  ir::Recurrence recurrence = attention(100);
  recurrence.masking = GENERATE(ir::Masking::None, ir::Masking::Mask);
  require_interpreters_bits(recurrence, GENERATE(2, 3));
}

TEST_CASE("blocks of samples run unrolled steps", "[blocks]") {
  ir::Recurrence recurrence = attention(100);
  recurrence.unroll = ir::Unroll::Always;
  recurrence.time = 5;
  require_interpreters_bits(recurrence, {});
}
