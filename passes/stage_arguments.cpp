#include "passes/stage_arguments.h"

#include <fmt/format.h>

#include <algorithm>

#include "passes/costs.h"

namespace rondo::passes {

using namespace ir;

namespace {

// What a block of samples may take of the workspace: a first-level cache through a block of steps. Where the
// samples of a step lie densely, and are best taken as many at once, in one step: half of a second-level
// cache.
struct BlockLimits {
  int64_t bytes, least, most, steps;
};
constexpr BlockLimits scattered{int64_t{32} * 1024, 32, 128, steps_of_block};
constexpr BlockLimits dense{int64_t{256} * 1024, 128, 16384, 1};

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

// What is kept for a sample while its steps run.
int64_t bytes_of_sample(const LoopProgram& program, int64_t steps) {
  int64_t bytes = 1;
  for (const Buffer& buffer : program.buffers) {
    const int64_t row = buffer.elements * size_of(buffer.dtype);
    if (buffer.kind == BufferKind::State) bytes += 2 * row;
    if (buffer.kind == BufferKind::Temporary && buffer.rows == Rows::Samples) bytes += row;
    if (buffer.kind == BufferKind::Temporary && buffer.rows == Rows::Steps) bytes += row * steps;
  }
  return bytes;
}

// As many samples as fit the cache with all that is kept for them.
int64_t samples_a_block(const LoopProgram& program, const BlockLimits& limits) {
  const int64_t bytes = bytes_of_sample(program, limits.steps);
  int64_t samples = limits.most;
  while (samples > limits.least && samples * bytes > limits.bytes) samples /= 2;
  return samples;
}

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
  program.sample_block = samples_a_block(program, scattered);
  program.dense_sample_block = samples_a_block(program, dense);
  context.remark(
      "stage-arguments",
      fmt::format("{} inputs and outputs pass through the workspace, where samples lie side by side; "
                  "{} samples at a time run through all steps, {} where those of a step lie densely",
                  stager.staged, program.sample_block, program.dense_sample_block));
}

}  // namespace rondo::passes
