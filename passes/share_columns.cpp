#include "passes/share_columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "passes/costs.h"
#include "passes/estimate.h"

namespace rondo::passes {

using namespace ir;

namespace {

// What each thread but one adds to a meeting: lines of cache go from processor to processor, first those with
// the word that it has come, then those with what it made.
constexpr double cycles_of_meeting = 600;
constexpr int most_threads = 64;

// How often threads meet in a step: wherever one of two nests behind one another is shared, the first behind
// the last.
int64_t meetings_of(const std::vector<Nest>& step) {
  int64_t count = 0;
  for (size_t i = 0; i < step.size(); ++i)
    if (has_shared_columns(step[i]) || has_shared_columns(step[(i + 1) % step.size()])) ++count;
  return count;
}

Sharing costs_of(const LoopProgram& program, const Target& target) {
  const StepEstimate estimate = estimate_step(program, target);
  Sharing sharing;
  sharing.weights = estimate.weights;
  sharing.meetings = meetings_of(program.step);
  for (const StageEstimate& stage : estimate.stages) {
    if (!stage.shared) {
      sharing.alone += stage.products + stage.elements;
      continue;
    }
    // Ahead of the steps and behind them rows are many, and share the weights that they read.
    (stage.phase == "step" ? sharing.products : sharing.elements) += stage.products;
    sharing.elements += stage.elements;
  }
  return sharing;
}

// One more thread must take off more than it adds. Where no step has anything to share, the others would
// sleep while one runs a block of steps.
int worthwhile_threads(const Sharing& sharing) {
  if (sharing.products == 0) return 1;
  int threads = 1;
  while (threads < most_threads &&
         cycles_of_step(sharing, 1, threads + 1) < cycles_of_step(sharing, 1, threads))
    ++threads;
  return threads;
}

}  // namespace

void share_columns(LoopProgram& program, Context& context) {
  if (program.samples_across_lanes || context.options.checked) return;
  Sharing sharing = costs_of(program, context.target);
  if (sharing.products + sharing.elements == 0) return;
  sharing.pinned = context.options.threads.has_value();
  sharing.threads = context.options.threads.value_or(worthwhile_threads(sharing));
  program.sharing = sharing;
  const std::string figures =
      fmt::format("{:.0f} cycles a step, of which {:.0f} are for one thread; {} meetings of {} for each more",
                  cycles_of_step(sharing, 1, 1), sharing.alone, sharing.meetings, cycles_of_meeting);
  if (sharing.threads == 1)
    context.remark("share", fmt::format("a sample is for one thread alone ({})", figures));
  else
    context.remark("share", fmt::format("up to {} threads share a sample ({})", sharing.threads, figures));
}

// A row alone waits for its weights, and multiplies meanwhile. Rows in tiles were measured to take about as
// long as one behind the other.
double cycles_of_step(const Sharing& sharing, double samples, double threads) {
  const double products = sharing.products / threads;
  const double loads = products * operations_a_cycle / weights_a_cycle(sharing.weights / threads);
  const double sums = samples <= 1 ? loads : samples * products + loads;
  return sums + samples * (sharing.elements / threads + sharing.alone) +
         (threads - 1) * static_cast<double>(sharing.meetings) * cycles_of_meeting;
}

}  // namespace rondo::passes
