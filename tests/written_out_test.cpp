// Rows of small cells, whose sums are written out with the rest of the body: the same bits at any width, with
// any remainder of columns, for one sample or several.
#include <catch2/catch.hpp>

#include "tests/interpreted.h"

using namespace rondo;

namespace {

ir::Recurrence cell_of(const std::string& name, int64_t units) {
  return tests::ready_cell(name, {{"features", 2}, {"units", units}});
}

ir::WrittenOut written_out(const engine::Compiled& compiled) {
  for (const ir::Nest& nest : compiled.pipeline.program->step)
    if (ir::has_panels(nest)) return nest.stages[0].panels->written_out;
  return ir::WrittenOut::None;
}

void require_interpreters_bits(const ir::Recurrence& recurrence, const passes::Options& options) {
  const int64_t batches[] = {1, 3};
  const int threads[] = {1};
  tests::require_interpreters_bits(recurrence, tests::compile(recurrence, options), batches, 6, threads);
}

}  // namespace

TEST_CASE("rows of small cells are written out alone where one sample is expected, and not where many are",
          "[small]") {
  passes::Options options;
  options.lanes = 8;
  CHECK(written_out(tests::compile(cell_of("lstm", 24), options)) == ir::WrittenOut::Alone);
  CHECK(written_out(tests::compile(cell_of("lstm", 64), options)) == ir::WrittenOut::None);
  options.expected_batch = 16;
  CHECK(written_out(tests::compile(cell_of("lstm", 24), options)) == ir::WrittenOut::None);
  options.expected_batch = 1;
  CHECK(written_out(tests::compile(cell_of("lstm", 24), options)) == ir::WrittenOut::All);
  CHECK(written_out(tests::compile(cell_of("lstm", 64), options)) == ir::WrittenOut::None);
}

TEST_CASE("rows of small cells, written out or not, have the bits of the interpreter", "[small]") {
  const std::string name = GENERATE("lstm", "gru", "gru_reset_before", "minimal_gated_unit", "peephole_lstm");
  const int64_t units = GENERATE(9, 16, 20, 25, 32, 37, 44);  // one to six vectors, whole and not
  INFO(name << " of " << units);
  const ir::Recurrence recurrence = cell_of(name, units);
  passes::Options options;
  for (const int lanes : {4, 8, 16})
    for (const int64_t expected : {0, 1, 2}) {
      options.lanes = lanes;
      options.expected_batch = expected == 0 ? std::nullopt : std::optional(expected);
      INFO("lanes " << lanes << ", samples expected: " << expected);
      require_interpreters_bits(recurrence, options);
    }
}

TEST_CASE("rows of small cells, written out or not, agree on masks and unrolled steps", "[small]") {
  ir::Recurrence recurrence = cell_of("lstm", 20);
  recurrence.masking = GENERATE(ir::Masking::None, ir::Masking::Mask, ir::Masking::Lengths);
  recurrence.go_backwards = recurrence.masking == ir::Masking::Mask;
  if (GENERATE(false, true)) {
    recurrence.unroll = ir::Unroll::Always;
    recurrence.time = 6;
  }
  passes::Options options;
  options.lanes = 8;
  const int64_t expected = GENERATE(0, 1, 16);
  options.expected_batch = expected == 0 ? std::nullopt : std::optional(expected);
  require_interpreters_bits(recurrence, options);
}
