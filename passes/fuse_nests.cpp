#include "passes/fuse_nests.h"

#include <fmt/format.h>

#include <algorithm>

#include "passes/costs.h"

namespace rondo::passes {

using namespace ir;

namespace {

// A stretch of memory as far as dependences go: the current and the next value of a state are different
// memory.
struct Touch {
  Access access;
  bool writes = false;
  bool at_own_index =
      false;  ///< every index of the stage touches an element of its own, in the order of the stage
};

bool same_memory(const Access& a, const Access& b) {
  return a.buffer == b.buffer && a.time == b.time;
}

std::vector<Touch> touches(Stage& stage) {
  std::vector<Touch> result;
  for (Instruction& instruction : stage.body)
    for_each_access(instruction, [&](const Access& access) {
      const bool sums = instruction.opcode == Opcode::Contract || instruction.opcode == Opcode::Reduce;
      result.push_back(
          {access, instruction.opcode == Opcode::Store, !sums && instruction.operands.size() <= 1});
      // A load with a computed index may be anywhere.
      if (instruction.opcode == Opcode::Load && !instruction.operands.empty())
        result.back().at_own_index = false;
    });
  return result;
}

// Whether two accesses of one memory always touch different elements: simple enough for the parts of a
// concatenation.
bool are_apart(const Access& a, const Dims& a_extents, const Access& b, const Dims& b_extents) {
  const auto bounds = [](const Access& access, const Dims& extents) {
    std::pair<int64_t, int64_t> range{access.offset, access.offset};
    for (size_t axis = 0; axis < extents.size(); ++axis) {
      const int64_t reach = access.strides[axis] * (extents[axis] - 1);
      (reach < 0 ? range.first : range.second) += reach;
    }
    return range;
  };
  if (a.k_stride != 0 || b.k_stride != 0) return false;
  const auto [a_low, a_high] = bounds(a, a_extents);
  const auto [b_low, b_high] = bounds(b, b_extents);
  return a_high < b_low || b_high < a_low;
}

// Whether stage `b`, which runs behind `a`, may run in any order with it.
bool independent(Stage& a, Stage& b) {
  for (const Touch& x : touches(a))
    for (const Touch& y : touches(b))
      if ((x.writes || y.writes) && same_memory(x.access, y.access) &&
          !are_apart(x.access, a.extents, y.access, b.extents))
        return false;
  return true;
}

// Whether the bodies may be run index by index, `a` before `b`: what they share, both touch at the same
// index.
bool mergeable(Stage& a, Stage& b) {
  if (a.extents != b.extents) return false;
  for (const Touch& x : touches(a))
    for (const Touch& y : touches(b)) {
      if ((!x.writes && !y.writes) || !same_memory(x.access, y.access)) continue;
      if (are_apart(x.access, a.extents, y.access, b.extents)) continue;
      if (!x.at_own_index || !y.at_own_index || x.access != y.access) return false;
    }
  return true;
}

void append(Stage& to, const Stage& from) {
  const int base = static_cast<int>(to.body.size());
  for (Instruction instruction : from.body) {
    for (int& operand : instruction.operands) operand += base;
    to.body.push_back(std::move(instruction));
  }
}

bool same_computation(const Instruction& a, const Instruction& b) {
  return a.opcode == b.opcode && a.dtype == b.dtype && a.op == b.op && a.operands == b.operands &&
         a.literal == b.literal && a.access == b.access && a.rhs == b.rhs && a.k == b.k;
}

// Computes nothing twice, and takes from registers what a store before it has put into memory.
void forward_values(Stage& stage) {
  std::vector<int> stands_for(stage.body.size());
  std::vector<Instruction> body;
  for (size_t i = 0; i < stage.body.size(); ++i) {
    Instruction instruction = stage.body[i];
    for (int& operand : instruction.operands) operand = stands_for[static_cast<size_t>(operand)];
    int found = -1;
    for (size_t j = body.size(); instruction.opcode != Opcode::Store && found < 0 && j-- > 0;) {
      const Instruction& earlier = body[j];
      const bool stored = instruction.opcode == Opcode::Load && instruction.operands.empty() &&
                          earlier.opcode == Opcode::Store && earlier.guard == Guard::None &&
                          earlier.access == instruction.access;
      if (stored) found = earlier.operands[0];
      // Behind a store to the same memory an equal load would read something else.
      if (earlier.opcode == Opcode::Store && instruction.opcode != Opcode::Compute &&
          (same_memory(earlier.access, instruction.access) || same_memory(earlier.access, instruction.rhs)))
        break;
      if (same_computation(earlier, instruction)) found = static_cast<int>(j);
    }
    stands_for[i] = found >= 0 ? found : static_cast<int>(body.size());
    if (found < 0) body.push_back(std::move(instruction));
  }
  stage.body = std::move(body);
}

// Drops what reaches no store that `keeps` wants.
template <class Keeps>
void remove_unused(Stage& stage, Keeps&& keeps) {
  std::vector<bool> used(stage.body.size());
  for (size_t i = stage.body.size(); i-- > 0;) {
    used[i] = used[i] || (stage.body[i].opcode == Opcode::Store && keeps(stage.body[i]));
    if (used[i])
      for (int operand : stage.body[i].operands) used[static_cast<size_t>(operand)] = true;
  }
  std::vector<int> moved(stage.body.size());
  std::vector<Instruction> body;
  for (size_t i = 0; i < stage.body.size(); ++i) {
    if (!used[i]) continue;
    moved[i] = static_cast<int>(body.size());
    body.push_back(stage.body[i]);
    for (int& operand : body.back().operands) operand = moved[static_cast<size_t>(operand)];
  }
  stage.body = std::move(body);
}

// How far up a stage looks for another to be merged with: bounds the work on programs of many thousand
// stages.
constexpr size_t max_distance = 64;
// Most instructions of a body that merging makes: what grows without bound compiles in more than linear time.
constexpr int64_t max_body = 700;

int64_t body_cost(const Stage& stage) {
  int64_t cost = 0;
  for (const Instruction& instruction : stage.body)
    cost += instruction.opcode == Opcode::Compute ? element_cost(instruction.op) : 1;
  return cost;
}

class Fuser {
 public:
  explicit Fuser(LoopProgram& program) : program_(program) {}

  void run() {
    for (const PhaseRef& phase : phases(program_)) merge_stages(*phase.nests);
    remove_unread_stores();
    for (const PhaseRef& phase : phases(program_)) join_nests(*phase.nests);
  }

  int merged = 0, forwarded = 0;

 private:
  // Each stage moves up to the first one that it may be merged with, past those that it does not depend on.
  void merge_stages(std::vector<Nest>& nests) {
    std::vector<Nest> result;
    for (Nest& nest : nests) {
      Stage& stage = nest.stages[0];
      size_t target = result.size();
      const size_t first = result.size() > max_distance ? result.size() - max_distance : 0;
      for (size_t i = result.size(); i-- > first;) {
        Stage& other = result[i].stages[0];
        if (result[i].rows == nest.rows && body_cost(other) + body_cost(stage) <= max_body &&
            mergeable(other, stage))
          target = i;
        if (!independent(other, stage)) break;
      }
      if (target == result.size()) {
        result.push_back(std::move(nest));
        continue;
      }
      append(result[target].stages[0], stage);
      forward_values(result[target].stages[0]);
      ++merged;
    }
    nests = std::move(result);
  }

  void remove_unread_stores() {
    std::vector<bool> read(program_.buffers.size());
    const auto each_stage = [&](auto&& body) {
      for (const PhaseRef& phase : phases(program_))
        for (Nest& nest : *phase.nests)
          for (Stage& stage : nest.stages) body(stage);
    };
    each_stage([&](Stage& stage) {
      for (Instruction& instruction : stage.body)
        if (instruction.opcode != Opcode::Store)
          for_each_access(instruction,
                          [&](const Access& a) { read[static_cast<size_t>(a.buffer.index)] = true; });
    });
    each_stage([&](Stage& stage) {
      remove_unused(stage, [&](const Instruction& store) {
        const bool unread = program_[store.access.buffer].kind == BufferKind::Temporary &&
                            !read[static_cast<size_t>(store.access.buffer.index)];
        forwarded += unread ? 1 : 0;
        return !unread;
      });
    });
    for (const PhaseRef& phase : phases(program_))
      std::erase_if(*phase.nests, [](const Nest& nest) { return nest.stages[0].body.empty(); });
  }

  // A stage with contractions stays by itself, so that its columns can be the outer loop and a panel of
  // weights serves all rows; the others run together, row by row, while what they pass on is in L1.
  static void join_nests(std::vector<Nest>& nests) {
    const auto contracts = [](const Stage& stage) {
      return std::any_of(stage.body.begin(), stage.body.end(),
                         [](const Instruction& i) { return i.opcode == Opcode::Contract; });
    };
    std::vector<Nest> result;
    for (Nest& nest : nests) {
      const bool alone = contracts(nest.stages[0]);
      if (alone) nest.order = LoopOrder::ColumnsOutside;
      if (!alone && !result.empty() && result.back().rows == nest.rows &&
          result.back().order == LoopOrder::RowsOutside)
        result.back().stages.push_back(std::move(nest.stages[0]));
      else
        result.push_back(std::move(nest));
    }
    nests = std::move(result);
  }

  LoopProgram& program_;
};

}  // namespace

void fuse_nests(LoopProgram& program, Context& context) {
  Fuser fuser(program);
  fuser.run();
  context.remark(
      "fuse-nests",
      fmt::format(
          "stages merged into others: {}; values that stay in registers instead of memory: {}; nests of the "
          "step: {}",
          fuser.merged, fuser.forwarded, program.step.size()));
}

}  // namespace rondo::passes
