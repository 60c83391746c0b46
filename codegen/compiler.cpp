#include "codegen/compiler.h"

#include <fmt/format.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include <atomic>
#include <chrono>

#include "codegen/kernel_emitter.h"
#include "codegen/object_emitter.h"
#include "codegen/target_machine.h"
#include "runtime/kernel_abi.h"
#include "runtime/workspace.h"

namespace rondo::codegen {

using namespace ir;

struct Compiler::Jit {
  Target target;
  std::unique_ptr<llvm::orc::LLJIT> lljit;
  std::atomic<int> next_name{0};
};

struct Kernel::Code {
  std::shared_ptr<Compiler::Jit> jit;
  llvm::orc::ResourceTrackerSP tracker;
  LoopProgram program;
  Recurrence recurrence;
  rondo_kernel run = nullptr;
  rondo_workspace_size workspace_size = nullptr;
  size_t object_bytes = 0;
  double milliseconds = 0;

  Code(const LoopProgram& p, const Recurrence& r) : program(p), recurrence(r) {}
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;
  // The tracker must go before the JIT that it belongs to.
  ~Code() {
    if (tracker) llvm::consumeError(tracker->remove());
    tracker = nullptr;
  }
};

namespace {

std::string text_of(llvm::Error error) {
  return llvm::toString(std::move(error));
}

// The arrays of a call in the order of the kernel's signature: that of the program's buffers.
class CallArrays {
 public:
  CallArrays(const Recurrence& recurrence, const Arguments& arguments, Extents extents, Results& results)
      : r_(recurrence), arguments_(arguments), extents_(extents), results_(results) {
    if (r_.masking == Masking::Mask) mask_ = normalized_mask(*arguments.mask);
    if (r_.masking == Masking::Lengths) lengths_ = arguments.lengths->converted(DType::I64);
  }

  std::vector<rondo_array> build(const LoopProgram& program) {
    std::vector<rondo_array> arrays;
    int last = 0, output = 0, state = 0;
    for (const Buffer& buffer : program.buffers) {
      switch (buffer.kind) {
        case BufferKind::Input:
          arrays.push_back(timed(arguments_.inputs.at(buffer.name), buffer.elements));
          break;
        case BufferKind::Constant:
          arrays.push_back(row(arguments_.constants.at(buffer.name), buffer.elements));
          break;
        case BufferKind::Weight:
          arrays.push_back(row(arguments_.weights.at(buffer.name), 0));
          break;
        case BufferKind::InitialState:
          arrays.push_back(initial(buffer));
          break;
        case BufferKind::Mask:
          arrays.push_back(timed(mask_, 1));
          break;
        case BufferKind::Lengths:
          arrays.push_back(row(lengths_, 1));
          break;
        case BufferKind::Output:
          arrays.push_back(timed(results_.outputs[static_cast<size_t>(output++)], buffer.elements));
          break;
        case BufferKind::LastOutput:
          arrays.push_back(row(results_.last_output[static_cast<size_t>(last++)], buffer.elements));
          break;
        case BufferKind::FinalState:
          arrays.push_back(row(results_.new_states[static_cast<size_t>(state++)], buffer.elements));
          break;
        case BufferKind::State:
        case BufferKind::Temporary:
          break;
      }
    }
    return arrays;
  }

 private:
  // The kernel only reads what is handed over as an input.
  static void* data(const Tensor& tensor) { return const_cast<std::byte*>(tensor.bytes()); }

  rondo_array timed(const Tensor& tensor, int64_t elements) const {
    if (r_.time_major) return {data(tensor), elements, elements * extents_.batch};
    return {data(tensor), elements * extents_.time, elements};
  }
  static rondo_array row(const Tensor& tensor, int64_t elements) { return {data(tensor), elements, 0}; }

  rondo_array initial(const Buffer& buffer) {
    const auto given = arguments_.states.find(buffer.name);
    if (given != arguments_.states.end()) return row(given->second, buffer.elements);
    zeros_.push_back(std::make_unique<Tensor>(buffer.dtype, Dims{buffer.elements}));
    return {zeros_.back()->bytes(), 0, 0};
  }

  const Recurrence& r_;
  const Arguments& arguments_;
  Extents extents_;
  Results& results_;
  Tensor mask_, lengths_;
  std::vector<std::unique_ptr<Tensor>> zeros_;
};

}  // namespace

std::optional<Results> Kernel::run(const Arguments& arguments, Diagnostics& diagnostics) const {
  const Recurrence& recurrence = code_->recurrence;
  const std::optional<Extents> extents = check_arguments(recurrence, arguments, diagnostics);
  if (!extents) return std::nullopt;
  std::optional<Results> results = allocate_results(recurrence, *extents, diagnostics);
  if (!results) return std::nullopt;
  const int64_t bytes = code_->workspace_size(extents->batch);
  const runtime::Workspace workspace(bytes);
  if (!workspace.data()) {
    diagnostics.error(fmt::format("not enough memory for a workspace of {} bytes", bytes));
    return std::nullopt;
  }
  CallArrays call_arrays(recurrence, arguments, *extents, *results);
  const std::vector<rondo_array> arrays = call_arrays.build(code_->program);
  const rondo_call call{extents->batch, extents->time, arrays.data(), workspace.data()};
  code_->run(&call);
  return results;
}

std::string Kernel::llvm_text() const {
  llvm::LLVMContext context;
  std::string text;
  llvm::raw_string_ostream(text) << *emit_module(code_->program, code_->jit->target, code_->program.name,
                                                 context);
  return text;
}

size_t Kernel::object_bytes() const {
  return code_->object_bytes;
}
double Kernel::compile_milliseconds() const {
  return code_->milliseconds;
}

std::string Kernel::assembly() const {
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module =
      emit_module(code_->program, code_->jit->target, code_->program.name, context);
  return emit_assembly(*module, *make_target_machine(code_->jit->target));
}

std::optional<Compiler> Compiler::create(const Target& target, Diagnostics& diagnostics) {
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
    return std::nullopt;
  }
  auto jit = std::make_shared<Jit>();
  jit->target = target;
  jit->lljit = std::move(*lljit);
  return Compiler(std::move(jit));
}

std::optional<Kernel> Compiler::compile(const LoopProgram& program, const Recurrence& recurrence,
                                        Diagnostics& diagnostics) const {
  const auto begin = std::chrono::steady_clock::now();
  const std::string name = fmt::format("rondo_kernel_{}", jit_->next_name++);
  auto code = std::make_shared<Kernel::Code>(program, recurrence);
  code->jit = jit_;
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module = emit_module(program, jit_->target, name, context);
#ifndef NDEBUG
  std::string problem;
  llvm::raw_string_ostream problem_stream(problem);
  RONDO_CHECK(!llvm::verifyModule(*module, &problem_stream), "emitted LLVM IR is broken: " + problem);
#endif
  std::unique_ptr<llvm::MemoryBuffer> object = emit_object(*module, *make_target_machine(jit_->target));
  code->object_bytes = object->getBufferSize();

  llvm::orc::LLJIT& lljit = *jit_->lljit;
  code->tracker = lljit.getMainJITDylib().createResourceTracker();
  if (llvm::Error error = lljit.addObjectFile(code->tracker, std::move(object))) {
    diagnostics.error("LLVM's linker refused the kernel: " + text_of(std::move(error)));
    return std::nullopt;
  }
  auto kernel = lljit.lookup(name);
  auto workspace = lljit.lookup(name + "_workspace");
  if (!kernel || !workspace) {
    llvm::Error error = llvm::Error::success();
    if (!kernel) error = llvm::joinErrors(std::move(error), kernel.takeError());
    if (!workspace) error = llvm::joinErrors(std::move(error), workspace.takeError());
    diagnostics.error("the kernel cannot be made executable: " + text_of(std::move(error)));
    return std::nullopt;
  }
  code->run = kernel->toPtr<rondo_kernel>();
  code->workspace_size = workspace->toPtr<rondo_workspace_size>();
  code->milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  return Kernel(std::move(code));
}

}  // namespace rondo::codegen
