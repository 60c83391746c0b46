#include "codegen/object_file.h"

#include <llvm/Bitcode/BitcodeWriter.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>
#include <cstring>
#include <system_error>

#include "codegen/image_linker.h"
#include "codegen/kernel_emitter.h"
#include "codegen/machines.h"
#include "codegen/object_emitter.h"
#include "codegen/target_machine.h"
#include "codegen/workspace_layout.h"
#include "runtime/code_image.h"
#include "runtime/workspace.h"

namespace rondo::codegen {

using namespace ir;

namespace {

// A machine with this one's instructions, and the vectors and sums of another.
Target host_in_place_of(const Target& other) {
  Target target = host_machine();
  target.vector_bits = other.vector_bits;
  target.vector_registers = other.vector_registers;
  target.has_fma = other.has_fma;
  return target;
}

std::string print(llvm::Module& module, CodeForm form) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (form == CodeForm::LlvmText)
    stream << module;
  else
    llvm::WriteBitcodeToFile(module, stream);
  return text;
}

}  // namespace

std::string emit_code(const KernelCode& kernel, const std::string& name, CodeForm form) {
  llvm::LLVMContext context;
  WeightPlace weights{true};
  if (kernel.prepared) weights.prepared = *kernel.prepared;
  const std::unique_ptr<llvm::Module> module =
      emit_module(*kernel.program, kernel.target, name, context, weights);
#ifndef NDEBUG
  std::string problem;
  llvm::raw_string_ostream problem_stream(problem);
  RONDO_CHECK(!llvm::verifyModule(*module, &problem_stream), "emitted LLVM IR is broken: " + problem);
#endif
  const std::unique_ptr<llvm::TargetMachine> machine = make_target_machine(kernel.target);
  module->setDataLayout(machine->createDataLayout());
  switch (form) {
    case CodeForm::Object:
      return emit_object(*module, *machine)->getBuffer().str();
    case CodeForm::Assembly:
      return emit_assembly(*module, *machine);
    case CodeForm::LlvmText:
    case CodeForm::Bitcode:
      return print(*module, form);
  }
  __builtin_unreachable();
}

int64_t prepared_bytes(const LoopProgram& program) {
  return lay_out_prepared(program, true).bytes;
}

int64_t workspace_bytes(const LoopProgram& program, int64_t batch) {
  if (program.sample_block > 0) batch = std::min(batch, program.sample_block);
  const int64_t rows = std::max(batch, std::min(program.block_rows, batch * program.time_block));
  int64_t bytes = 0;
  for (const Region& region : lay_out_workspace(program).regions)
    bytes += (region.bytes_shared + batch * region.bytes_a_sample + rows * region.bytes_a_row + 63) / 64 * 64;
  return bytes;
}

std::optional<std::vector<std::byte>> prepare_ahead(const LoopProgram& program, const Target& target,
                                                    std::span<const rondo_array> weights,
                                                    Diagnostics& diagnostics) {
  const Target host = host_in_place_of(target);
  const std::string name = "prepare";
  llvm::LLVMContext context;
  const auto module = emit_module(program, host, name, context, {true});
  const auto object = emit_object(*module, *make_target_machine(host));
  auto image = link_image(object->getMemBufferRef(),
                          {name, name + "_workspace", name + "_prepare", name + "_prepared_size"});
  if (!image) {
    diagnostics.error("the weights cannot be prepared on this machine: " + llvm::toString(image.takeError()));
    return std::nullopt;
  }
  std::error_code problem;
  const auto code = runtime::make_executable(*image, problem);
  if (!code) {
    diagnostics.error("the weights cannot be prepared: code cannot be made executable: " + problem.message());
    return std::nullopt;
  }
  std::vector<std::byte> prepared(static_cast<size_t>(prepared_bytes(program)));
  // Zeros where nothing is written: the same weights give the same bytes.
  const runtime::Workspace memory(static_cast<int64_t>(prepared.size()));
  if (!memory.data()) {
    diagnostics.error("not enough memory to prepare the weights");
    return std::nullopt;
  }
  code->entries().prepare(weights.data(), memory.data());
  std::memcpy(prepared.data(), memory.data(), prepared.size());
  return prepared;
}

}  // namespace rondo::codegen
