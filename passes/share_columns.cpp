#include "passes/share_columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "passes/costs.h"

namespace rondo::passes {

using namespace ir;

namespace {

// Cycles in which threads meet, for each of them: a line of cache goes from processor to processor.
constexpr int64_t cycles_of_meeting = 300;
constexpr int most_threads = 64;

// Cycles of the columns of a nest for one row: two vector instructions each, and no wait.
int64_t shared_cycles(const Nest& nest) {
  const Stage& stage = nest.stages[0];
  int64_t vectors = (stage.extents.back() + stage.lanes - 1) / stage.lanes;
  for (size_t axis = 0; axis + 1 < stage.extents.size(); ++axis) vectors *= stage.extents[axis];
  int64_t instructions = 0;
  for (const Instruction& instruction : stage.body) {
    if (instruction.opcode == Opcode::Contract) instructions += instruction.k;
    if (instruction.opcode == Opcode::Compute) instructions += element_cost(instruction.op);
  }
  return vectors * instructions / 2;
}

// Of one step of one sample, in all phases that walk the steps.
int64_t shared_cycles(const LoopProgram& program) {
  int64_t cycles = 0;
  for (const std::vector<Nest>* nests : {&program.before, &program.step, &program.after})
    for (const Nest& nest : *nests)
      if (has_shared_columns(nest)) cycles += shared_cycles(nest);
  return cycles;
}

// How often threads meet in a step: wherever one of two nests behind one another is shared, the first behind
// the last.
int64_t meetings(const std::vector<Nest>& step) {
  int64_t count = 0;
  for (size_t i = 0; i < step.size(); ++i)
    if (has_shared_columns(step[i]) || has_shared_columns(step[(i + 1) % step.size()])) ++count;
  return count;
}

// One more thread pays as long as it takes more off each of the others than it adds to their meetings.
int worthwhile_threads(int64_t cycles, int64_t meetings) {
  int threads = 1;
  while (threads < most_threads &&
         cycles / (int64_t{threads} * (threads + 1)) >= std::max<int64_t>(1, meetings) * cycles_of_meeting)
    ++threads;
  return threads;
}

}  // namespace

void share_columns(LoopProgram& program, Context& context) {
  if (program.samples_across_lanes || context.options.checked) return;
  const int64_t cycles = shared_cycles(program), met = meetings(program.step);
  if (cycles == 0) return;
  program.threads = context.options.threads.value_or(worthwhile_threads(cycles, met));
  const std::string figures = fmt::format(
      "{} cycles a step to share, {} meetings of {} cycles for each thread", cycles, met, cycles_of_meeting);
  if (program.threads == 1)
    context.remark("share", fmt::format("a sample is for one thread alone ({})", figures));
  else
    context.remark("share", fmt::format("up to {} threads share a sample ({})", program.threads, figures));
}

}  // namespace rondo::passes
