#include "passes/resolve_masking.h"

#include <fmt/format.h>

namespace rondo::passes {

using ir::Masking;

void resolve_masking(ir::Recurrence& r, Context& context) {
  const std::string pass = "resolve-masking";
  if (r.input_length && r.time && *r.input_length >= *r.time) {
    context.remark(
        pass, fmt::format("input_length {} cuts nothing off {} steps: dropped", *r.input_length, *r.time));
    r.input_length.reset();
  }
  switch (r.masking) {
    case Masking::None:
      context.remark(pass, "no mask: every step of every sample is kept");
      if (r.zero_output_for_mask)
        context.remark(pass, "zero_output_for_mask has no effect without a mask: dropped");
      r.zero_output_for_mask = false;
      break;
    case Masking::Mask:
      context.remark(pass, "a mask says which steps each sample keeps; known only when running");
      break;
    case Masking::Lengths:
      context.remark(pass, "a sample keeps step t iff t < its length, t counted in the order of the input");
      break;
  }
}

}  // namespace rondo::passes
