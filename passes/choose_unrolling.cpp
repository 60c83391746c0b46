#include "passes/choose_unrolling.h"

#include <fmt/format.h>

#include <algorithm>

namespace rondo::passes {

using namespace ir;

namespace {

// Instructions that one copy of the step may come to, and all copies together: code beyond the second level of the
// instruction cache loses more than a loop costs, and compile time grows with it.
constexpr int64_t code_budget = 2500;
// Steps whose bodies are as large as this do not notice the few instructions of the loop around them.
constexpr int64_t large_body = 400;

// Vector instructions of one step for one sample, roughly.
int64_t step_size(const LoopProgram& program) {
  int64_t size = 0;
  for (const Nest& nest : program.step)
    for (const Stage& stage : nest.stages) {
      size += 8;  // the loops around the stage
      for (const Instruction& instruction : stage.body) {
        const bool function = instruction.opcode == Opcode::Compute && category_of(instruction.op) == OpCategory::Unary;
        size += function ? 24 : instruction.opcode == Opcode::Contract ? 16 : 1;
      }
    }
  return std::max<int64_t>(size, 1);
}

int automatic(int64_t size, std::optional<int64_t> time, std::string& why) {
  if (time && *time * size <= large_body) {
    why = "all steps together are few instructions";
    return static_cast<int>(*time);
  }
  if (size > large_body / 4) {
    why = "the loop around it costs next to nothing";
    return 1;
  }
  why = "several short steps share one turn of the loop";
  const int64_t factor = size <= large_body / 16 ? 4 : 2;
  return static_cast<int>(time ? std::min(factor, *time) : factor);
}

}  // namespace

void choose_unrolling(LoopProgram& program, Context& context) {
  const int64_t size = step_size(program);
  const std::string time = program.time ? fmt::format("{} steps", *program.time) : "any number of steps";
  std::string why;
  switch (program.unroll_wish) {
    case Unroll::Never:
      program.unroll = 1;
      why = "unroll=false";
      break;
    case Unroll::Always: {
      const int64_t room = std::max<int64_t>(1, code_budget / size);
      program.unroll = static_cast<int>(std::clamp<int64_t>(*program.time, 1, std::min<int64_t>(room, 64)));
      why = program.unroll == *program.time ? "unroll=true" : "unroll=true, in pieces that stay inside the code budget";
      break;
    }
    case Unroll::Auto: program.unroll = automatic(size, program.time, why); break;
  }
  if (context.options.unroll) {
    program.unroll = *context.options.unroll;
    why = "pinned by the user";
  }
  const bool all = program.time && program.unroll == *program.time;
  context.remark("unroll", fmt::format("{} of the step ({}; about {} instructions a step, {}; {} are the budget)",
                                       all                  ? fmt::format("all {} copies", program.unroll)
                                       : program.unroll > 1 ? fmt::format("a loop with {} copies", program.unroll)
                                                            : std::string("a plain loop"),
                                       why, size, time, code_budget));
}

}  // namespace rondo::passes
