#include "codegen/object_emitter.h"

#include <llvm/CodeGen/MachineModuleInfo.h>
#include <llvm/CodeGen/Passes.h>
#include <llvm/CodeGen/TargetPassConfig.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/PassInfo.h>
#include <llvm/PassRegistry.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>

#include "ir/diagnostics.h"

namespace rondo::codegen {

namespace {

llvm::SmallVector<char, 0> emit(llvm::Module& module, llvm::TargetMachine& machine,
                                llvm::CodeGenFileType kind) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  module.setDataLayout(machine.createDataLayout());
  // As addPassesToEmitFile, but without strength reduction: our loops step their addresses by themselves, and
  // on bodies as long as register tiles that pass takes a third of the whole time to find nothing.
  auto& backend = static_cast<llvm::LLVMTargetMachine&>(machine);
  llvm::TargetPassConfig* config = backend.createPassConfig(passes);
  config->setDisableVerify(true);
  if (const llvm::PassInfo* reduction = llvm::PassRegistry::getPassRegistry()->getPassInfo("loop-reduce"))
    config->disablePass(reduction->getTypeInfo());
  auto* functions = new llvm::MachineModuleInfoWrapperPass(&backend);
  passes.add(config);
  passes.add(functions);
  const bool refused = config->addISelPasses();
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

std::unique_ptr<llvm::MemoryBuffer> emit_object(llvm::Module& module, llvm::TargetMachine& machine) {
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(
      emit(module, machine, llvm::CodeGenFileType::ObjectFile), module.getName(), false);
}

std::string emit_assembly(llvm::Module& module, llvm::TargetMachine& machine) {
  const llvm::SmallVector<char, 0> bytes = emit(module, machine, llvm::CodeGenFileType::AssemblyFile);
  return {bytes.begin(), bytes.end()};
}

}  // namespace rondo::codegen
