#include "passes/choose_unrolling.h"

#include <fmt/format.h>

#include <algorithm>

#include "passes/costs.h"

namespace rondo::passes {

using namespace ir;

namespace {

// Instructions that all copies of the step together may come to: code beyond the first level of the
// instruction cache loses more than a loop costs, and compile time grows with it.
constexpr int64_t code_budget = 4000;
// Steps whose bodies are as large as this do not notice the few instructions of the loop around them.
constexpr int64_t large_body = 400;

// Instructions for one element of a stage's body, less its contractions.
int64_t body_size(const Stage& stage) {
  int64_t size = 0;
  for (const Instruction& instruction : stage.body) {
    const Access& access = instruction.access;
    const bool scattered =
        !access.strides.empty() && access.strides.back() != 0 && access.strides.back() != 1;
    switch (instruction.opcode) {
      case Opcode::Load:
      case Opcode::Store:
        size += scattered ? 3 * stage.lanes : 1;
        break;
      case Opcode::Compute:
        size += std::min<int64_t>(element_cost(instruction.op), 24);
        break;
      case Opcode::Reduce:
        size += 24;
        break;
      case Opcode::Contract:
      case Opcode::Literal:
      case Opcode::Keep:
        size += 1;
        break;
    }
  }
  return size;
}

// Instructions of the sums of a tile: short ones are written out, long ones loop.
int64_t sums_size(const Stage& stage, const Tile& tile) {
  int64_t size = 0;
  for (const Instruction& instruction : stage.body)
    if (instruction.opcode == Opcode::Contract)
      size += std::min<int64_t>(instruction.k, 40) * tile.rows * tile.vectors;
  return size;
}

// Instructions of one copy of the step: each stage stands there for every tile, and once more for what is
// left of the columns.
int64_t step_size(const LoopProgram& program) {
  int64_t size = 0;
  for (const Nest& nest : program.step)
    for (const Stage& stage : nest.stages) {
      const int64_t extent = stage.extents.empty() ? 1 : stage.extents.back();
      const int64_t pieces = extent % stage.lanes == 0 || program.samples_across_lanes ? 1 : 2;
      const WrittenOut written_out = stage.panels ? stage.panels->written_out : WrittenOut::All;
      if (written_out != WrittenOut::All) {
        // Sums are calls; whole vectors may run two by two, and rows that hold have a body of their own.
        const int64_t kept = (pieces - 1 + stage.panels->together) * body_size(stage);
        const int64_t held = program.masking == Masking::None ? 0 : pieces * body_size(stage);
        size += kept + held + 60;
        if (written_out == WrittenOut::None) continue;
      }
      if (stage.tiles.empty()) size += body_size(stage);
      for (const Tile& tile : stage.tiles) {
        // Larger ones have the body behind their sums in a loop.
        const int64_t bodies = tile.rows == 1 && tile.vectors == 2 ? 2 : 1;
        size += pieces * (bodies * body_size(stage) + sums_size(stage, tile) + 10);
      }
    }
  return std::max<int64_t>(size, 1);
}

// More copies than a block has steps would never run.
int64_t most_copies(const LoopProgram& program) {
  constexpr int64_t most = 64;
  return program.before.empty() && program.after.empty() ? most : steps_of_block(program);
}

struct Choice {
  int copies = 1;
  std::string why, alternative{};
};

Choice automatic(int64_t size, std::optional<int64_t> time) {
  const auto copies_are = [size](int64_t copies) {
    return fmt::format("{} copies, about {} instructions", copies, copies * size);
  };
  if (time && *time * size <= large_body)
    return {static_cast<int>(*time), "all steps together are few instructions",
            "a loop, whose turns would be a good part of so short a call"};
  if (size > large_body / 4)
    return {1, "the loop around it costs next to nothing", copies_are(2) + " for a turn saved in two steps"};
  const int64_t factor = size <= large_body / 16 ? 4 : 2;
  return {static_cast<int>(time ? std::min(factor, *time) : factor),
          "several short steps share one turn of the loop", "a plain loop, with a turn for each step"};
}

Choice always(const LoopProgram& program, int64_t size) {
  const int64_t room = std::max<int64_t>(1, code_budget / size);
  const auto copies =
      static_cast<int>(std::clamp<int64_t>(*program.time, 1, std::min<int64_t>(room, most_copies(program))));
  if (copies == *program.time) return {copies, "unroll=true"};
  return {copies, "unroll=true, in pieces that stay inside the code budget",
          fmt::format("all {} copies, about {} instructions", *program.time, *program.time * size)};
}

Choice choose(const LoopProgram& program, int64_t size, const Options& options) {
  if (options.unroll) return {*options.unroll, "pinned by the user"};
  switch (program.unroll_wish) {
    case Unroll::Never:
      return {1, "unroll=false"};
    case Unroll::Always:
      return always(program, size);
    case Unroll::Auto:
      return automatic(size, program.time);
  }
  __builtin_unreachable();
}

}  // namespace

void choose_unrolling(LoopProgram& program, Context& context) {
  const int64_t size = step_size(program);
  const std::string time = program.time ? fmt::format("{} steps", *program.time) : "any number of steps";
  const Choice choice = choose(program, size, context.options);
  program.unroll = choice.copies;
  const bool all = program.time && program.unroll == *program.time;
  context.remark("unroll",
                 fmt::format("{} of the step ({}; about {} instructions a step, {}; {} are the budget)",
                             all                  ? fmt::format("all {} copies", program.unroll)
                             : program.unroll > 1 ? fmt::format("a loop with {} copies", program.unroll)
                                                  : std::string("a plain loop"),
                             choice.why, size, time, code_budget),
                 {}, choice.alternative);
}

}  // namespace rondo::passes
