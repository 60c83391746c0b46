#include "codegen/compiler.h"

#include <fmt/format.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include <atomic>

#include "codegen/kernel_emitter.h"
#include "codegen/object_emitter.h"
#include "codegen/target_machine.h"

namespace rondo::codegen {

using namespace ir;

class Compiler::Jit {
 public:
  Target target;
  std::unique_ptr<llvm::orc::LLJIT> lljit;
  std::atomic<int> next_name{0};
};

namespace {

std::string text_of(llvm::Error error) {
  return llvm::toString(std::move(error));
}

// Code that LLVM's linker holds.
class JitCode : public runtime::NativeCode {
 public:
  explicit JitCode(std::shared_ptr<Compiler::Jit> jit) : jit_(std::move(jit)) {}
  // The tracker must go before the JIT that it belongs to.
  ~JitCode() override {
    if (tracker_) llvm::consumeError(tracker_->remove());
    tracker_ = nullptr;
  }

  llvm::Error link(std::unique_ptr<llvm::MemoryBuffer> object, const std::string& name) {
    bytes_ = object->getBufferSize();
    tracker_ = jit_->lljit->getMainJITDylib().createResourceTracker();
    if (llvm::Error error = jit_->lljit->addObjectFile(tracker_, std::move(object))) return error;
    llvm::Error error = find(name, entries_.run);
    error = llvm::joinErrors(std::move(error), find(name + "_workspace", entries_.workspace_size));
    error = llvm::joinErrors(std::move(error), find(name + "_prepare", entries_.prepare));
    return llvm::joinErrors(std::move(error), find(name + "_prepared_size", entries_.prepared_size));
  }

 private:
  template <class Function>
  llvm::Error find(const std::string& name, Function& function) {
    auto found = jit_->lljit->lookup(name);
    if (!found) return found.takeError();
    function = found->template toPtr<Function>();
    return llvm::Error::success();
  }

  std::shared_ptr<Compiler::Jit> jit_;
  llvm::orc::ResourceTrackerSP tracker_;
};

}  // namespace

std::string llvm_text(const LoopProgram& program, const Target& target) {
  llvm::LLVMContext context;
  std::string text;
  llvm::raw_string_ostream(text) << *emit_module(program, target, program.name, context);
  return text;
}

std::string assembly_text(const LoopProgram& program, const Target& target) {
  llvm::LLVMContext context;
  return emit_assembly(*emit_module(program, target, program.name, context), *make_target_machine(target));
}

std::unique_ptr<Compiler> Compiler::create(const Target& target, Diagnostics& diagnostics) {
  make_target_machine(target);  // initialises LLVM's backend
  llvm::orc::JITTargetMachineBuilder builder{llvm::Triple(target.triple)};
  builder.setCPU(target.cpu);
  llvm::orc::LLJITBuilder lljit_builder;
  lljit_builder.setJITTargetMachineBuilder(std::move(builder));
  // A kernel calls nothing, so it finds nothing to call.
  lljit_builder.setLinkProcessSymbolsByDefault(false);
  lljit_builder.setPlatformSetUp(llvm::orc::setUpInactivePlatform);
  auto lljit = lljit_builder.create();
  if (!lljit) {
    diagnostics.error("LLVM's JIT cannot be started: " + text_of(lljit.takeError()));
    return nullptr;
  }
  auto jit = std::make_shared<Jit>();
  jit->target = target;
  jit->lljit = std::move(*lljit);
  return std::unique_ptr<Compiler>(new Compiler(std::move(jit)));
}

std::shared_ptr<const runtime::NativeCode> Compiler::compile(const LoopProgram& program,
                                                             Diagnostics& diagnostics) const {
  const std::string name = fmt::format("rondo_kernel_{}", jit_->next_name++);
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module = emit_module(program, jit_->target, name, context);
#ifndef NDEBUG
  std::string problem;
  llvm::raw_string_ostream problem_stream(problem);
  RONDO_CHECK(!llvm::verifyModule(*module, &problem_stream), "emitted LLVM IR is broken: " + problem);
#endif
  auto code = std::make_shared<JitCode>(jit_);
  if (llvm::Error error = code->link(emit_object(*module, *make_target_machine(jit_->target)), name)) {
    diagnostics.error("the kernel cannot be made executable: " + text_of(std::move(error)));
    return nullptr;
  }
  return code;
}

}  // namespace rondo::codegen
