// The stages that a plan speaks of.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "ir/loop_program.h"
#include "passes/context.h"

namespace rondo::passes {

inline bool has_contraction(const ir::Stage& stage) {
  return std::any_of(stage.body.begin(), stage.body.end(),
                     [](const ir::Instruction& i) { return i.opcode == ir::Opcode::Contract; });
}

/// Visits each stage with contractions: `visit(key, nest, stage)`, the key as in `Plan`: "step 0".
template <class Visit>
void for_each_planned_stage(ir::LoopProgram& program, Visit&& visit) {
  for (const ir::PhaseRef& phase : ir::phases(program)) {
    int number = 0;
    for (ir::Nest& nest : *phase.nests)
      for (ir::Stage& stage : nest.stages)
        if (has_contraction(stage)) visit(fmt::format("{} {}", phase.name, number++), nest, stage);
  }
}

/// What is pinned of a stage; an empty plan where nothing is.
inline StagePlan pins_of(const Context& context, const std::string& key) {
  const auto found = context.options.pins.stages.find(key);
  return found == context.options.pins.stages.end() ? StagePlan{} : found->second;
}

}  // namespace rondo::passes
