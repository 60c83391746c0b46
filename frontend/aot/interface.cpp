#include "frontend/aot/interface.h"

#include "frontend/aot/c_names.h"
#include "ir/diagnostics.h"

namespace rondo::aot {

using namespace ir;

namespace {

// "output", or "output_mean" where outputs have names.
std::string with_name(std::string_view what, const std::string& name) {
  return name.empty() ? std::string(what) : std::string(what) + "_" + name;
}

std::string field_of(const Buffer& buffer) {
  switch (buffer.kind) {
    case BufferKind::Input:
    case BufferKind::Constant:
    case BufferKind::Weight:
      return buffer.name;
    case BufferKind::InitialState:
      return with_name("initial", buffer.name);
    case BufferKind::FinalState:
      return with_name("final", buffer.name);
    case BufferKind::PreviousOutput:
      return with_name("previous_output", buffer.name);
    case BufferKind::Output:
      return with_name("output", buffer.name);
    case BufferKind::LastOutput:
      return with_name("last_output", buffer.name);
    case BufferKind::Mask:
      return "mask";
    case BufferKind::Lengths:
      return "lengths";
    case BufferKind::State:
    case BufferKind::Temporary:
      break;
  }
  RONDO_CHECK(false, "a buffer of the workspace in a kernel's signature");
}

template <class Leaves>
Dims dims_of(const StepGraph& step, const Leaves& leaves, const std::string& name) {
  for (const auto& leaf : leaves)
    if (leaf.name == name) return step.type(leaf.node).dims;
  RONDO_CHECK(false, "a buffer that the step graph does not have: " + name);
}

Dims dims_of(const StepGraph& step, const Buffer& buffer) {
  switch (buffer.kind) {
    case BufferKind::Input:
      return dims_of(step, step.inputs, buffer.name);
    case BufferKind::Constant:
      return dims_of(step, step.constants, buffer.name);
    case BufferKind::Weight:
      return dims_of(step, step.weights, buffer.name);
    case BufferKind::InitialState:
    case BufferKind::FinalState:
      return dims_of(step, step.states, buffer.name);
    case BufferKind::PreviousOutput:
    case BufferKind::Output:
    case BufferKind::LastOutput:
      return dims_of(step, step.outputs, buffer.name);
    default:
      return {};
  }
}

}  // namespace

std::string Interface::no_stream() const {
  if (recurrence.go_backwards)
    return "the first step of a recurrence that goes backwards is the last of the whole";
  if (recurrence.masking == Masking::Lengths) return "lengths count from the first step of the whole";
  if (recurrence.input_length) return "input_length counts from the first step of the whole";
  if (recurrence.time.value_or(1) != 1) return "the number of steps is fixed, and is not 1";
  return {};
}

void describe_arrays(const LoopProgram& program, Interface& interface) {
  Scope weights(interface.prefix), arrays(interface.prefix);
  for (const Buffer& buffer : program.buffers) {
    if (buffer.kind == BufferKind::State || buffer.kind == BufferKind::Temporary) continue;
    const bool is_weight = buffer.kind == BufferKind::Weight;
    Array array{(is_weight ? weights : arrays).take(field_of(buffer)), buffer.name, buffer.kind, buffer.dtype,
                dims_of(interface.recurrence.step, buffer)};
    (is_weight ? interface.weights : interface.arrays).push_back(std::move(array));
  }
}

std::string_view c_type(DType dtype) {
  switch (dtype) {
    case DType::F32:
      return "float";
    case DType::F64:
      return "double";
    case DType::I32:
      return "int32_t";
    case DType::I64:
      return "int64_t";
    case DType::Bool:
      return "uint8_t";
  }
  __builtin_unreachable();
}

}  // namespace rondo::aot
