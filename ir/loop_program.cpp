#include "ir/loop_program.h"

#include <algorithm>

namespace rondo::ir {

namespace {

template <class Ref, class Program>
std::vector<Ref> phases_of(Program& program) {
  return {{"prepare", &program.prepare}, {"setup", &program.setup},  {"once", &program.once},
          {"before", &program.before},   {"step", &program.step},    {"after", &program.after},
          {"tail", &program.tail},       {"finish", &program.finish}};
}

// Whether the sums of an instruction come from packed weights.
bool is_packed(const Stage& stage, int position) {
  if (!stage.panels) return false;
  return std::any_of(stage.panels->families.begin(), stage.panels->families.end(), [&](const auto& family) {
    return std::find(family.contractions.begin(), family.contractions.end(), position) !=
           family.contractions.end();
  });
}

bool reads_in_place(const Stage& stage, BufferId weight) {
  for (size_t i = 0; i < stage.body.size(); ++i) {
    const Instruction& instruction = stage.body[i];
    if (instruction.opcode == Opcode::Contract && instruction.access.buffer != weight &&
        is_packed(stage, static_cast<int>(i)))
      continue;
    bool found = false;
    for_each_access(instruction, [&](const Access& access) { found = found || access.buffer == weight; });
    if (found) return true;
  }
  return false;
}

}  // namespace

std::vector<PhaseRef> phases(LoopProgram& program) {
  return phases_of<PhaseRef>(program);
}

std::vector<ConstPhaseRef> phases(const LoopProgram& program) {
  return phases_of<ConstPhaseRef>(program);
}

std::vector<std::vector<int>> contractions_by_left_side(const Stage& stage) {
  std::vector<std::vector<int>> groups;
  for (size_t i = 0; i < stage.body.size(); ++i) {
    const Instruction& contraction = stage.body[i];
    if (contraction.opcode != Opcode::Contract) continue;
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const std::vector<int>& group) {
      const Instruction& first = stage.body[static_cast<size_t>(group[0])];
      return first.access == contraction.access && first.k == contraction.k &&
             first.dtype == contraction.dtype;
    });
    if (found == groups.end())
      groups.push_back({static_cast<int>(i)});
    else
      found->push_back(static_cast<int>(i));
  }
  return groups;
}

int contractions_at_once(const Stage& stage) {
  size_t most = 0;
  for (const std::vector<int>& group : contractions_by_left_side(stage)) most = std::max(most, group.size());
  return static_cast<int>(most);
}

bool has_panels(const Nest& nest) {
  return nest.stages.size() == 1 && nest.stages[0].panels;
}

bool has_shared_columns(const Nest& nest) {
  return has_panels(nest) && nest.stages[0].panels->written_out == WrittenOut::None;
}

bool sums_fit_aside(const Stage& stage) {
  constexpr int64_t most_bytes = 2048;
  const int64_t block = int64_t{stage.lanes} * stage.panels->vectors;
  const int64_t columns = (stage.extents.back() + block - 1) / block * block;
  int64_t bytes = 0;
  for (const Instruction& instruction : stage.body)
    if (instruction.opcode == Opcode::Contract) bytes += columns * size_of(instruction.dtype);
  return bytes <= most_bytes;
}

bool sums_rows_first(const Stage& stage) {
  if (stage.extents.size() > 1) return false;
  if (stage.panels && stage.panels->written_out != WrittenOut::All) return false;
  const int64_t columns = stage.extents.empty() ? 1 : stage.extents.back();
  const auto covers = [&](const Tile& tile) { return columns <= int64_t{stage.lanes} * tile.vectors; };
  const bool one_tile = stage.tiles.empty() ? columns <= stage.lanes
                                            : std::all_of(stage.tiles.begin(), stage.tiles.end(), covers);
  return one_tile || (stage.panels && stage.panels->together > 1 && sums_fit_aside(stage));
}

bool is_read_in_place(const LoopProgram& program, BufferId weight) {
  for (const auto& [name, nests] : phases(program)) {
    if (nests == &program.prepare) continue;
    for (const Nest& nest : *nests)
      for (const Stage& stage : nest.stages)
        if (reads_in_place(stage, weight)) return true;
  }
  return false;
}

std::string_view name_of(BufferKind kind) {
  switch (kind) {
    case BufferKind::Input:
      return "input";
    case BufferKind::Constant:
      return "constant";
    case BufferKind::Weight:
      return "weight";
    case BufferKind::Mask:
      return "mask";
    case BufferKind::Lengths:
      return "lengths";
    case BufferKind::InitialState:
      return "initial_state";
    case BufferKind::PreviousOutput:
      return "previous_output";
    case BufferKind::Output:
      return "output";
    case BufferKind::LastOutput:
      return "last_output";
    case BufferKind::FinalState:
      return "final_state";
    case BufferKind::State:
      return "state";
    case BufferKind::Temporary:
      return "temporary";
  }
  __builtin_unreachable();
}

std::string_view name_of(Rows rows) {
  switch (rows) {
    case Rows::One:
      return "one";
    case Rows::Samples:
      return "samples";
    case Rows::Steps:
      return "steps";
  }
  __builtin_unreachable();
}

}  // namespace rondo::ir
