#include "passes/code_size.h"

#include <fmt/format.h>

namespace rondo::passes {

bool check_code_size(const ir::LoopProgram& program, ir::Diagnostics& diagnostics) {
  int64_t stages = 0, instructions = 0;
  for (const auto& [name, nests] : ir::phases(program)) {
    const int64_t copies = nests == &program.step ? program.unroll : 1;
    for (const ir::Nest& nest : *nests)
      for (const ir::Stage& stage : nest.stages) {
        stages += copies;
        instructions += copies * static_cast<int64_t>(stage.body.size());
      }
  }
  if (stages <= most_stages && instructions <= most_instructions) return true;
  diagnostics.error(fmt::format(
      "the code would be too large: {} stages of loops with {} instructions{}; at most {} and {} are "
      "compiled; {}",
      stages, instructions,
      program.unroll > 1 ? fmt::format(" in {} copies of the step", program.unroll) : "", most_stages,
      most_instructions,
      program.unroll > 1 ? "ask for fewer copies" : "make the cell smaller, or run it with the interpreter"));
  return false;
}

}  // namespace rondo::passes
