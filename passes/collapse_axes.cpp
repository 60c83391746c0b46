#include "passes/collapse_axes.h"

namespace rondo::passes {

using namespace ir;

namespace {

// Whether all accesses walk axes `axis` and `axis + 1` as one: a step along the outer is a whole run of the
// inner.
bool can_join(Stage& stage, size_t axis) {
  bool joins = true;
  for (Instruction& instruction : stage.body)
    for_each_access(instruction, [&](const Access& access) {
      joins = joins && access.strides[axis] == access.strides[axis + 1] * stage.extents[axis + 1];
    });
  return joins;
}

void join(Stage& stage, size_t axis) {
  const auto outer = static_cast<std::ptrdiff_t>(axis);
  stage.extents[axis + 1] *= stage.extents[axis];
  stage.extents.erase(stage.extents.begin() + outer);
  for (Instruction& instruction : stage.body)
    for_each_access(instruction,
                    [&](Access& access) { access.strides.erase(access.strides.begin() + outer); });
}

// An axis of one element is walked in no way at all.
void drop_single_elements(Stage& stage) {
  for (size_t axis = stage.extents.size(); axis-- > 0;) {
    if (stage.extents[axis] != 1) continue;
    const auto at = static_cast<std::ptrdiff_t>(axis);
    stage.extents.erase(stage.extents.begin() + at);
    for (Instruction& instruction : stage.body)
      for_each_access(instruction,
                      [&](Access& access) { access.strides.erase(access.strides.begin() + at); });
  }
}

}  // namespace

void collapse_axes(LoopProgram& program, Context&) {
  for (const PhaseRef& phase : phases(program))
    for (Nest& nest : *phase.nests)
      for (Stage& stage : nest.stages) {
        drop_single_elements(stage);
        for (size_t axis = stage.extents.size(); axis-- > 1;)
          if (can_join(stage, axis - 1)) join(stage, axis - 1);
      }
}

}  // namespace rondo::passes
