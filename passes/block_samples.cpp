#include "passes/block_samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "passes/costs.h"
#include "passes/estimate.h"

namespace rondo::passes {

using namespace ir;

namespace {

// What a block of samples may take. Where each sample has its steps together, twice a first-level cache
// through a block of steps, and no more samples than a processor remembers pages. Where samples lie across
// lanes densely, and are best taken as many at once, and where rows share packed weights, in one step: half
// of a second-level cache.
struct BlockLimits {
  int64_t bytes, least, most, steps;
};
constexpr int64_t half_of_second_level = int64_t{256} * 1024;
BlockLimits scattered(const LoopProgram& program) {
  return {int64_t{64} * 1024, 32, 64, steps_of_block(program)};
}
constexpr BlockLimits dense{half_of_second_level, 128, 16384, 1};
// Fewer rows would multiply by weights that wait for a cache. Where a cache has room for more, blocks gain
// little, and cost each call a loop around it.
constexpr int64_t fewest_rows = 4, most_rows = 96;
// From a last level of cache, and the share of a step's work from which on reading there is worth avoiding.
constexpr double bytes_a_cycle = 16, least_reading = 0.2;

// What is kept for a sample while its steps run.
int64_t bytes_of_sample(const LoopProgram& program, int64_t steps) {
  int64_t bytes = 1;
  for (const Buffer& buffer : program.buffers) {
    const int64_t row = buffer.elements * size_of(buffer.dtype);
    if (buffer.kind == BufferKind::State) bytes += 2 * row;
    if (buffer.kind == BufferKind::Constant && buffer.rows == Rows::Samples) bytes += row;
    if (buffer.kind == BufferKind::Temporary && buffer.rows == Rows::Samples) bytes += row;
    if (buffer.kind == BufferKind::Temporary && buffer.rows == Rows::Steps) bytes += row * steps;
  }
  return bytes;
}

// As many samples as fit the cache with all that is kept for them.
int64_t samples_within(const BlockLimits& limits, const LoopProgram& program) {
  const int64_t bytes = bytes_of_sample(program, limits.steps);
  int64_t samples = limits.most;
  while (samples > limits.least && samples * bytes > limits.bytes) samples /= 2;
  return samples;
}

void block_across_lanes(LoopProgram& program, Context& context) {
  program.sample_block = samples_within(scattered(program), program);
  program.dense_sample_block = samples_within(dense, program);
  context.remark(
      "block-samples",
      fmt::format("{} samples at a time run through all steps, {} where those of a step lie densely",
                  program.sample_block, program.dense_sample_block));
}

// Rows of the largest tile of packed weights in the step: blocks are made of whole ones.
int64_t rows_of_tile(const LoopProgram& program) {
  int64_t rows = 1;
  for (const Nest& nest : program.step)
    if (has_panels(nest)) rows = std::max<int64_t>(rows, nest.stages[0].panels->rows.front());
  return rows;
}

// Cycles that a sample and step should compute.
double cycles_of_work(const StepEstimate& estimate) {
  double cycles = 0;
  for (const StageEstimate& stage : estimate.stages)
    if (stage.phase == "step") cycles += stage.products + stage.elements;
  return cycles;
}

// What all samples of a block multiply by in each step.
double bytes_of_weights(const LoopProgram& program) {
  double bytes = 0;
  for (const Nest& nest : program.step)
    for (const Stage& stage : nest.stages)
      for (const Instruction& instruction : stage.body) {
        if (instruction.opcode != Opcode::Contract || program[instruction.rhs.buffer].rows != Rows::One)
          continue;
        const auto columns =
            std::accumulate(stage.extents.begin(), stage.extents.end(), 1.0, std::multiplies<>());
        bytes += columns * static_cast<double>(instruction.k * size_of(instruction.dtype));
      }
  return bytes;
}

// Blocks pay where a sample has much to bring into the cache beside what it computes, as with a memory of its
// own; and where the weights, which each block brings in again, are less.
void block_rows_of_columns(LoopProgram& program, Context& context) {
  const int64_t bytes = bytes_of_sample(program, 1), tile = rows_of_tile(program);
  int64_t samples = half_of_second_level / bytes;
  if (samples > tile) samples -= samples % tile;
  const double weights = bytes_of_weights(program), reading = static_cast<double>(bytes) / bytes_a_cycle;
  const std::string figures =
      fmt::format("{} bytes are kept for each, {:.0f} of weights are read in each step", bytes, weights);
  const bool pays = samples >= fewest_rows && samples <= most_rows &&
                    static_cast<double>(samples * bytes) >= weights &&
                    reading >= least_reading * cycles_of_work(estimate_step(program, context.target));
  if (!pays) {
    context.remark("block-samples", fmt::format("all samples run through the steps together ({})", figures));
    return;
  }
  program.sample_block = program.dense_sample_block = samples;
  context.remark("block-samples",
                 fmt::format("{} samples at a time run through all steps ({})", samples, figures));
}

}  // namespace

void block_samples(LoopProgram& program, Context& context) {
  if (program.samples_across_lanes)
    block_across_lanes(program, context);
  else
    block_rows_of_columns(program, context);
}

}  // namespace rondo::passes
