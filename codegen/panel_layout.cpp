#include "codegen/panel_layout.h"

#include <algorithm>

#include "ir/diagnostics.h"

namespace rondo::codegen {

using namespace ir;

PlaceInPanels place_in_panels(const Stage& stage, size_t contraction) {
  const std::vector<PanelFamily>& families = stage.panels->families;
  for (size_t family = 0; family < families.size(); ++family) {
    const std::vector<int>& members = families[family].contractions;
    const auto member = std::find(members.begin(), members.end(), static_cast<int>(contraction));
    if (member != members.end()) return {family, static_cast<int>(member - members.begin())};
  }
  RONDO_CHECK(false, "a contraction of no family");
}

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
  const auto has_odd_groups = [](const FamilyLayout& family) { return family.units / family.group % 2 != 0; };
  if (layout.blocks % 2 == 0 && std::any_of(layout.families.begin(), layout.families.end(), has_odd_groups))
    layout.blocks_together = 2;
  layout.bytes = layout.blocks * layout.block_bytes;
  for (size_t axis = 0; axis + 1 < stage.extents.size(); ++axis) layout.bytes *= stage.extents[axis];
  layout.sums_of_unit = std::max<int64_t>(stage.panels->rows.front(), layout.blocks);
  int64_t units = 0;
  for (const FamilyLayout& family : layout.families) {
    units += family.units;
    layout.sum_bytes = std::max(layout.sum_bytes, family.vector_bytes);
  }
  layout.bytes_of_sums = layout.sums_of_unit * units * layout.sum_bytes;
  return layout;
}

}  // namespace rondo::codegen
