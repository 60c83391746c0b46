#include "passes/estimate.h"

#include <algorithm>

#include "ir/summation.h"
#include "passes/costs.h"

namespace rondo::passes {

using namespace ir;

namespace {

constexpr double latency = 4;

double weight_bytes(const LoopProgram& program) {
  double bytes = 0;
  for (const Nest& nest : program.step)
    for (const Stage& stage : nest.stages) {
      double columns = 1;
      for (const int64_t extent : stage.extents) columns *= static_cast<double>(extent);
      for (const Instruction& instruction : stage.body)
        if (instruction.opcode == Opcode::Contract)
          bytes += columns * static_cast<double>(instruction.k * size_of(instruction.dtype));
    }
  return bytes;
}

// Rows of samples lie in lanes, or columns do: how often the body of a stage runs for one sample.
double vectors_of(const LoopProgram& program, const Stage& stage) {
  double vectors = 1;
  for (size_t axis = 0; axis < stage.extents.size(); ++axis) {
    const auto extent = static_cast<double>(stage.extents[axis]);
    const bool in_lanes = axis + 1 == stage.extents.size() && !program.samples_across_lanes;
    vectors *= in_lanes ? std::max(1.0, extent / stage.lanes) : extent;
  }
  return program.samples_across_lanes ? vectors / stage.lanes : vectors;
}

// Registers that a vector of the stage fills.
double width_of(const Stage& stage, const Target& target) {
  int64_t bytes = 4;
  for (const Instruction& instruction : stage.body) bytes = std::max(bytes, size_of(instruction.dtype));
  return std::max(1.0, static_cast<double>(stage.lanes * bytes * 8) / std::max(1, target.vector_bits));
}

double operations_of(const Instruction& instruction) {
  switch (instruction.opcode) {
    case Opcode::Compute:
      return static_cast<double>(element_cost(instruction.op));
    case Opcode::Reduce:
      return static_cast<double>(instruction.k) / reduction_lanes + 8;
    case Opcode::Load:
    case Opcode::Store:
      return 1;
    case Opcode::Contract:
    case Opcode::Literal:
    case Opcode::Keep:
      return 0;
  }
  __builtin_unreachable();
}

// Results that wait for one another, along the longest chain through the body. Polynomials evaluate about
// half of their operations side by side.
double longest_chain(const Stage& stage) {
  std::vector<double> ready(stage.body.size());
  double longest = 0;
  for (size_t i = 0; i < stage.body.size(); ++i) {
    const Instruction& instruction = stage.body[i];
    for (const int operand : instruction.operands)
      ready[i] = std::max(ready[i], ready[static_cast<size_t>(operand)]);
    if (instruction.opcode == Opcode::Contract)
      ready[i] += static_cast<double>(contraction_block_size(instruction.k));
    else
      ready[i] += operations_of(instruction) > 6 ? operations_of(instruction) / 2 : 1;
    longest = std::max(longest, ready[i]);
  }
  return longest * latency;
}

// `slower`: how much longer loads take than the multiply-adds with what is loaded.
StageEstimate estimate(const LoopProgram& program, std::string_view phase, const Stage& stage,
                       const Target& target, double slower) {
  StageEstimate result;
  result.phase = phase;
  const double runs = vectors_of(program, stage) * width_of(stage, target);
  for (const Instruction& instruction : stage.body) {
    if (instruction.opcode == Opcode::Contract)
      result.products += runs * static_cast<double>(instruction.k) / operations_a_cycle;
    result.elements += runs * operations_of(instruction) / operations_a_cycle;
  }
  result.sums = result.products * slower;
  if (phase == "step" && !program.samples_across_lanes) {
    // While one vector waits, the others of the stage run.
    const double one_vector = (result.sums + result.elements) / std::max(1.0, runs);
    result.waiting = std::max(0.0, longest_chain(stage) - std::max(one_vector, result.sums));
  }
  return result;
}

}  // namespace

double StepEstimate::cycles() const {
  double sum = 0;
  for (const StageEstimate& stage : stages) sum += stage.cycles();
  return sum;
}

StepEstimate estimate_step(const LoopProgram& program, const Target& target) {
  StepEstimate result;
  result.weights = weight_bytes(program);
  // A row alone reads each weight for a single product; in blocks of steps, and across samples, products
  // share it.
  const double slower =
      program.samples_across_lanes ? 1 : operations_a_cycle / weights_a_cycle(result.weights);
  for (const auto& [name, nests] : phases(program)) {
    if (nests != &program.before && nests != &program.step && nests != &program.after) continue;
    for (const Nest& nest : *nests)
      for (const Stage& stage : nest.stages) {
        result.stages.push_back(estimate(program, name, stage, target, nests == &program.step ? slower : 1));
        result.stages.back().shared = has_shared_columns(nest);
      }
  }
  return result;
}

}  // namespace rondo::passes
