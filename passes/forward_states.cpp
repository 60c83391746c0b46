#include "passes/forward_states.h"

#include <fmt/format.h>

#include <algorithm>

#include "passes/assign_buffers.h"

namespace rondo::passes {

using namespace ir;

namespace {

BufferId argument_of(const LoopProgram& program, BufferKind kind, const std::string& name) {
  const auto found = std::find_if(program.buffers.begin(), program.buffers.end(), [&](const Buffer& buffer) {
    return buffer.kind == kind && buffer.name == name;
  });
  return {static_cast<int32_t>(found - program.buffers.begin())};
}

// What is read or written at one time, from or to another buffer instead.
void redirect(std::vector<Nest>& nests, BufferId from, Time time, BufferId to) {
  for (Nest& nest : nests)
    for (Stage& stage : nest.stages)
      for (Instruction& instruction : stage.body)
        for_each_access(instruction, [&](Access& access) {
          if (access.buffer != from || access.time != time) return;
          access.buffer = to;
          access.time = Time::Current;
        });
}

// Leaves out stores to a buffer, and what only they needed.
void leave_out_stores(Stage& stage, BufferId to) {
  std::vector<bool> needed(stage.body.size());
  for (size_t i = stage.body.size(); i-- > 0;) {
    const Instruction& instruction = stage.body[i];
    if (instruction.opcode == Opcode::Store) needed[i] = instruction.access.buffer != to;
    if (!needed[i]) continue;
    for (int operand : instruction.operands) needed[static_cast<size_t>(operand)] = true;
  }
  std::vector<Instruction> kept;
  std::vector<int> position(stage.body.size());
  for (size_t i = 0; i < stage.body.size(); ++i) {
    if (!needed[i]) continue;
    position[i] = static_cast<int>(kept.size());
    kept.push_back(stage.body[i]);
    for (int& operand : kept.back().operands) operand = position[static_cast<size_t>(operand)];
  }
  stage.body = std::move(kept);
}

void leave_out_stores(std::vector<Nest>& nests, BufferId to) {
  for (Nest& nest : nests) {
    for (Stage& stage : nest.stages) leave_out_stores(stage, to);
    std::erase_if(nest.stages, [](const Stage& stage) { return stage.body.empty(); });
  }
  std::erase_if(nests, [](const Nest& nest) { return nest.stages.empty(); });
}

}  // namespace

void forward_states(LoopProgram& program, Context& context) {
  if (program.time != 1 || program.input_length || program.samples_across_lanes) return;
  int states = 0, written = 0;
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    if (program.buffers[i].kind != BufferKind::State) continue;
    const BufferId state{static_cast<int32_t>(i)};
    const std::string& name = program.buffers[i].name;
    const BufferId initial = argument_of(program, BufferKind::InitialState, name);
    const BufferId final = argument_of(program, BufferKind::FinalState, name);
    const bool in_place = can_overwrite_behind_sums(program, state);
    leave_out_stores(program.setup, state);
    redirect(program.step, state, Time::Current, initial);
    ++states;
    if (!in_place) continue;
    leave_out_stores(program.finish, final);
    redirect(program.step, state, Time::Next, final);
    ++written;
  }
  context.remark("forward-states",
                 fmt::format("the one step reads {} states where the caller has them, and writes {} there",
                             states, written),
                 {}, "copies to the workspace ahead of the step, and back behind it");
}

}  // namespace rondo::passes
