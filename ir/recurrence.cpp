#include "ir/recurrence.h"

#include <fmt/format.h>

namespace rondo::ir {

bool validate(const Recurrence& recurrence, Diagnostics& diagnostics) {
  const int before = diagnostics.error_count();
  const StepGraph& step = recurrence.step;
  for (const Leaf& input : step.inputs) {
    const Type& type = step.type(input.node);
    if (type.rank() >= 1) continue;
    diagnostics.error(
        step[input.node].where,
        fmt::format("input '{}' has no feature axis: inputs are (batch, time, ...) with at least 3 axes; "
                    "write {}[1] for one number a step",
                    input.name, name_of(type.dtype)));
  }
  if (recurrence.masking == Masking::Mask && step.states.empty())
    diagnostics.error(step.where,
                      fmt::format("cell '{}' has no state, and a mask needs one: with nothing to hold, "
                                  "leave the masked steps out of the input instead",
                                  step.name));
  if (recurrence.time && *recurrence.time <= 0)
    diagnostics.error(
        step.where,
        fmt::format("the recurrence would run over {} time steps; at least 1 is needed", *recurrence.time));
  if (recurrence.unroll == Unroll::Always && !recurrence.time)
    diagnostics.error(step.where,
                      "'unroll=true' needs a fixed number of time steps, and the number is not known; "
                      "use 'unroll=auto'");
  if (recurrence.input_length && *recurrence.input_length < 0)
    diagnostics.error(step.where,
                      fmt::format("'input_length' is {}; it cannot be negative", *recurrence.input_length));
  return diagnostics.error_count() == before;
}

bool repeats_outputs(const Recurrence& recurrence) {
  return recurrence.masking != Masking::None && !recurrence.zero_output_for_mask;
}

std::string_view name_of(Unroll unroll) {
  switch (unroll) {
    case Unroll::Auto:
      return "auto";
    case Unroll::Never:
      return "false";
    case Unroll::Always:
      return "true";
  }
  __builtin_unreachable();
}

std::optional<Unroll> unroll_from_name(std::string_view name) {
  for (Unroll unroll : {Unroll::Auto, Unroll::Never, Unroll::Always})
    if (name_of(unroll) == name) return unroll;
  return std::nullopt;
}

}  // namespace rondo::ir
