#include "passes/pack_weights.h"

#include <fmt/format.h>

#include <algorithm>

namespace rondo::passes {

using namespace ir;

namespace {

// Below this many vector products a row, packing gains less than the call of the summing function costs.
constexpr int64_t least_products = 32;
// Up to this many, a row alone is best written out: its sums and activations wait for one another, and calls
// and loops only keep them apart.
constexpr int64_t small_products = 256;
constexpr int most_vectors = 4;
// Products that a processor starts in a cycle, loads in a cycle, and products that must be in flight to keep
// it busy (latency times throughput, with some slack).
constexpr double products_a_cycle = 2, loads_a_cycle = 2, products_in_flight = 11;

bool can_be_packed(const LoopProgram& program, const Instruction& contraction) {
  const Buffer& weights = program[contraction.rhs.buffer];
  const bool prepared = weights.kind == BufferKind::Weight ||
                        (weights.kind == BufferKind::Temporary && weights.rows == Rows::One);
  return prepared && is_float(contraction.dtype) && contraction.k > 0 &&
         contraction.access.strides.back() == 0;
}

std::vector<PanelFamily> families_of(const Stage& stage) {
  std::vector<PanelFamily> families;
  for (size_t i = 0; i < stage.body.size(); ++i) {
    const Instruction& contraction = stage.body[i];
    if (contraction.opcode != Opcode::Contract) continue;
    const auto same_left = [&](const PanelFamily& family) {
      const Instruction& first = stage.body[static_cast<size_t>(family.contractions[0])];
      return first.access == contraction.access && first.k == contraction.k &&
             first.dtype == contraction.dtype;
    };
    const auto found = std::find_if(families.begin(), families.end(), same_left);
    if (found != families.end())
      found->contractions.push_back(static_cast<int>(i));
    else
      families.push_back({{static_cast<int>(i)}, 1});
  }
  return families;
}

// Cycles of one product in a tile of rows x group vectors.
double cycles_a_product(int rows, int group) {
  const double products = static_cast<double>(rows) * group;
  return std::max({1 / products_a_cycle, (rows + group) / (loads_a_cycle * products),
                   products_in_flight / (2 * products_a_cycle) / products});
}

// The widest group of a family that tiles with so many rows have registers for: accumulators, the weights of
// one term, and one left side.
int widest_group(int units, int rows, int registers) {
  for (int group = most_vectors; group > 1; --group)
    if (units % group == 0 && rows * group + group + 1 <= registers) return group;
  return 1;
}

struct Choice {
  double cycles = 0;
  int vectors = 1, rows = 1;
};

Choice choose_tile(const Stage& stage, const std::vector<PanelFamily>& families, int64_t vectors,
                   int registers) {
  Choice best;
  for (int block = 1; block <= std::min<int64_t>(vectors, most_vectors); ++block)
    for (int rows = most_panel_rows; rows >= 1; --rows) {
      if (rows + 2 > registers && rows > 1) continue;
      double cycles = 0;
      for (const PanelFamily& family : families) {
        const auto units = static_cast<int>(family.contractions.size()) * block;
        const int64_t k = stage.body[static_cast<size_t>(family.contractions[0])].k;
        cycles +=
            static_cast<double>(k * units) * cycles_a_product(rows, widest_group(units, rows, registers));
      }
      cycles *= static_cast<double>((vectors + block - 1) / block);
      if (best.cycles == 0 || cycles < best.cycles) best = {cycles, block, rows};
    }
  return best;
}

// Rows of the tiles: the largest, a power of two below it for what it leaves over, and one.
std::vector<int> tile_rows(int largest) {
  std::vector<int> rows{largest};
  int smaller = 1;
  while (smaller * 2 < largest) smaller *= 2;
  if (smaller > 1 && smaller < largest) rows.push_back(smaller);
  if (rows.back() != 1) rows.push_back(1);
  return rows;
}

int64_t element_bytes(const Stage& stage, const std::vector<PanelFamily>& families) {
  int64_t bytes = 0;
  for (const PanelFamily& family : families)
    bytes = std::max(bytes, size_of(stage.body[static_cast<size_t>(family.contractions[0])].dtype));
  return bytes;
}

std::optional<Panels> panels_of(const LoopProgram& program, const Stage& stage, const ir::Target& target) {
  if (stage.extents.empty() || stage.extents.back() < 2) return std::nullopt;
  for (const Instruction& instruction : stage.body)
    if (instruction.opcode == Opcode::Contract && !can_be_packed(program, instruction)) return std::nullopt;
  std::vector<PanelFamily> families = families_of(stage);
  if (families.empty()) return std::nullopt;
  const int64_t vectors = (stage.extents.back() + stage.lanes - 1) / stage.lanes;
  int64_t products = 0;
  for (const PanelFamily& family : families)
    products += vectors * static_cast<int64_t>(family.contractions.size()) *
                stage.body[static_cast<size_t>(family.contractions[0])].k;
  if (products < least_products) return std::nullopt;
  // A vector that is wider than the machine's takes several registers.
  const int64_t width = std::max<int64_t>(
      1, stage.lanes * element_bytes(stage, families) * 8 / std::max(1, target.vector_bits));
  const int registers = static_cast<int>(target.vector_registers / width);
  const Choice choice = choose_tile(stage, families, vectors, registers);
  for (PanelFamily& family : families)
    family.group =
        widest_group(static_cast<int>(family.contractions.size()) * choice.vectors, choice.rows, registers);
  return Panels{choice.vectors, tile_rows(choice.rows), std::move(families), products <= small_products};
}

std::string describe(const Stage& stage) {
  std::string families;
  for (const PanelFamily& family : stage.panels->families)
    families += fmt::format("{}{} of {} terms, {} vectors at a time", families.empty() ? "" : "; ",
                            family.contractions.size(),
                            stage.body[static_cast<size_t>(family.contractions[0])].k, family.group);
  return fmt::format("{} columns in vectors of {}, {} a block; contractions {}; tiles of {} rows",
                     stage.extents.back(), stage.lanes, stage.panels->vectors, families,
                     fmt::join(stage.panels->rows, ", "));
}

}  // namespace

void pack_weights(LoopProgram& program, Context& context) {
  if (program.samples_across_lanes) return;
  for (const PhaseRef& phase : phases(program)) {
    if (phase.nests == &program.prepare) continue;
    for (Nest& nest : *phase.nests) {
      if (nest.stages.size() != 1) continue;
      Stage& stage = nest.stages[0];
      stage.panels = panels_of(program, stage, context.target);
      if (stage.panels && nest.rows != Rows::Samples) stage.panels->only_for_rows = false;
      if (stage.panels && stage.panels->only_for_rows && !stage.tiles.empty())
        stage.tiles = {{1, stage.tiles.back().vectors}};
      if (stage.panels) context.remark("pack-weights", fmt::format("{}: {}", phase.name, describe(stage)));
    }
  }
}

}  // namespace rondo::passes
