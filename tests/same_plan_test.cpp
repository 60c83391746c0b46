// Speed follows from the rules of the graph: the same cell in other words gets the same plan.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <catch2/catch.hpp>

#include <map>

#include "passes/pass_manager.h"
#include "tests/parsing.h"

using namespace rondo;

namespace {

std::string stage_shape(const ir::Stage& stage) {
  std::map<ir::Opcode, int> counts;
  for (const ir::Instruction& instruction : stage.body) ++counts[instruction.opcode];
  std::string shape = fmt::format("    {} x{}:", ir::to_string(stage.extents), stage.lanes);
  for (const auto& [opcode, count] : counts) shape += fmt::format(" {}*{}", static_cast<int>(opcode), count);
  for (const ir::Tile& tile : stage.tiles) shape += fmt::format(" tile {}x{}", tile.rows, tile.vectors);
  if (!stage.panels) return shape + "\n";
  shape += fmt::format(" panels of {} rows {}", stage.panels->vectors, fmt::join(stage.panels->rows, " "));
  for (const ir::PanelFamily& family : stage.panels->families)
    shape += fmt::format(" {} by {}", family.contractions.size(), family.group);
  return shape + "\n";
}

// All that decides about speed: phases, nests, tiles, panels, unrolling, what is in place; no name of
// anything.
std::string plan_of(const std::string& text) {
  const Parsed parsed = parse_cell(text, {{"features", 20}, {"units", 40}});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  ir::Diagnostics diagnostics;
  const ir::Target target{"", "", "", 256, 16, true};
  const auto pipeline = passes::run_passes(*parsed.recurrence, target, {}, diagnostics);
  REQUIRE(pipeline.has_value());
  const ir::LoopProgram& program = *pipeline->program;
  std::string plan =
      fmt::format("unroll {} block {} {}\n", program.unroll, program.time_block, program.block_rows);
  for (const auto& [name, nests] : ir::phases(program)) {
    plan += fmt::format("{}\n", name);
    for (const ir::Nest& nest : *nests) {
      plan += fmt::format("  {} {}\n", ir::name_of(nest.rows), static_cast<int>(nest.order));
      for (const ir::Stage& stage : nest.stages) plan += stage_shape(stage);
    }
  }
  int in_place = 0;
  for (const ir::Buffer& buffer : program.buffers) in_place += buffer.in_place ? 1 : 0;
  return plan + fmt::format("{} in place\n", in_place);
}

const char* const lstm = R"(cell lstm(features, units) {
  input x : f32[features]
  state h, c : f32[units]
  weight W : f32[features, 4*units]
  weight U : f32[units, 4*units]
  weight b : f32[4*units]
  zi, zf, zc, zo = split(x @ W + h @ U + b, 4)
  next c = sigmoid(zf) * c + sigmoid(zi) * tanh(zc)
  next h = sigmoid(zo) * tanh(next c)
  output next h
})";

}  // namespace

TEST_CASE("an LSTM under other names gets the same plan", "[plan]") {
  const std::string plan = plan_of(lstm);
  CHECK(plan.find("panels") != std::string::npos);
  CHECK(plan_of(R"(cell nobody_has_seen_this(features, units) {
  input stimulus : f32[features]
  state mood, memory : f32[units]
  weight A : f32[features, 4*units]
  weight B : f32[units, 4*units]
  weight offset : f32[4*units]
  p, q, r, s = split(stimulus @ A + mood @ B + offset, 4)
  next memory = sigmoid(q) * memory + sigmoid(p) * tanh(r)
  next mood = sigmoid(s) * tanh(next memory)
  output next mood
})") == plan);
}

TEST_CASE("an LSTM with its gates in another order gets the same plan", "[plan]") {
  CHECK(plan_of(R"(cell reordered(features, units) {
  input x : f32[features]
  state c, h : f32[units]
  weight b : f32[4*units]
  weight U : f32[units, 4*units]
  weight W : f32[features, 4*units]
  zo, zc, zf, zi = split(x @ W + h @ U + b, 4)
  next c = sigmoid(zf) * c + sigmoid(zi) * tanh(zc)
  next h = sigmoid(zo) * tanh(next c)
  output next h
})") == plan_of(lstm));
}

TEST_CASE("dead and doubled operations do not change the plan of an LSTM", "[plan]") {
  CHECK(plan_of(R"(cell with_ballast(features, units) {
  input x : f32[features]
  state h, c : f32[units]
  weight W : f32[features, 4*units]
  weight U : f32[units, 4*units]
  weight b : f32[4*units]
  nobody = exp(h @ U) * 3
  nobody_either = sum(nobody) + sum(tanh(x @ W))
  zi, zf, zc, zo = split(x @ W + h @ U + b, 4)
  ai, af, ac, ao = split(x @ W + h @ U + b, 4)
  next c = sigmoid(zf) * c + sigmoid(ai) * tanh(zc)
  next h = sigmoid(ao) * tanh(next c) * 1
  output next h
})") == plan_of(lstm));
}
