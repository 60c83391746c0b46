#include "ir/loop_program.h"

namespace rondo::ir {

namespace {

template <class Ref, class Program>
std::vector<Ref> phases_of(Program& program) {
  return {{"prepare", &program.prepare}, {"setup", &program.setup},  {"once", &program.once},
          {"before", &program.before},   {"step", &program.step},    {"after", &program.after},
          {"tail", &program.tail},       {"finish", &program.finish}};
}

}  // namespace

std::vector<PhaseRef> phases(LoopProgram& program) {
  return phases_of<PhaseRef>(program);
}

std::vector<ConstPhaseRef> phases(const LoopProgram& program) {
  return phases_of<ConstPhaseRef>(program);
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
