#include "codegen/object_file.h"

#include <fmt/format.h>
#include <llvm/Bitcode/BitcodeWriter.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/TargetParser/Triple.h>

#include <algorithm>
#include <system_error>

#include "codegen/context.h"
#include "codegen/dispatcher.h"
#include "codegen/image_linker.h"
#include "codegen/kernel_emitter.h"
#include "codegen/library_calls.h"
#include "codegen/machines.h"
#include "codegen/object_emitter.h"
#include "codegen/processor_levels.h"
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
  verify(module);
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (form == CodeForm::LlvmText)
    stream << module;
  else
    llvm::WriteBitcodeToFile(module, stream);
  return text;
}

std::unique_ptr<llvm::Module> emit_one(const KernelCode& kernel, const std::string& name,
                                       llvm::LLVMContext& context) {
  WeightPlace weights{true};
  if (kernel.prepared) weights.prepared = *kernel.prepared;
  return emit_module(*kernel.program, kernel.target, name, context, weights);
}

// Who made the file: it stands in the section .comment.
void name_compiler(llvm::Module& module) {
  llvm::MDNode* maker = llvm::MDNode::get(module.getContext(),
                                          llvm::MDString::get(module.getContext(), "Rondo " RONDO_VERSION));
  module.getOrInsertNamedMetadata("llvm.ident")->addOperand(maker);
}

// A module each, linked into one in which only the dispatcher is seen from outside.
std::unique_ptr<llvm::Module> emit_several(const std::vector<KernelCode>& kernels, const std::string& name,
                                           llvm::LLVMContext& context) {
  auto whole = std::make_unique<llvm::Module>(name, context);
  whole->setTargetTriple(kernels[0].target.triple);
  std::vector<KernelOfLevel> levels;
  for (const KernelCode& kernel : kernels) {
    const int level = *level_of(kernel.target.cpu);
    levels.push_back({level, fmt::format("{}_v{}", name, level)});
    const bool failed = llvm::Linker::linkModules(*whole, emit_one(kernel, levels.back().name, context));
    RONDO_CHECK(!failed, "kernels for several processors cannot be linked");
  }
  for (llvm::Function& function : *whole)
    if (!function.isDeclaration()) function.setLinkage(llvm::Function::InternalLinkage);
  emit_dispatcher(*whole, name, levels);
  return whole;
}

}  // namespace

std::string emit_code(const std::vector<KernelCode>& kernels, const std::string& name, CodeForm form) {
  Context context;
  const std::unique_ptr<llvm::Module> module =
      kernels.size() == 1 ? emit_one(kernels[0], name, context) : emit_several(kernels, name, context);
  name_compiler(*module);
  const std::unique_ptr<llvm::TargetMachine> machine = make_target_machine(kernels[0].target);
  module->setDataLayout(machine->createDataLayout());
  replace_library_calls(*module, *machine);
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

bool go_together(const std::vector<Target>& targets, Diagnostics& diagnostics) {
  if (targets.size() == 1) return true;
  int last = 0;
  for (const Target& target : targets) {
    const std::optional<int> level = level_of(target.cpu);
    if (!llvm::Triple(target.triple).isX86() || !level || *level <= last || !target.features.empty()) {
      diagnostics.error(
          fmt::format("an object that picks at run time has levels of x86-64 in rising order, such as "
                      "x86-64-v2,x86-64-v3,x86-64-v4; '{}' does not fit in",
                      target.cpu));
      return false;
    }
    last = *level;
  }
  return true;
}

int64_t prepared_bytes(const LoopProgram& program) {
  return lay_out_prepared(program, true).bytes;
}

int64_t workspace_bytes(const LoopProgram& program, int64_t batch) {
  if (program.sample_block > 0) batch = std::min(batch, program.dense_sample_block);
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
  Context context;
  const auto module = emit_module(program, host, name, context, {true});
  const auto object = emit_object(*module, *make_target_machine(host));
  auto image = link_kernel(object->getMemBufferRef(), name);
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
  const int64_t bytes = prepared_bytes(program);
  // Zeros where nothing is written: the same weights give the same bytes.
  const runtime::Workspace memory(bytes);
  if (!memory.data()) {
    diagnostics.error("not enough memory to prepare the weights");
    return std::nullopt;
  }
  code->entries().prepare(weights.data(), memory.data());
  const auto* prepared = static_cast<const std::byte*>(memory.data());
  return std::vector<std::byte>(prepared, prepared + bytes);
}

}  // namespace rondo::codegen
