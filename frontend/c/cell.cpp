// Cells, and how they are run.
#include "frontend/c/border.h"
#include "ir/math.h"
#include "ir/printer.h"

using namespace rondo;
using c::given;
using c::guarded;

namespace {

bool in_range(int64_t value, int64_t last, const char* name, ir::Diagnostics& diagnostics) {
  if (value >= -1 && value <= last) return true;
  diagnostics.error(std::string("option '") + name + "' is from 0 to " + std::to_string(last) +
                    ", or -1 to leave it, found " + std::to_string(value));
  return false;
}

bool not_negative(int64_t value, const char* name, ir::Diagnostics& diagnostics) {
  if (value >= -1) return true;
  diagnostics.error(std::string("option '") + name + "' is 0 or more, or -1 to leave it, found " +
                    std::to_string(value));
  return false;
}

bool check(const rondo_options& o, ir::Diagnostics& diagnostics) {
  return in_range(o.go_backwards, 1, "go_backwards", diagnostics) &&
         in_range(o.zero_output_for_mask, 1, "zero_output_for_mask", diagnostics) &&
         in_range(o.masking, RONDO_MASK_LENGTHS, "masking", diagnostics) &&
         in_range(o.unroll, RONDO_UNROLL_ALWAYS, "unroll", diagnostics) &&
         in_range(o.flush_denormals, 1, "flush_denormals", diagnostics) &&
         in_range(o.math, RONDO_MATH_FAST, "math", diagnostics) &&
         not_negative(o.input_length, "input_length", diagnostics) &&
         not_negative(o.time, "time", diagnostics);
}

void apply(const rondo_options& o, ir::Recurrence& r) {
  if (o.go_backwards >= 0) r.go_backwards = o.go_backwards == 1;
  if (o.zero_output_for_mask >= 0) r.zero_output_for_mask = o.zero_output_for_mask == 1;
  if (o.masking >= 0)
    r.masking = o.masking == RONDO_MASK           ? ir::Masking::Mask
                : o.masking == RONDO_MASK_LENGTHS ? ir::Masking::Lengths
                                                  : ir::Masking::None;
  if (o.unroll >= 0)
    r.unroll = o.unroll == RONDO_UNROLL_ALWAYS  ? ir::Unroll::Always
               : o.unroll == RONDO_UNROLL_NEVER ? ir::Unroll::Never
                                                : ir::Unroll::Auto;
  if (o.input_length >= 0) r.input_length = o.input_length;
  if (o.time >= 0) r.time = o.time;
  if (o.flush_denormals >= 0) r.flush_denormals = o.flush_denormals == 1;
  if (o.math >= 0)
    r.step = ir::with_math(r.step, o.math == RONDO_MATH_FAST ? ir::Math::Fast : ir::Math::Strict);
}

// What `visit` makes of the leaves of a kind; of none where there is no such kind.
template <class Visit>
auto of_kind(const ir::StepGraph& step, rondo_leaf_kind kind, Visit&& visit) {
  switch (kind) {
    case RONDO_INPUT:
      return visit(step.inputs);
    case RONDO_STATE:
      return visit(step.states);
    case RONDO_CONSTANT:
      return visit(step.constants);
    case RONDO_WEIGHT:
      return visit(step.weights);
    case RONDO_OUTPUT:
      return visit(step.outputs);
    case RONDO_LEAF_KIND_INT:
      break;
  }
  return visit(std::vector<ir::Leaf>());
}

}  // namespace

rondo_status rondo_cell_with(const rondo_cell* cell, const rondo_options* options, rondo_cell** changed,
                             rondo_messages** messages) {
  return guarded(messages, [&](ir::Diagnostics& diagnostics) {
    if (!given(cell, "cell", diagnostics) || !given(options, "options", diagnostics) ||
        !given(changed, "changed", diagnostics))
      return false;
    const rondo_options unset = RONDO_OPTIONS_INIT;
    const auto known = c::known_part(*options, unset, "RONDO_OPTIONS_INIT", diagnostics);
    if (!known || !check(*known, diagnostics)) return false;
    ir::Recurrence recurrence = *cell->recurrence;
    apply(*known, recurrence);
    if (!ir::validate(recurrence, diagnostics)) return false;
    *changed = new rondo_cell{std::make_shared<const ir::Recurrence>(std::move(recurrence))};
    return true;
  });
}

const char* rondo_cell_name(const rondo_cell* cell) {
  return cell->recurrence->step.name.c_str();
}

size_t rondo::c::leaf_count(const ir::StepGraph& step, rondo_leaf_kind kind) {
  return of_kind(step, kind, [](const auto& leaves) { return leaves.size(); });
}

size_t rondo_cell_leaf_count(const rondo_cell* cell, rondo_leaf_kind kind) {
  return c::leaf_count(cell->recurrence->step, kind);
}

rondo_status rondo_cell_leaf(const rondo_cell* cell, rondo_leaf_kind kind, size_t index, rondo_leaf* leaf) {
  const ir::StepGraph& step = cell->recurrence->step;
  return of_kind(step, kind, [&](const auto& leaves) {
    if (index >= leaves.size() || !leaf) return RONDO_WRONG;
    const ir::Type& type = step.type(leaves[index].node);
    *leaf = {leaves[index].name.c_str(), static_cast<rondo_dtype>(type.dtype), type.dims.size(),
             type.dims.data()};
    return RONDO_OK;
  });
}

rondo_status rondo_cell_text(const rondo_cell* cell, rondo_text** text) {
  return guarded(nullptr, [&](ir::Diagnostics& diagnostics) {
    if (!given(cell, "cell", diagnostics) || !given(text, "text", diagnostics)) return false;
    *text = new rondo_text{ir::print(*cell->recurrence)};
    return true;
  });
}

void rondo_cell_free(rondo_cell* cell) {
  delete cell;
}
