#include "passes/fuse_masks.h"

#include <fmt/format.h>

#include "ir/number_arithmetic.h"

namespace rondo::passes {

using namespace ir;

namespace {

class Fuser {
 public:
  explicit Fuser(const LoopProgram& program) : program_(program) {}

  // Rebuilds the body with each guarded store preceded by its select.
  void fuse(Stage& stage) {
    std::vector<int> moved(stage.body.size());
    body_.clear();
    keep_ = -1;
    for (size_t i = 0; i < stage.body.size(); ++i) {
      Instruction instruction = stage.body[i];
      for (int& operand : instruction.operands) operand = moved[static_cast<size_t>(operand)];
      if (instruction.guard != Guard::None) {
        instruction.operands[0] = selected(instruction);
        instruction.guard = Guard::None;
        ++count;
      }
      moved[i] = append(std::move(instruction));
    }
    stage.body = body_;
  }

  int count = 0;

 private:
  int append(Instruction instruction) {
    body_.push_back(std::move(instruction));
    return static_cast<int>(body_.size()) - 1;
  }

  int selected(const Instruction& store) {
    if (keep_ < 0) {
      Instruction keep;
      keep.opcode = Opcode::Keep;
      keep.dtype = DType::Bool;
      keep_ = append(std::move(keep));
    }
    Instruction select;
    select.opcode = Opcode::Compute;
    select.op = Op::Select;
    select.dtype = store.dtype;
    select.origin = store.origin;
    select.operands = {keep_, store.operands[0], held(store)};
    return append(std::move(select));
  }

  // What stands where the sample does not keep the step.
  int held(const Instruction& store) {
    Instruction held;
    held.dtype = store.dtype;
    held.origin = store.origin;
    if (store.guard == Guard::Zero) {
      held.opcode = Opcode::Literal;
      held.literal = *convert_number(LiteralValue{0.0}, store.dtype);
    } else {
      held.opcode = Opcode::Load;
      held.access = store.access;
      held.access.time =
          program_[store.access.buffer].kind == BufferKind::State ? Time::Current : Time::Previous;
    }
    return append(std::move(held));
  }

  const LoopProgram& program_;
  std::vector<Instruction> body_;
  int keep_ = -1;
};

}  // namespace

void fuse_masks(LoopProgram& program, Context& context) {
  Fuser fuser(program);
  for (const PhaseRef& phase : phases(program))
    for (Nest& nest : *phase.nests)
      for (Stage& stage : nest.stages) fuser.fuse(stage);
  if (fuser.count > 0)
    context.remark("fuse-masks", fmt::format("the mask is joined to {} stores as selects", fuser.count));
}

}  // namespace rondo::passes
