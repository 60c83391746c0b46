#include "codegen/bounds_checks.h"

#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include "runtime/call_frame.h"

namespace rondo::codegen {

using llvm::Value;

namespace {

// One access of memory: which operand of the instruction is its address.
struct MemoryAccess {
  llvm::Instruction* instruction;
  unsigned address;
  int64_t bytes;
  bool writes;
};

class Checker {
 public:
  explicit Checker(llvm::Module& module) : module_(module), b_(module.getContext()) {}

  void run(llvm::Function& kernel, llvm::Function& prepare) {
    std::set<llvm::Function*> called{&prepare};
    find_called(kernel, called);
    find_called(prepare, called);
    for (llvm::Function* function : called) have_bounds_.insert(with_bounds(*function));
    pass_on(kernel, kernel.getArg(0));
    check_all(kernel, kernel.getArg(0));
    for (llvm::Function* function : have_bounds_) {
      Value* bounds = function->getArg(static_cast<unsigned>(function->arg_size()) - 1);
      pass_on(*function, bounds);
      check_all(*function, bounds);
    }
  }

 private:
  // The functions of the module that `function` names, to call them or to choose among them, and those that
  // they name.
  static void find_called(llvm::Function& function, std::set<llvm::Function*>& called) {
    for (llvm::Instruction& instruction : llvm::instructions(function))
      for (Value* operand : instruction.operands())
        if (auto* other = llvm::dyn_cast<llvm::Function>(operand);
            other && !other->isDeclaration() && called.insert(other).second)
          find_called(*other, called);
  }

  // The function with one more argument, the CallFrame, in place of the function.
  llvm::Function* with_bounds(llvm::Function& function) {
    llvm::SmallVector<llvm::Type*> types(function.getFunctionType()->params());
    types.push_back(b_.getPtrTy());
    auto* type = llvm::FunctionType::get(function.getReturnType(), types, false);
    auto* result = llvm::Function::Create(type, function.getLinkage(), "", module_);
    result->takeName(&function);
    result->copyAttributesFrom(&function);
    result->setSubprogram(function.getSubprogram());
    function.setSubprogram(nullptr);
    result->splice(result->end(), &function);
    for (unsigned i = 0; i < function.arg_size(); ++i)
      function.getArg(i)->replaceAllUsesWith(result->getArg(i));
    function.replaceAllUsesWith(result);
    function.eraseFromParent();
    return result;
  }

  // Hands the CallFrame to all functions of the module that are called, also by way of pointers.
  void pass_on(llvm::Function& function, Value* bounds) {
    std::vector<llvm::CallInst*> calls;
    for (llvm::Instruction& instruction : llvm::instructions(function))
      if (auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction); call && !call->isInlineAsm()) {
        // A call by way of a pointer, or of one of those that have another type now.
        auto* callee = llvm::dyn_cast<llvm::Function>(call->getCalledOperand());
        if (!callee || have_bounds_.contains(callee)) calls.push_back(call);
      }
    for (llvm::CallInst* call : calls) {
      llvm::SmallVector<llvm::Type*> types(call->getFunctionType()->params());
      llvm::SmallVector<Value*> arguments(call->args());
      types.push_back(b_.getPtrTy());
      arguments.push_back(bounds);
      b_.SetInsertPoint(call);
      llvm::CallInst* longer = b_.CreateCall(llvm::FunctionType::get(call->getType(), types, false),
                                             call->getCalledOperand(), arguments);
      longer->setAttributes(call->getAttributes());
      call->replaceAllUsesWith(longer);
      call->eraseFromParent();
    }
  }

  int64_t bytes_of(llvm::Type* type) const {
    return static_cast<int64_t>(module_.getDataLayout().getTypeStoreSize(type).getFixedValue());
  }

  // Masks are constants, set from the first lane on.
  static int64_t active_lanes(const Value* mask) {
    const auto* constant = llvm::cast<llvm::Constant>(mask);
    const auto lanes = llvm::cast<llvm::FixedVectorType>(mask->getType())->getNumElements();
    int64_t active = 0;
    for (unsigned lane = 0; lane < lanes; ++lane)
      if (!constant->getAggregateElement(lane)->isNullValue()) active = lane + 1;
    return active;
  }

  std::optional<MemoryAccess> access_of(llvm::Instruction& instruction) const {
    if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction))
      return MemoryAccess{load, llvm::LoadInst::getPointerOperandIndex(), bytes_of(load->getType()), false};
    if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction))
      return MemoryAccess{store, llvm::StoreInst::getPointerOperandIndex(),
                          bytes_of(store->getValueOperand()->getType()), true};
    auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
    if (!call || call->getIntrinsicID() != llvm::Intrinsic::masked_load) return std::nullopt;
    return MemoryAccess{
        call, 0, active_lanes(call->getArgOperand(2)) * bytes_of(call->getType()->getScalarType()), false};
  }

  void check_all(llvm::Function& function, Value* frame) {
    std::vector<MemoryAccess> accesses;
    for (llvm::Instruction& instruction : llvm::instructions(function))
      if (const auto access = access_of(instruction)) accesses.push_back(*access);
    if (accesses.empty()) return;
    b_.SetInsertPoint(function.getEntryBlock().getFirstNonPHIOrDbgOrAlloca());
    const auto field = [&](size_t offset) {
      return b_.CreateLoad(b_.getPtrTy(), b_.CreateConstGEP1_64(b_.getInt8Ty(), frame, offset));
    };
    Value* check = field(offsetof(runtime::CallFrame, check));
    Value* bounds = field(offsetof(runtime::CallFrame, bounds));
    for (const MemoryAccess& access : accesses) {
      const Value* object = llvm::getUnderlyingObject(access.instruction->getOperand(access.address));
      const bool is_frame = object == frame;  // the argument itself: nothing was computed
      if (!is_frame && !llvm::isa<llvm::AllocaInst>(object) && !llvm::isa<llvm::GlobalVariable>(object))
        insert(access, check, bounds);
    }
  }

  void insert(const MemoryAccess& access, Value* check, Value* bounds) {
    llvm::Type *pointer = b_.getPtrTy(), *number = b_.getInt64Ty();
    auto* type = llvm::FunctionType::get(pointer, {pointer, pointer, number, number, b_.getInt32Ty()}, false);
    b_.SetInsertPoint(access.instruction);
    const llvm::DebugLoc& origin = access.instruction->getDebugLoc();
    Value* address =
        b_.CreateCall(type, check,
                      {bounds, access.instruction->getOperand(access.address),
                       b_.getInt64(static_cast<uint64_t>(access.bytes)),
                       b_.getInt64(origin ? origin.getLine() : 0), b_.getInt32(access.writes ? 1 : 0)});
    access.instruction->setOperand(access.address, address);
  }

  llvm::Module& module_;
  llvm::IRBuilder<> b_;
  std::set<llvm::Function*> have_bounds_;  // among their arguments
};

}  // namespace

void insert_bounds_checks(llvm::Module& module, const std::string& name) {
  Checker(module).run(*module.getFunction(name), *module.getFunction(name + "_prepare"));
}

}  // namespace rondo::codegen
