// Rows of small cells, whose sums are written out with the rest of the body: the same bits at any width, with
// any remainder of columns, for one sample or several.
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

ir::Recurrence cell_of(const std::string& name, int64_t units) {
  std::ifstream file(RONDO_SOURCE_DIR "/cells/" + name + ".rondo");
  std::stringstream text;
  text << file.rdbuf();
  const Parsed parsed = parse_cell(text.str(), {{"features", 2}, {"units", units}});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  return *parsed.recurrence;
}

engine::Compiled compile(const ir::Recurrence& recurrence, const passes::Options& options) {
  ir::Diagnostics diagnostics;
  auto compiled = engine::Engine().compile(recurrence, options, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(compiled.has_value());
  return std::move(*compiled);
}

ir::WrittenOut written_out(const engine::Compiled& compiled) {
  for (const ir::Nest& nest : compiled.pipeline.program->step)
    if (ir::has_panels(nest)) return nest.stages[0].panels->written_out;
  return ir::WrittenOut::None;
}

bool same(const std::vector<ir::Tensor>& a, const std::vector<ir::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), ir::same_bits);
}

void require_the_bits_of_the_interpreter(const ir::Recurrence& recurrence, const engine::Compiled& compiled) {
  tests::Random random(1);
  for (const int64_t batch : {1, 3}) {
    INFO("B=" << batch);
    const ir::Arguments arguments = tests::random_arguments(random, recurrence, batch, 6, false);
    ir::Diagnostics diagnostics;
    const auto wanted = ir::interpret(recurrence, arguments, diagnostics);
    REQUIRE(wanted.has_value());
    auto call = engine::Call::bind(compiled.kernel, arguments, diagnostics, 1);
    REQUIRE(call.has_value());
    for (int run = 0; run < 2; ++run) call->run();
    REQUIRE(same(call->results().outputs, wanted->outputs));
    REQUIRE(same(call->results().last_output, wanted->last_output));
    REQUIRE(same(call->results().new_states, wanted->new_states));
  }
}

}  // namespace

TEST_CASE("rows of small cells are written out, and nothing else where one sample is expected", "[small]") {
  passes::Options options;
  options.lanes = 8;
  CHECK(written_out(compile(cell_of("lstm", 24), options)) == ir::WrittenOut::Alone);
  CHECK(written_out(compile(cell_of("lstm", 64), options)) == ir::WrittenOut::None);
  options.expected_batch = 16;
  CHECK(written_out(compile(cell_of("lstm", 24), options)) == ir::WrittenOut::Alone);
  options.expected_batch = 1;
  CHECK(written_out(compile(cell_of("lstm", 24), options)) == ir::WrittenOut::All);
  CHECK(written_out(compile(cell_of("lstm", 64), options)) == ir::WrittenOut::None);
}

TEST_CASE("rows that are written out have the bits of the interpreter", "[small]") {
  const std::string name = GENERATE("lstm", "gru", "gru_reset_before", "minimal_gated_unit", "peephole_lstm");
  const int64_t units = GENERATE(9, 16, 20, 25, 32, 37, 44);  // one to six vectors, whole and not
  INFO(name << " of " << units);
  const ir::Recurrence recurrence = cell_of(name, units);
  passes::Options options;
  for (const int lanes : {4, 8, 16})
    for (const std::optional<int64_t> expected : {std::optional<int64_t>(), std::optional<int64_t>(1)}) {
      options.lanes = lanes;
      options.expected_batch = expected;
      INFO("lanes " << lanes << ", one sample expected: " << expected.has_value());
      require_the_bits_of_the_interpreter(recurrence, compile(recurrence, options));
    }
}

TEST_CASE("rows that are written out agree on masks and unrolled steps", "[small]") {
  ir::Recurrence recurrence = cell_of("lstm", 20);
  recurrence.masking = GENERATE(ir::Masking::None, ir::Masking::Mask, ir::Masking::Lengths);
  recurrence.go_backwards = recurrence.masking == ir::Masking::Mask;
  if (GENERATE(false, true)) {
    recurrence.unroll = ir::Unroll::Always;
    recurrence.time = 6;
  }
  passes::Options options;
  options.lanes = 8;
  options.expected_batch = GENERATE(1, 16);
  require_the_bits_of_the_interpreter(recurrence, compile(recurrence, options));
}
