#include "codegen/target_machine.h"

#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/TargetParser/Triple.h>

#include <mutex>

#include "ir/diagnostics.h"

namespace rondo::codegen {

namespace {

// Starts a backend when it is first wanted: five of them would take longer than most cells to compile.
#define RONDO_START_BACKEND(name)         \
  {                                       \
    static std::once_flag started;        \
    std::call_once(started, [] {          \
      LLVMInitialize##name##TargetInfo(); \
      LLVMInitialize##name##Target();     \
      LLVMInitialize##name##TargetMC();   \
      LLVMInitialize##name##AsmPrinter(); \
    });                                   \
    return;                               \
  }

void start_backend(const llvm::Triple& triple) {
  switch (triple.getArch()) {
    case llvm::Triple::x86_64:
      LLVMInitializeX86AsmParser();  // of the one piece of assembly that we write (processor_levels.cpp)
      RONDO_START_BACKEND(X86)
    case llvm::Triple::aarch64:
      RONDO_START_BACKEND(AArch64)
    case llvm::Triple::riscv64:
      RONDO_START_BACKEND(RISCV)
    case llvm::Triple::arm:
      RONDO_START_BACKEND(ARM)
    case llvm::Triple::wasm32:
      RONDO_START_BACKEND(WebAssembly)
    default:
      RONDO_CHECK(false, "no backend for " + triple.str());
  }
}

#undef RONDO_START_BACKEND

}  // namespace

std::unique_ptr<llvm::TargetMachine> make_target_machine(const ir::Target& target) {
  const llvm::Triple triple(target.triple);
  start_backend(triple);
  std::string problem;
  const llvm::Target* backend = llvm::TargetRegistry::lookupTarget(target.triple, problem);
  RONDO_CHECK(backend != nullptr, "LLVM has no backend for this machine: " + problem);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  // Not taken from the features by itself: without it floats would be passed as on machines that have none.
  if (triple.isRISCV64()) options.MCOptions.ABIName = "lp64d";
  // Code of WebAssembly has no position; what is called position-independent there is its dynamic linking.
  const llvm::Reloc::Model position = triple.isWasm() ? llvm::Reloc::Static : llvm::Reloc::PIC_;
  return std::unique_ptr<llvm::TargetMachine>(
      backend->createTargetMachine(target.triple, target.cpu, target.features, options, position,
                                   llvm::CodeModel::Small, llvm::CodeGenOptLevel::Less));
}

}  // namespace rondo::codegen
