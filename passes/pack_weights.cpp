#include "passes/pack_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "passes/costs.h"
#include "passes/planned_stages.h"

namespace rondo::passes {

using namespace ir;

namespace {

// Below this many vector products a row, packing gains less than the call of the summing function costs.
constexpr int64_t least_products = 32;
// Up to this many, a row alone is best written out: calls and loops cost more than they give. Of a stage
// whose sums go on into activations, more: sums wait for one another, activations too, and run in each
// other's waits if nothing keeps them apart. Beyond, weights no longer come from the first-level cache, and
// want to lie in the order in which they are read.
constexpr int64_t small_products = 256, small_products_with_activations = 1100;
constexpr int most_vectors = 4;
// Bodies up to this many instructions run two vectors at a time where they have activations, whose waits the
// other vector fills. Longer ones have enough to do beside each, and would take twice as long to compile.
constexpr int64_t body_for_two = 400;
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
  for (std::vector<int>& contractions : contractions_by_left_side(stage))
    families.push_back({std::move(contractions), 1});
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

// The best tile, and the next best with another number of rows.
struct Choices {
  Choice best, second;

  void consider(const Choice& choice) {
    if (best.cycles == 0 || choice.cycles < best.cycles) {
      if (best.rows != choice.rows) second = best;
      best = choice;
    } else if (choice.rows != best.rows && (second.cycles == 0 || choice.cycles < second.cycles)) {
      second = choice;
    }
  }
};

Choices choose_tile(const Stage& stage, const std::vector<PanelFamily>& families, int64_t vectors,
                    int registers) {
  Choices choices;
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
      const int64_t blocks = (vectors + block - 1) / block;
      cycles *= static_cast<double>(blocks);
      choices.consider({cycles, block, rows});
    }
  return choices;
}

// Rows of the tiles: the largest, and all that may be left of a batch.
std::vector<int> tile_rows(int largest) {
  std::vector<int> rows(static_cast<size_t>(largest));
  std::iota(rows.rbegin(), rows.rend(), 1);
  return rows;
}

int64_t element_bytes(const Stage& stage, const std::vector<PanelFamily>& families) {
  int64_t bytes = 0;
  for (const PanelFamily& family : families)
    bytes = std::max(bytes, size_of(stage.body[static_cast<size_t>(family.contractions[0])].dtype));
  return bytes;
}

// Why the weights of a stage cannot be packed; empty where they can.
std::string objection_to_packing(const LoopProgram& program, const Nest& nest, const Stage& stage) {
  if (nest.stages.size() != 1) return "it runs together with other stages, row by row";
  if (stage.extents.empty() || stage.extents.back() < 2) return "it has but one column";
  for (const Instruction& instruction : stage.body)
    if (instruction.opcode == Opcode::Contract && !can_be_packed(program, instruction))
      return "not all that it multiplies by is known before the first step and the same for all samples";
  return {};
}

std::string objection_to(const PackingPlan& packing) {
  if (packing.vectors > most_vectors)
    return fmt::format("a block has 1 to {} vectors of columns, not {}", most_vectors, packing.vectors);
  const std::vector<int>& rows = packing.rows;
  const bool falling = std::adjacent_find(rows.begin(), rows.end(), std::less_equal<>()) == rows.end();
  if (rows.empty() || rows.back() != 1 || rows.front() > most_panel_rows || !falling)
    return fmt::format("tiles of packed weights have fewer and fewer rows, from at most {} down to 1",
                       most_panel_rows);
  return {};
}

int64_t vectors_of(const Stage& stage) {
  return (stage.extents.back() + stage.lanes - 1) / stage.lanes;
}

// Vector products of a row.
int64_t products_of(const Stage& stage, const std::vector<PanelFamily>& families) {
  int64_t products = 0;
  for (const PanelFamily& family : families)
    products += vectors_of(stage) * static_cast<int64_t>(family.contractions.size()) *
                stage.body[static_cast<size_t>(family.contractions[0])].k;
  return products;
}

// Vectors that fit the registers: one that is wider than the machine's takes several.
int registers_for(const Stage& stage, const std::vector<PanelFamily>& families, const ir::Target& target) {
  const int64_t width = std::max<int64_t>(
      1, stage.lanes * element_bytes(stage, families) * 8 / std::max(1, target.vector_bits));
  return static_cast<int>(target.vector_registers / width);
}

int64_t body_cost(const Stage& stage) {
  int64_t cost = 0;
  for (const Instruction& instruction : stage.body)
    cost += instruction.opcode == Opcode::Compute ? element_cost(instruction.op) : 1;
  return cost;
}

// Which rows of a stage are best written out: where calls have several samples none, as tiles take them.
WrittenOut written_out(const Stage& stage, const std::vector<PanelFamily>& families,
                       std::optional<int64_t> expected_batch) {
  const int64_t most = has_activations(stage) ? small_products_with_activations : small_products;
  if (products_of(stage, families) > most) return WrittenOut::None;
  if (!expected_batch) return WrittenOut::Alone;
  return *expected_batch == 1 ? WrittenOut::All : WrittenOut::None;
}

Panels make_panels(const Stage& stage, std::vector<PanelFamily> families, const PackingPlan& plan,
                   int registers, std::optional<int64_t> expected_batch) {
  for (PanelFamily& family : families)
    family.group = widest_group(static_cast<int>(family.contractions.size()) * plan.vectors,
                                plan.rows.front(), registers);
  const WrittenOut small_rows = written_out(stage, families, expected_batch);
  const int together = has_activations(stage) && body_cost(stage) <= body_for_two ? 2 : 1;
  return {plan.vectors, plan.rows, std::move(families), together, small_rows};
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

std::string alternative_to(const Choices& choices) {
  if (choices.second.cycles == 0) return {};
  return fmt::format(
      "tiles of {} rows with {} vectors a block: {:.0f} cycles a row, where those chosen take {:.0f}",
      choices.second.rows, choices.second.vectors, choices.second.cycles, choices.best.cycles);
}

// As the plan says, or where packing pays.
void pack(const LoopProgram& program, const std::string& key, const Nest& nest, Stage& stage,
          Context& context) {
  const std::optional<PackingPlan> pinned = pins_of(context, key).packing;
  if (pinned && pinned->vectors == 0) {
    context.remark("pack-weights", key + ": weights as they are; pinned by the plan");
    return;
  }
  std::string objection = objection_to_packing(program, nest, stage);
  if (pinned && objection.empty()) objection = objection_to(*pinned);
  if (!objection.empty()) {
    if (pinned) context.refuse(fmt::format("stage '{}' cannot be packed: {}", key, objection));
    return;
  }
  std::vector<PanelFamily> families = families_of(stage);
  const int64_t products = products_of(stage, families);
  if (!pinned && products < least_products) {
    context.remark("pack-weights",
                   fmt::format("{}: weights as they are, for {} vector products a row", key, products), {},
                   fmt::format("packed weights, which pay from {} on", least_products));
    return;
  }
  const int registers = registers_for(stage, families, context.target);
  const Choices choices = choose_tile(stage, families, vectors_of(stage), registers);
  stage.panels = make_panels(stage, std::move(families),
                             pinned.value_or(PackingPlan{choices.best.vectors, tile_rows(choices.best.rows)}),
                             registers, context.options.expected_batch);
  if (nest.rows != Rows::Samples) stage.panels->written_out = WrittenOut::None;
  if (stage.panels->written_out != WrittenOut::None && !stage.tiles.empty())
    stage.tiles = {{1, stage.tiles.back().vectors}};
  context.remark("pack-weights",
                 fmt::format("{}: {}{}", key, describe(stage), pinned ? "; pinned by the plan" : ""), {},
                 pinned ? "" : alternative_to(choices));
}

}  // namespace

void pack_weights(LoopProgram& program, Context& context) {
  if (program.samples_across_lanes) return;
  size_t number = 0;
  for_each_planned_stage(program, [&](const std::string& key, Nest& nest, Stage& stage) {
    if (!key.starts_with("prepare")) pack(program, key, nest, stage, context);
    if (number == context.plan.stages.size()) return;  // vectorize was left out
    StagePlan& plan = context.plan.stages[number++].second;
    plan.tiles = stage.tiles;
    plan.packing = stage.panels ? PackingPlan{stage.panels->vectors, stage.panels->rows} : PackingPlan{};
  });
}

}  // namespace rondo::passes
