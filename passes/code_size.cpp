#include "passes/code_size.h"

#include <fmt/format.h>

#include <string_view>

#include "passes/costs.h"

namespace rondo::passes {

namespace {

constexpr std::string_view smaller = "make the cell smaller, or run it with the interpreter";

// As the instructions of a processor that it becomes.
int64_t size_of(const ir::Stage& stage) {
  int64_t size = 0;
  for (const ir::Instruction& instruction : stage.body)
    size += instruction.opcode == ir::Opcode::Compute ? element_cost(instruction.op) : 1;
  return size;
}

}  // namespace

bool check_step_size(const ir::StepGraph& step, ir::Diagnostics& diagnostics) {
  const auto operations = static_cast<int64_t>(step.size());
  if (operations <= most_operations) return true;
  diagnostics.error(
      fmt::format("the step is too large: it has {} operations, and at most {} are compiled; {}", operations,
                  most_operations, smaller));
  return false;
}

bool check_code_size(const ir::LoopProgram& program, ir::Diagnostics& diagnostics) {
  int64_t stages = 0, instructions = 0;
  for (const auto& [name, nests] : ir::phases(program)) {
    const int64_t copies = nests == &program.step ? program.unroll : 1;
    for (const ir::Nest& nest : *nests)
      for (const ir::Stage& stage : nest.stages) {
        stages += copies;
        instructions += copies * size_of(stage);
      }
  }
  if (stages <= most_stages && instructions <= most_instructions) return true;
  diagnostics.error(fmt::format(
      "the code would be too large: {} stages of loops with {} instructions{}; at most {} and {} are "
      "compiled; {}",
      stages, instructions,
      program.unroll > 1 ? fmt::format(" in {} copies of the step", program.unroll) : "", most_stages,
      most_instructions, program.unroll > 1 ? std::string_view("ask for fewer copies") : smaller));
  return false;
}

}  // namespace rondo::passes
