#include "passes/vectorize.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "passes/costs.h"
#include "passes/planned_stages.h"

namespace rondo::passes {

using namespace ir;

namespace {

bool is_contraction(const Instruction& i) {
  return i.opcode == Opcode::Contract;
}

template <class Predicate>
int count_if(const Stage& stage, Predicate&& predicate) {
  return static_cast<int>(std::count_if(stage.body.begin(), stage.body.end(), predicate));
}

int64_t columns_of(const Stage& stage) {
  return stage.extents.empty() ? 1 : stage.extents.back();
}

// Width of the widest elements that a stage computes with; booleans ride along.
int64_t element_bits(const Stage& stage) {
  int64_t bytes = 4;
  for (const Instruction& instruction : stage.body) bytes = std::max(bytes, size_of(instruction.dtype));
  return bytes * 8;
}

// How well an axis suits vectors: accesses that move by one element or not at all, stores above all.
int64_t suitability(Stage& stage, size_t axis) {
  int64_t score = 0;
  for (Instruction& instruction : stage.body)
    for_each_access(instruction, [&](const Access& access) {
      const int64_t weight = instruction.opcode == Opcode::Contract ? 8
                             : instruction.opcode == Opcode::Store  ? 4
                                                                    : 2;
      const int64_t stride = access.strides[axis];
      score += stride == 1 ? 2 * weight : stride == 0 ? weight : -weight;
    });
  return score;
}

void move_to_end(Stage& stage, size_t axis) {
  const auto rotate = [axis](auto& list) {
    std::rotate(list.begin() + static_cast<std::ptrdiff_t>(axis),
                list.begin() + static_cast<std::ptrdiff_t>(axis) + 1, list.end());
  };
  rotate(stage.extents);
  for (Instruction& instruction : stage.body)
    for_each_access(instruction, [&](Access& a) { rotate(a.strides); });
}

void choose_axis(Stage& stage) {
  if (stage.extents.empty()) return;
  size_t best = stage.extents.size() - 1;
  for (size_t axis = 0; axis < stage.extents.size(); ++axis)
    if (stage.extents[axis] > 1 && suitability(stage, axis) > suitability(stage, best)) best = axis;
  if (best + 1 != stage.extents.size()) move_to_end(stage, best);
}

// The smallest power of two that covers the extent, or the whole vector.
int lanes_for(int64_t extent, int widest) {
  int lanes = 1;
  while (lanes < widest && lanes < extent) lanes *= 2;
  return lanes;
}

// Rows and vectors at a time. Accumulators fill three quarters of the registers: the rest holds weights, the
// broadcast left side and what the activations need. Of a single row they fill half: its activations follow
// at once, over as many vectors, whose steps the processor runs in each other's waits while they fit
// registers.
std::vector<Tile> choose_tiles(const LoopProgram& program, const Stage& stage, const Nest& nest,
                               const Context& context, bool reads_previous) {
  const ir::Target& target = context.target;
  const int contractions = contractions_at_once(stage);
  const int64_t extent = columns_of(stage);
  const auto vectors = static_cast<int>(std::min<int64_t>((extent + stage.lanes - 1) / stage.lanes, 8));
  // Bodies without sums are independent from one vector to the next: the processor overlaps them by itself,
  // as far as it looks ahead, which is less than activations are long.
  if (contractions == 0) return {{1, has_activations(stage) && stage.lanes > 1 ? std::min(vectors, 2) : 1}};
  // A vector that is wider than the machine's takes several registers.
  const auto registers_a_vector =
      static_cast<int>(std::max<int64_t>(1, stage.lanes * element_bits(stage) / target.vector_bits));
  const int accumulators = std::max(1, target.vector_registers * 3 / 4 / registers_a_vector);
  std::vector<Tile> tiles;
  // A row that repeats the row before it cannot be computed beside it.
  // Nor do rows gain by it that share nothing they multiply by, such as a memory that each sample has.
  const bool shares = count_if(stage, [&](const Instruction& i) {
                        return is_contraction(i) && (program[i.access.buffer].rows == Rows::One ||
                                                     program[i.rhs.buffer].rows == Rows::One);
                      }) > 0;
  // Nor are samples together where one is expected: theirs would be most of the code of a small cell.
  const bool alone_in_step = nest.rows == Rows::Samples && context.options.expected_batch == 1;
  const bool rows_together =
      shares && nest.rows != Rows::One && !alone_in_step && !(nest.rows == Rows::Steps && reads_previous);
  if (rows_together && contractions <= accumulators / 2) {
    const int rows = std::clamp(accumulators / contractions, 2, 6);
    tiles.push_back({rows, std::clamp(accumulators / (contractions * rows), 1, std::min(vectors, 4))});
  }
  const int alone = std::max(1, target.vector_registers / 2 / registers_a_vector);
  tiles.push_back({1, std::clamp(alone / contractions, 1, std::min(vectors, 4))});
  return tiles;
}

std::string text_of(const std::vector<Tile>& tiles) {
  std::string out;
  for (const Tile& tile : tiles)
    out += fmt::format("{}{}x{}", out.empty() ? "" : " ", tile.rows, tile.vectors);
  return out;
}

bool reads_previous(Stage& stage) {
  bool found = false;
  for (Instruction& instruction : stage.body)
    for_each_access(instruction, [&](const Access& access) {
      found = found || (access.time == Time::Previous && instruction.opcode == Opcode::Load);
    });
  return found;
}

// A reduction runs vectors along its own sum, so the columns around it are walked one at a time.
bool reduces(const Stage& stage) {
  return std::any_of(stage.body.begin(), stage.body.end(),
                     [](const Instruction& i) { return i.opcode == Opcode::Reduce; });
}

// What is wrong with pinned lanes; empty where they will do.
std::string objection_to_lanes(const Stage& stage, int lanes) {
  const int64_t extent = columns_of(stage);
  if (lanes < 1 || lanes > 64 || (lanes & (lanes - 1)) != 0)
    return fmt::format("a vector has 1, 2, 4, 8, 16, 32 or 64 lanes, not {}", lanes);
  if (lanes != lanes_for(extent, lanes))
    return fmt::format("vectors of {} lanes are wider than its {} columns ask for", lanes, extent);
  if (lanes > 1 && reduces(stage)) return "its reduction wants vectors of 1 lane";
  return {};
}

std::string objection_to_tiles(const Nest& nest, Stage& stage, const std::vector<Tile>& tiles) {
  constexpr int most = 8;
  const bool one_row =
      nest.rows == Rows::One || nest.stages.size() > 1 || (nest.rows == Rows::Steps && reads_previous(stage));
  for (const Tile& tile : tiles) {
    if (tile.rows < 1 || tile.vectors < 1 || tile.rows > most || tile.vectors > most)
      return fmt::format("a tile has 1 to {0} rows and 1 to {0} vectors, not {1}x{2}", most, tile.rows,
                         tile.vectors);
    if (one_row && tile.rows > 1) return fmt::format("its rows run one at a time, not {}", tile.rows);
  }
  if (tiles.empty() || tiles.back().rows != 1)
    return "the last tile takes the rows that are left: it has 1 row";
  for (size_t i = 1; i < tiles.size(); ++i)
    if (tiles[i].rows >= tiles[i - 1].rows) return "tiles have fewer and fewer rows";
  return {};
}

// Lanes and tiles as the plan has them, where it says so.
void pin_stage(const LoopProgram& program, const std::string& key, const StagePlan& pins, Nest& nest,
               Stage& stage, Context& context) {
  const auto refused = [&](const std::string& objection) {
    if (!objection.empty()) context.refuse(fmt::format("stage '{}': {}", key, objection));
    return !objection.empty();
  };
  if (pins.lanes) {
    if (refused(objection_to_lanes(stage, *pins.lanes))) return;
    stage.lanes = *pins.lanes;
    stage.tiles = choose_tiles(program, stage, nest, context, reads_previous(stage));
  }
  if (pins.tiles) {
    if (refused(objection_to_tiles(nest, stage, *pins.tiles))) return;
    stage.tiles = *pins.tiles;
  }
}

void check_stage_names(const std::vector<std::string>& known, Context& context) {
  for (const auto& [key, pins] : context.options.pins.stages)
    if (std::find(known.begin(), known.end(), key) == known.end())
      context.refuse(fmt::format("there is no stage '{}'; there are {}", key, fmt::join(known, ", ")));
}

// Follows the plan, and writes down what becomes of each stage.
void plan_stages(LoopProgram& program, Context& context) {
  if (program.samples_across_lanes) {
    if (!context.options.pins.stages.empty())
      context.refuse("stages have no tiles of their own where vectors run over samples");
    return;
  }
  std::vector<std::string> known;
  for_each_planned_stage(program, [&](const std::string& key, Nest& nest, Stage& stage) {
    known.push_back(key);
    const StagePlan pins = pins_of(context, key);
    pin_stage(program, key, pins, nest, stage, context);
    context.plan.stages.push_back({key, {stage.lanes, stage.tiles, {}}});
    context.remark(
        "vectorize",
        fmt::format("{}: {} columns in vectors of {}; {} contractions side by side, tiles of rows x "
                    "vectors: {}{}",
                    key, columns_of(stage), stage.lanes, contractions_at_once(stage), text_of(stage.tiles),
                    pins.lanes || pins.tiles ? "; pinned by the plan" : ""));
  });
  check_stage_names(known, context);
}

// What a sample's time goes to: the step, or without states what runs ahead of it.
std::vector<const Stage*> repeated_stages(const LoopProgram& program) {
  std::vector<const Stage*> stages;
  for (const Nest& nest : program.step.empty() ? program.before : program.step)
    for (const Stage& stage : nest.stages) stages.push_back(&stage);
  return stages;
}

int64_t widest_extent(const LoopProgram& program) {
  int64_t widest = 0;
  for (const Stage* stage : repeated_stages(program)) widest = std::max(widest, columns_of(*stage));
  return widest;
}

// Columns that fill a vector gain nothing from samples that are brought side by side.
bool fills_vector(const Stage& stage, const ir::Target& target) {
  return columns_of(stage) * element_bits(stage) >= target.vector_bits;
}

// One or two columns leave a vector empty whatever the batch is, unless it is to be one sample: then lanes
// stay empty either way, and nothing need be brought side by side. Some more are better off side by side, as
// a batch of one is common, unless many samples are to be expected and columns leave a part of each vector
// empty; but not where sums are long enough for tiles.
bool suits_samples(const LoopProgram& program, const Options& options, const ir::Target& target) {
  constexpr int64_t short_sum = 8;
  if (options.expected_batch == 1) return false;
  if (widest_extent(program) <= 2) return true;
  if (options.expected_batch.value_or(1) < int64_t{4} * (target.vector_bits / 32)) return false;
  const std::vector<const Stage*> stages = repeated_stages(program);
  return std::none_of(stages.begin(), stages.end(), [&](const Stage* stage) {
    return fills_vector(*stage, target) ||
           count_if(*stage, [](const Instruction& i) { return is_contraction(i) && i.k > short_sum; }) > 0;
  });
}

void remark_axis(const LoopProgram& program, int64_t widest, int lanes, Context& context) {
  const bool pinned = context.options.samples_across_lanes.has_value();
  const std::string figures =
      fmt::format("the widest axis of the step has {} elements, a vector {} lanes{}", widest,
                  context.options.lanes.value_or(lanes), pinned ? "; pinned by the user" : "");
  if (program.samples_across_lanes)
    context.remark("vectorize", "samples across lanes: " + figures, {},
                   "columns across lanes, where a part of each vector would be empty");
  else
    context.remark(
        "vectorize", "columns across lanes: " + figures, {},
        fmt::format("samples across lanes, which computes nothing faster below {} samples", lanes));
}

}  // namespace

void vectorize(LoopProgram& program, Context& context) {
  const ir::Target& target = context.target;
  for (const PhaseRef& phase : phases(program))
    for (Nest& nest : *phase.nests)
      for (Stage& stage : nest.stages) choose_axis(stage);

  const int64_t widest = widest_extent(program);
  const int f32_lanes = target.vector_bits / 32;
  program.samples_across_lanes =
      context.options.samples_across_lanes.value_or(suits_samples(program, context.options, target));
  for (const PhaseRef& phase : phases(program)) {
    for (Nest& nest : *phase.nests) {
      for (Stage& stage : nest.stages) {
        const int widest_lanes = context.options.lanes.value_or(
            static_cast<int>(std::max<int64_t>(1, target.vector_bits / element_bits(stage))));
        const int64_t extent = columns_of(stage);
        if (program.samples_across_lanes && nest.rows != Rows::One)
          stage.lanes = widest_lanes;
        else
          stage.lanes = reduces(stage) ? 1 : lanes_for(extent, widest_lanes);
        stage.tiles = choose_tiles(program, stage, nest, context, reads_previous(stage));
      }
    }
  }
  remark_axis(program, widest, f32_lanes, context);
  plan_stages(program, context);
}

}  // namespace rondo::passes
