#include "codegen/panel_layout.h"

namespace rondo::codegen {

using namespace ir;

PanelLayout lay_out_panels(const Stage& stage) {
  PanelLayout layout;
  for (const PanelFamily& family : stage.panels->families) {
    const Instruction& first = stage.body[static_cast<size_t>(family.contractions[0])];
    const int units = static_cast<int>(family.contractions.size()) * stage.panels->vectors;
    layout.families.push_back(
        {first.dtype, first.k, units, family.group, layout.block_bytes, size_of(first.dtype) * stage.lanes});
    layout.block_bytes += (units * first.k * layout.families.back().vector_bytes + 63) / 64 * 64;
  }
  const int64_t width = int64_t{stage.lanes} * stage.panels->vectors;
  layout.blocks = (stage.extents.back() + width - 1) / width;
  layout.bytes = layout.blocks * layout.block_bytes;
  for (size_t axis = 0; axis + 1 < stage.extents.size(); ++axis) layout.bytes *= stage.extents[axis];
  return layout;
}

}  // namespace rondo::codegen
