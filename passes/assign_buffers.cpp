#include "passes/assign_buffers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "passes/costs.h"

namespace rondo::passes {

using namespace ir;

namespace {

// Position of a stage in the order of the program.
struct Lifetime {
  int first = -1, last = -1;

  void touch(int position) {
    if (first < 0) first = position;
    last = position;
  }
  bool overlaps(const Lifetime& other) const { return first <= other.last && other.first <= last; }
};

// Rows that fill whole cache lines start on one.
int64_t padded(int64_t elements, int64_t element_size) {
  const int64_t line = 64 / element_size;
  return elements < line ? elements : (elements + line - 1) / line * line;
}

class Assigner {
 public:
  explicit Assigner(LoopProgram& program) : program_(program), lifetimes_(program.buffers.size()) {}

  void run() {
    for (Buffer& buffer : program_.buffers) {
      if (buffer.kind != BufferKind::State && buffer.kind != BufferKind::Temporary) continue;
      buffer.row_stride = program_.samples_across_lanes && buffer.rows != Rows::One
                              ? buffer.elements
                              : padded(buffer.elements, size_of(buffer.dtype));
    }
    for (size_t i = 0; i < program_.buffers.size(); ++i) {
      const BufferId id{static_cast<int32_t>(i)};
      if (program_[id].kind == BufferKind::State) program_[id].in_place = can_update_in_place(program_, id);
    }
    find_lifetimes();
    share_memory();
  }

  int in_place() const {
    return static_cast<int>(std::count_if(program_.buffers.begin(), program_.buffers.end(),
                                          [](const Buffer& b) { return b.in_place; }));
  }
  int temporaries = 0, slots = 0;

 private:
  void find_lifetimes() {
    int position = 0;
    for (const PhaseRef& phase : phases(program_)) {
      const bool in_step = phase.nests == &program_.step;
      const int phase_end = position + static_cast<int>(phase.nests->size());
      for (Nest& nest : *phase.nests) {
        // All stages of a nest count as one moment: it runs them again for every row.
        ++position;
        for (Stage& stage : nest.stages)
          for (Instruction& instruction : stage.body)
            for_each_access(instruction, [&](const Access& access) {
              Lifetime& lifetime = lifetimes_[static_cast<size_t>(access.buffer.index)];
              lifetime.touch(position);
              // The step runs again for every step of the block: a buffer of the block lives through all of
              // it.
              if (in_step && program_[access.buffer].rows == Rows::Steps) {
                lifetime.touch(phase_end);
                lifetime.first =
                    std::min(lifetime.first, phase_end - static_cast<int>(phase.nests->size()) + 1);
              }
            });
      }
    }
    // What is made once a call is read in every step; nothing may take its place between.
    for (const std::vector<Nest>* phase : {&program_.prepare, &program_.once})
      for (const Nest& nest : *phase)
        for (const Stage& stage : nest.stages)
          for (Instruction instruction : stage.body)
            for_each_access(instruction, [&](const Access& access) {
              lifetimes_[static_cast<size_t>(access.buffer.index)].last = position + 1;
            });
  }

  // Greedy colouring: temporaries of one kind whose lifetimes do not meet get one slot.
  void share_memory() {
    struct Slot {
      Rows rows;
      DType dtype;
      std::vector<size_t> tenants;
    };
    std::vector<Slot> taken;
    for (size_t i = 0; i < program_.buffers.size(); ++i) {
      Buffer& buffer = program_.buffers[i];
      if (buffer.kind != BufferKind::Temporary || lifetimes_[i].first < 0) continue;
      ++temporaries;
      for (size_t s = 0; s < taken.size() && buffer.slot < 0; ++s) {
        const bool free = std::none_of(taken[s].tenants.begin(), taken[s].tenants.end(), [&](size_t other) {
          return lifetimes_[other].overlaps(lifetimes_[i]);
        });
        if (!free || taken[s].rows != buffer.rows || taken[s].dtype != buffer.dtype) continue;
        buffer.slot = static_cast<int>(s);
        taken[s].tenants.push_back(i);
      }
      if (buffer.slot >= 0) continue;
      buffer.slot = static_cast<int>(taken.size());
      taken.push_back({buffer.rows, buffer.dtype, {i}});
    }
    slots = static_cast<int>(taken.size());
  }

  LoopProgram& program_;
  std::vector<Lifetime> lifetimes_;
};

// Rows of a block of steps whose values stay in the second-level cache between the phases.
int64_t rows_of_block(const LoopProgram& program) {
  constexpr int64_t cached_bytes = int64_t{256} * 1024;
  int64_t bytes = 1;
  for (const Buffer& buffer : program.buffers)
    if (buffer.kind == BufferKind::Temporary && buffer.rows == Rows::Steps)
      bytes += buffer.elements * size_of(buffer.dtype);
  return std::clamp<int64_t>(cached_bytes / bytes, 8, 4096);
}

}  // namespace

namespace {

// Nothing reads the current value behind the store, and in the storing stage every index reads what it is
// about to write, or `may_sum` lets it sum others as well.
bool is_overwritten_last(const LoopProgram& program, BufferId state, bool (*may_sum)(const Stage&)) {
  bool stored = false;
  for (const Nest& nest : program.step) {
    for (const Stage& stage : nest.stages) {
      std::optional<Access> store;
      for (const Instruction& instruction : stage.body)
        if (instruction.opcode == Opcode::Store && instruction.access.buffer == state)
          store = instruction.access;
      for (const Instruction& instruction : stage.body) {
        bool fits = true;
        for_each_access(instruction, [&](Access access) {
          if (access.buffer != state || instruction.opcode == Opcode::Store) return;
          if (store) access.time = store->time;
          const bool own_index = instruction.opcode == Opcode::Load && instruction.operands.empty();
          const bool summed = instruction.opcode == Opcode::Contract && may_sum(stage);
          fits = !stored && (!store || (own_index && access == *store) || summed);
        });
        if (!fits) return false;
        stored = stored || (instruction.opcode == Opcode::Store && instruction.access.buffer == state);
      }
    }
  }
  return stored;
}

}  // namespace

bool can_update_in_place(const LoopProgram& program, BufferId state) {
  return is_overwritten_last(program, state, [](const Stage&) { return false; });
}

bool can_overwrite_behind_sums(const LoopProgram& program, BufferId state) {
  return is_overwritten_last(program, state, sums_rows_first);
}

void assign_buffers(LoopProgram& program, Context& context) {
  // A block of steps is worth its memory only where something is moved ahead of the loop or behind it.
  if (!program.before.empty() || !program.after.empty()) {
    program.time_block = steps_of_block(program);
    program.block_rows = rows_of_block(program);
  }
  Assigner assigner(program);
  assigner.run();
  context.remark(
      "buffers",
      fmt::format("{} of {} states updated in place; {} temporaries in {} pieces of memory; time {}",
                  assigner.in_place(),
                  std::count_if(program.buffers.begin(), program.buffers.end(),
                                [](const Buffer& b) { return b.kind == BufferKind::State; }),
                  assigner.temporaries, assigner.slots,
                  program.time_block > 0 ? fmt::format("in blocks of up to {} steps", program.time_block)
                                         : std::string("in one piece")));
}

}  // namespace rondo::passes
