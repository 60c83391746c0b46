#include "codegen/object_emitter.h"

#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/CodeGen/MachineModuleInfo.h>
#include <llvm/CodeGen/Passes.h>
#include <llvm/CodeGen/TargetPassConfig.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Transforms/Scalar.h>

#include "codegen/library_calls.h"
#include "ir/diagnostics.h"

namespace rondo::codegen {

namespace {

// Opens what TargetPassConfig keeps for its heirs.
struct PassConfig : llvm::TargetPassConfig {
  static bool add_core_selection(llvm::TargetPassConfig& config) {
    return (config.*&PassConfig::addCoreISelPasses)();
  }
};

// From LLVM IR to machine instructions, as TargetPassConfig::addISelPasses does it, less what rewrites IR:
// our loops step their addresses by themselves, and strength reduction alone took a fifth of the whole time
// to find nothing. Masked loads and stores that the machine does not have are the one thing to be rewritten.
bool add_selection(llvm::TargetPassConfig& config, llvm::legacy::PassManager& passes,
                   llvm::LLVMTargetMachine& machine) {
  passes.add(llvm::createTargetTransformInfoWrapperPass(machine.getTargetIRAnalysis()));
  passes.add(llvm::createPreISelIntrinsicLoweringPass());
  passes.add(llvm::createUnreachableBlockEliminationPass());
  passes.add(llvm::createScalarizeMaskedMemIntrinLegacyPass());
  config.addCodeGenPrepare();
  config.addISelPrepare();
  return PassConfig::add_core_selection(config);
}

llvm::SmallVector<char, 0> emit(llvm::Module& module, llvm::TargetMachine& machine,
                                llvm::CodeGenFileType kind) {
  verify(module);
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  module.setDataLayout(machine.createDataLayout());
  replace_library_calls(module, machine);
  auto& backend = static_cast<llvm::LLVMTargetMachine&>(machine);
  llvm::TargetPassConfig* config = backend.createPassConfig(passes);
  config->setDisableVerify(true);
  auto* functions = new llvm::MachineModuleInfoWrapperPass(&backend);
  passes.add(config);
  passes.add(functions);
  const bool refused = add_selection(*config, passes, backend);
  RONDO_CHECK(!refused, "LLVM's backend has no instruction selection");
  config->addMachinePasses();
  config->setInitialized();
  const bool cannot_print =
      backend.addAsmPrinter(passes, stream, nullptr, kind, functions->getMMI().getContext());
  RONDO_CHECK(!cannot_print, "LLVM's backend cannot emit this kind of file");
  passes.add(llvm::createFreeMachineFunctionPass());
  passes.run(module);
  return bytes;
}

}  // namespace

void verify(const llvm::Module& module) {
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  const bool broken = llvm::verifyModule(module, &stream);
  RONDO_CHECK(!broken, "emitted LLVM IR is broken: " + problem);
}

std::unique_ptr<llvm::MemoryBuffer> emit_object(llvm::Module& module, llvm::TargetMachine& machine) {
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(
      emit(module, machine, llvm::CodeGenFileType::ObjectFile), module.getName(), false);
}

std::string emit_assembly(llvm::Module& module, llvm::TargetMachine& machine) {
  const llvm::SmallVector<char, 0> bytes = emit(module, machine, llvm::CodeGenFileType::AssemblyFile);
  return {bytes.begin(), bytes.end()};
}

}  // namespace rondo::codegen
