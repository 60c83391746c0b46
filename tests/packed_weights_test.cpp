// Products with packed weights: every tile of rows, every group of vectors, columns that fill no vector, sums
// of every kind of length, rows that are samples and rows that are steps.
#include <algorithm>
#include <catch2/catch.hpp>

#include "passes/pass_manager.h"
#include "tests/every_engine.h"
#include "tests/parsing.h"
#include "tests/random_recurrence.h"

using namespace rondo;

namespace {

// By how many contractions share their left side: 4 and 4, 3 and 3, 1 and 2 after another, 1.
const char* const lstm = R"(cell lstm(features, units) {
  input x : f32[features]
  state h, c : f32[units]
  weight W : f32[features, 4*units]
  weight U : f32[units, 4*units]
  zi, zf, zc, zo = split(x @ W + h @ U, 4)
  next c = sigmoid(zf) * c + sigmoid(zi) * tanh(zc)
  next h = sigmoid(zo) * tanh(next c)
  output next h
})";
const char* const gru = R"(cell gru(features, units) {
  input x : f32[features]
  state h : f32[units]
  weight W : f32[features, 3*units]
  weight U : f32[units, 3*units]
  xz, xr, xn = split(x @ W, 3)
  hz, hr, hn = split(h @ U, 3)
  z = sigmoid(xz + hz)
  next h = z * h + (1 - z) * tanh(xn + sigmoid(xr + hr) * hn)
  output next h
})";
const char* const gated = R"(cell gated(features, units) {
  input x : f32[features]
  state h : f32[units]
  weight W : f32[features, 2*units]
  weight U, V : f32[units, units]
  xf, xn = split(x @ W, 2)
  f = sigmoid(xf + h @ U)
  next h = (1 - f) * h + f * tanh(xn + (f * h) @ V)
  output y = tanh(next h) @ U
})";
const char* const heads = R"(cell heads(features, units) {
  input x : f64[features]
  state h : f64[2, units]
  weight W : f64[features, 2*units]
  weight U : f64[units, units]
  next h = tanh(reshape(x @ W, [2, units]) + h @ U)
  output next h
})";

ir::Recurrence cell_of(const char* text, int64_t features, int64_t units) {
  const Parsed parsed = parse_cell(text, {{"features", features}, {"units", units}});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  return *parsed.recurrence;
}

bool any_panels(const ir::Recurrence& recurrence) {
  ir::Diagnostics diagnostics;
  const ir::Target target{"x86_64-unknown-linux-gnu", "x86-64-v3", "", 256, 16, true};
  const auto pipeline = passes::run_passes(recurrence, target, {}, diagnostics);
  REQUIRE(pipeline.has_value());
  for (const ir::Nest& nest : pipeline->program->step)
    for (const ir::Stage& stage : nest.stages)
      if (stage.panels) return true;
  return false;
}

}  // namespace

TEST_CASE("packed weights give the same bits for any number of rows", "[packed]") {
  const char* text = GENERATE(lstm, gru, gated, heads);
  const ir::Recurrence recurrence = cell_of(text, 5, 19);
  REQUIRE(any_panels(recurrence));
  tests::Random random(1);
  for (int64_t batch : {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 16, 33}) {
    INFO("B=" << batch);
    tests::run_everywhere(recurrence, tests::random_arguments(random, recurrence, batch, 3, false),
                          tests::Engines::Few);
  }
}

TEST_CASE("packed weights give the same bits for any length of sum and number of columns", "[packed]") {
  const char* text = GENERATE(lstm, gru, gated);
  tests::Random random(2);
  for (const auto& [features, units] : std::vector<std::pair<int64_t, int64_t>>{
           {1, 8}, {3, 9}, {7, 13}, {8, 16}, {9, 24}, {13, 33}, {40, 40}, {64, 12}}) {
    INFO("features " << features << ", units " << units);
    const ir::Recurrence recurrence = cell_of(text, features, units);
    for (int64_t batch : {1, 6})
      tests::run_everywhere(recurrence, tests::random_arguments(random, recurrence, batch, 35, false),
                            tests::Engines::Few);
  }
}

// Rows are computed together where they share one side of a product, whichever it is.
TEST_CASE("rows that share a side of their products run in tiles of several", "[packed]") {
  const auto most_rows = [](const std::string& product, const std::string& shared) {
    const Parsed parsed =
        parse_cell("cell c() {\n  input q : f32[64, 4]\n  state h : f32[64, 4]\n  " + shared +
                       " U : f32[64, 64]\n  next h = tanh(q + " + product + ")\n  output next h\n}",
                   {});
    INFO(parsed.diagnostics.render());
    REQUIRE(parsed.recurrence.has_value());
    ir::Diagnostics diagnostics;
    const ir::Target target{"x86_64-unknown-linux-gnu", "x86-64-v3", "", 256, 16, true};
    const auto pipeline = passes::run_passes(*parsed.recurrence, target, {}, diagnostics);
    REQUIRE(pipeline.has_value());
    int rows = 0;
    for (const ir::Nest& nest : pipeline->program->step)
      for (const ir::Stage& stage : nest.stages)
        for (const ir::Tile& tile : stage.tiles) rows = std::max(rows, tile.rows);
    return rows;
  };
  CHECK(most_rows("matmul(U, h)", "weight") > 1);
  CHECK(most_rows("matmul(U, h)", "constant") == 1);
}

TEST_CASE("two vectors run side by side where activations wait and the body is short", "[packed]") {
  const auto together = [](const std::string& next) {
    const Parsed parsed = parse_cell(
        "cell c() {\n  input x : f32[64]\n  state h : f32[64]\n  weight U : f32[64, 64]\n  next h = " + next +
            "\n  output next h\n}",
        {});
    INFO(parsed.diagnostics.render());
    REQUIRE(parsed.recurrence.has_value());
    ir::Diagnostics diagnostics;
    const ir::Target target{"x86_64-unknown-linux-gnu", "x86-64-v3", "", 256, 16, true};
    const auto pipeline = passes::run_passes(*parsed.recurrence, target, {}, diagnostics);
    REQUIRE(pipeline.has_value());
    int most = 0;
    for (const ir::Nest& nest : pipeline->program->step)
      for (const ir::Stage& stage : nest.stages)
        if (stage.panels) most = std::max(most, stage.panels->together);
    return most;
  };
  std::string chain = "x + h @ U";
  CHECK(together(chain) == 1);
  CHECK(together("tanh(" + chain + ")") == 2);
  for (int i = 0; i < 20; ++i) chain.insert(0, "tanh(").append(")");
  CHECK(together(chain) == 1);
}

TEST_CASE("packed weights and masks, lengths and directions", "[packed]") {
  ir::Recurrence recurrence = cell_of(GENERATE(lstm, gated), 9, 17);
  recurrence.go_backwards = GENERATE(false, true);
  recurrence.time_major = GENERATE(false, true);
  recurrence.masking = GENERATE(ir::Masking::None, ir::Masking::Mask, ir::Masking::Lengths);
  recurrence.zero_output_for_mask = recurrence.masking == ir::Masking::Mask && recurrence.time_major;
  tests::Random random(3);
  tests::run_everywhere(recurrence, tests::random_arguments(random, recurrence, 7, 37, false),
                        tests::Engines::Few);
}
