#include "passes/stage_arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace rondo::passes {

using namespace ir;

namespace {

template <class Body>
void for_each_instruction(LoopProgram& program, Body&& body) {
  for (const PhaseRef& phase : phases(program))
    for (Nest& nest : *phase.nests)
      for (Stage& stage : nest.stages)
        for (Instruction& instruction : stage.body) body(phase, instruction);
}

class Stager {
 public:
  explicit Stager(LoopProgram& program) : program_(program) {}

  int staged = 0;

  void run() {
    const size_t count = program_.buffers.size();
    std::vector<Nest> in;
    for (size_t i = 0; i < count; ++i) {
      const BufferId id{static_cast<int32_t>(i)};
      const BufferKind kind = program_[id].kind;
      if (kind == BufferKind::Input && is_read_by_steps(id)) {
        const BufferId copy = add_copy(id);
        redirect(id, copy, Opcode::Load);
        in.push_back(copy_nest(id, copy));
      } else if (kind == BufferKind::Output && !repeats_itself(id) && is_written_by_steps(id)) {
        const BufferId copy = add_copy(id);
        redirect(id, copy, Opcode::Store);
        program_.after.push_back(copy_nest(copy, id));
      }
    }
    program_.before.insert(program_.before.begin(), std::make_move_iterator(in.begin()),
                           std::make_move_iterator(in.end()));
  }

 private:
  bool is_read_by_steps(BufferId id) {
    bool found = false;
    for_each_instruction(program_, [&](const PhaseRef&, Instruction& instruction) {
      for_each_access(instruction, [&](const Access& access) { found = found || access.buffer == id; });
    });
    return found;
  }

  bool is_written_by_steps(BufferId id) {
    bool found = false;
    for_each_instruction(program_, [&](const PhaseRef& phase, Instruction& instruction) {
      found = found || (phase.nests == &program_.step && instruction.opcode == Opcode::Store &&
                        instruction.access.buffer == id);
    });
    return found;
  }

  // A masked step repeats the output of the step before it, which may have left the workspace.
  bool repeats_itself(BufferId id) {
    bool found = false;
    for_each_instruction(program_, [&](const PhaseRef& phase, Instruction& instruction) {
      found = found || (phase.nests != &program_.finish && instruction.opcode == Opcode::Load &&
                        instruction.access.buffer == id);
    });
    return found;
  }

  BufferId add_copy(BufferId of) {
    Buffer copy = program_[of];
    copy.name += ".side_by_side";
    copy.kind = BufferKind::Temporary;
    copy.row_stride = 0;
    copy.before = {};
    program_.buffers.push_back(std::move(copy));
    ++staged;
    return {static_cast<int32_t>(program_.buffers.size()) - 1};
  }

  // What happens in each step goes to the copy; the slots behind the last step and the last output do not.
  void redirect(BufferId from, BufferId to, Opcode stores) {
    for_each_instruction(program_, [&](const PhaseRef& phase, Instruction& instruction) {
      if (phase.nests == &program_.tail || phase.nests == &program_.finish) return;
      if ((instruction.opcode == Opcode::Store) != (stores == Opcode::Store)) return;
      for_each_access(instruction, [&](Access& access) {
        if (access.buffer == from) access.buffer = to;
      });
    });
  }

  Nest copy_nest(BufferId from, BufferId to) const {
    const Buffer& buffer = program_[from];
    Instruction load, store;
    load.opcode = Opcode::Load;
    store.opcode = Opcode::Store;
    load.dtype = store.dtype = buffer.dtype;
    load.access = {from, Time::Current, 0, {1}, 0};
    store.access = {to, Time::Current, 0, {1}, 0};
    store.operands = {0};
    Stage stage;
    stage.extents = {buffer.elements};
    stage.body = {load, store};
    stage.tiles = {{1, 1}};
    return {Rows::Steps, {stage}, LoopOrder::RowsOutside};
  }

  LoopProgram& program_;
};

}  // namespace

void stage_arguments(LoopProgram& program, Context& context) {
  if (!program.samples_across_lanes) return;
  Stager stager(program);
  stager.run();
  int lanes = 1;
  for (const Nest& nest : program.step)
    for (const Stage& stage : nest.stages) lanes = std::max(lanes, stage.lanes);
  for (std::vector<Nest>* phase : {&program.before, &program.after})
    for (Nest& nest : *phase)
      for (Stage& stage : nest.stages) stage.lanes = lanes;
  context.remark(
      "stage-arguments",
      fmt::format("{} inputs and outputs pass through the workspace, where samples lie side by side",
                  stager.staged));
}

}  // namespace rondo::passes
