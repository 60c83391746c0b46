#include "codegen/dispatcher.h"

#include <llvm/IR/IRBuilder.h>

#include <functional>

#include "codegen/object_file.h"
#include "codegen/processor_levels.h"
#include "ir/diagnostics.h"

namespace rondo::codegen {

namespace {

using llvm::Value;

class Dispatcher {
 public:
  Dispatcher(llvm::Module& module, const std::string& name, const std::vector<KernelOfLevel>& kernels)
      : module_(module), name_(name), kernels_(kernels), b_(module.getContext()) {}

  void run() {
    emit_largest("_workspace", {b_.getInt64Ty()}, 0);
    emit_largest("_prepared_size", {}, choice_bytes);
    emit_prepare();
    emit_call();
    emit_choose();
  }

 private:
  llvm::Function* begin(const std::string& suffix, llvm::Type* result,
                        const std::vector<llvm::Type*>& arguments) {
    auto* type = llvm::FunctionType::get(result, arguments, false);
    auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name_ + suffix, module_);
    function->setDSOLocal(true);
    function->setDoesNotThrow();
    function->addFnAttr("target-cpu", "x86-64");
    b_.SetInsertPoint(llvm::BasicBlock::Create(b_.getContext(), "entry", function));
    return function;
  }

  llvm::Function* of(const KernelOfLevel& kernel, const std::string& suffix) {
    llvm::Function* function = module_.getFunction(kernel.name + suffix);
    RONDO_CHECK(function != nullptr, "a kernel lacks the function " + kernel.name + suffix);
    return function;
  }

  Value* ahead_of(Value* prepared) {
    return b_.CreateGEP(b_.getInt8Ty(), prepared, {b_.getInt64(static_cast<uint64_t>(choice_bytes))});
  }

  // The largest answer of all kernels, and some more.
  void emit_largest(const std::string& suffix, const std::vector<llvm::Type*>& types, int64_t more) {
    llvm::Function* function = begin(suffix, b_.getInt64Ty(), types);
    std::vector<Value*> arguments;
    for (llvm::Argument& argument : function->args()) arguments.push_back(&argument);
    Value* most = b_.getInt64(0);
    for (const KernelOfLevel& kernel : kernels_)
      most =
          b_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, most, b_.CreateCall(of(kernel, suffix), arguments));
    b_.CreateRet(b_.CreateAdd(most, b_.getInt64(static_cast<uint64_t>(more))));
  }

  // Branches to one block for each kernel by the level ahead in `prepared`; `other` where none is of it.
  void emit_switch(Value* prepared, const std::function<void(const KernelOfLevel&)>& body,
                   const std::function<void()>& other) {
    llvm::Function* function = b_.GetInsertBlock()->getParent();
    auto* none = llvm::BasicBlock::Create(b_.getContext(), "none", function);
    llvm::SwitchInst* choice = b_.CreateSwitch(b_.CreateLoad(b_.getInt64Ty(), prepared), none);
    for (const KernelOfLevel& kernel : kernels_) {
      auto* block = llvm::BasicBlock::Create(b_.getContext(), kernel.name, function);
      choice->addCase(b_.getInt64(static_cast<uint64_t>(kernel.level)), block);
      b_.SetInsertPoint(block);
      body(kernel);
    }
    b_.SetInsertPoint(none);
    other();
  }

  void emit_prepare() {
    llvm::Function* function = begin("_prepare", b_.getVoidTy(), {b_.getPtrTy(), b_.getPtrTy()});
    Value* prepared = function->getArg(1);
    emit_switch(
        prepared,
        [&](const KernelOfLevel& kernel) {
          b_.CreateCall(of(kernel, "_prepare"), {function->getArg(0), ahead_of(prepared)});
          b_.CreateRetVoid();
        },
        [&] { b_.CreateRetVoid(); });
  }

  // rondo_frame of a 64-bit machine, passed on with another `prepared`.
  void emit_call() {
    llvm::Function* function = begin("", b_.getInt32Ty(), {b_.getPtrTy()});
    llvm::Type *number = b_.getInt64Ty(), *pointer = b_.getPtrTy();
    auto* type = llvm::StructType::get(number, number, pointer, pointer, pointer);
    constexpr unsigned fields = 5, prepared_field = 3;
    Value* call = b_.CreateAlloca(type);
    Value* prepared = nullptr;
    for (unsigned i = 0; i < fields; ++i) {
      Value* value = b_.CreateLoad(type->getElementType(i), b_.CreateStructGEP(type, function->getArg(0), i));
      if (i == prepared_field) {
        prepared = value;
        value = ahead_of(prepared);
      }
      b_.CreateStore(value, b_.CreateStructGEP(type, call, i));
    }
    emit_switch(
        prepared, [&](const KernelOfLevel& kernel) { b_.CreateRet(b_.CreateCall(of(kernel, ""), {call})); },
        [&] { b_.CreateRet(b_.getInt32(1)); });
  }

  void emit_choose() {
    const std::string ask = name_ + "_level";
    emit_processor_level(module_, ask);
    module_.getFunction(ask)->setLinkage(llvm::Function::InternalLinkage);
    begin("_choose", b_.getInt32Ty(), {});
    Value* level = b_.CreateCall(module_.getFunction(ask), {});
    Value* best = b_.getInt32(0);
    for (const KernelOfLevel& kernel : kernels_) {
      Value* wanted = b_.getInt32(static_cast<uint32_t>(kernel.level));
      Value* runs = b_.CreateICmpSGE(level, wanted);
      best = b_.CreateSelect(runs, b_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, best, wanted), best);
    }
    b_.CreateRet(best);
  }

  llvm::Module& module_;
  const std::string& name_;
  const std::vector<KernelOfLevel>& kernels_;
  llvm::IRBuilder<> b_;
};

}  // namespace

void emit_dispatcher(llvm::Module& module, const std::string& name,
                     const std::vector<KernelOfLevel>& kernels) {
  Dispatcher(module, name, kernels).run();
}

}  // namespace rondo::codegen
