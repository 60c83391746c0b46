// Threads that share the columns of a sample: the same bits for any number of them, and who is worth it.
#include <catch2/catch.hpp>

#include "tests/inputs_ahead.h"
#include "tests/interpreted.h"

using namespace rondo;

namespace {

ir::Recurrence cell_of(const std::string& name, int64_t features, int64_t units) {
  std::map<std::string, int64_t> sizes{{"features", features}, {"units", units}};
  if (name == "attention_integrator") sizes.insert({{"width", 7}, {"length", 5}});
  return tests::ready_cell(name, sizes);
}

engine::Compiled compile(const ir::Recurrence& recurrence, std::optional<int> threads,
                         passes::Pins pins = {}) {
  passes::Options options;
  options.threads = threads;
  options.lanes = 8;
  options.pins = std::move(pins);
  return tests::compile(recurrence, options);
}

void require_same_with_any_threads(const ir::Recurrence& recurrence, int64_t time) {
  // Steps of small cells share nothing, but what is ahead of them is shared.
  passes::Pins pins = tests::inputs_ahead(recurrence, engine::Engine().target(), {});
  const engine::Compiled compiled = compile(recurrence, 4, std::move(pins));
  REQUIRE(compiled.kernel.sharing().threads == 4);
  const int64_t batches[] = {1, 2, 3};
  const int threads[] = {1, 2, 3, 4, 5};
  tests::require_interpreters_bits(recurrence, compiled, batches, time, threads);
}

}  // namespace

TEST_CASE("threads that share a sample change no bit", "[shared]") {
  const std::string name = GENERATE("lstm", "gru", "gru_reset_before", "layer_norm_lstm",
                                    "minimal_gated_unit", "peephole_lstm", "attention_integrator");
  INFO(name);
  const int64_t units = GENERATE(44, 76);  // sums of a step from tiles, and from packed weights
  require_same_with_any_threads(cell_of(name, 9, units), 37);
}

TEST_CASE("threads that share a sample agree on masks, lengths and directions", "[shared]") {
  ir::Recurrence recurrence = cell_of("minimal_gated_unit", 9, 76);
  recurrence.masking = GENERATE(ir::Masking::None, ir::Masking::Mask, ir::Masking::Lengths);
  recurrence.go_backwards = GENERATE(false, true);
  recurrence.zero_output_for_mask = recurrence.go_backwards && recurrence.masking == ir::Masking::Mask;
  if (recurrence.masking == ir::Masking::None) recurrence.input_length = 20;
  require_same_with_any_threads(recurrence, 37);
}

TEST_CASE("threads that share a sample run unrolled steps", "[shared]") {
  ir::Recurrence recurrence = cell_of(GENERATE("gru", "layer_norm_lstm"), 9, 76);
  recurrence.unroll = ir::Unroll::Always;
  recurrence.time = 6;
  require_same_with_any_threads(recurrence, 6);
}

TEST_CASE("as many threads share a sample as its columns are worth", "[shared]") {
  const auto threads = [](int64_t units) {
    return compile(cell_of("lstm", 1, units), {}).kernel.sharing().threads;
  };
  CHECK(threads(8) == 1);
  CHECK(threads(32) == 1);
  CHECK(threads(128) >= 2);
  CHECK(threads(512) > threads(128));
}
