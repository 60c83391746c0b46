#include "codegen/number_operands.h"

#include <llvm/CodeGen/TargetSubtargetInfo.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>

#include <map>

namespace rondo::codegen {

namespace {

// A number in all lanes, other than zero, which takes no memory.
llvm::Constant* as_number(llvm::Value* operand) {
  auto* constant = llvm::dyn_cast<llvm::Constant>(operand);
  if (!constant || !constant->getType()->isVectorTy() || constant->isNullValue()) return nullptr;
  const bool is_number = llvm::isa_and_nonnull<llvm::ConstantFP>(constant->getSplatValue());
  return is_number ? constant : nullptr;
}

// Arithmetic, whose operands may be in memory.
bool takes_numbers(const llvm::Instruction& instruction) {
  if (const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction))
    return call->getIntrinsicID() == llvm::Intrinsic::fma;
  return llvm::isa<llvm::BinaryOperator, llvm::FCmpInst, llvm::SelectInst>(instruction);
}

class NumbersInMemory {
 public:
  explicit NumbersInMemory(llvm::Module& module) : module_(module) {}

  void rewrite(llvm::Function& function) {
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      if (!takes_numbers(instruction)) continue;
      llvm::IRBuilder<> b(&instruction);
      for (llvm::Use& operand : instruction.operands())
        if (llvm::Constant* number = as_number(operand.get()))
          operand.set(b.CreateAlignedLoad(number->getType(), global_of(number), align_of(number)));
    }
  }

 private:
  llvm::Align align_of(const llvm::Constant* number) const {
    return llvm::Align(module_.getDataLayout().getTypeStoreSize(number->getType()));
  }

  llvm::GlobalVariable* global_of(llvm::Constant* number) {
    llvm::GlobalVariable*& global = globals_[number];
    if (global) return global;
    global = new llvm::GlobalVariable(module_, number->getType(), true, llvm::GlobalValue::PrivateLinkage,
                                      number, "number");
    global->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
    global->setAlignment(align_of(number));
    return global;
  }

  llvm::Module& module_;
  std::map<llvm::Constant*, llvm::GlobalVariable*> globals_;
};

}  // namespace

void put_numbers_in_memory(llvm::Module& module, const llvm::TargetMachine& machine) {
  if (!machine.getTargetTriple().isX86()) return;
  NumbersInMemory numbers(module);
  for (llvm::Function& function : module) {
    // One module may have functions for several processors.
    const llvm::TargetSubtargetInfo& processor = *machine.getSubtargetImpl(function);
    if (processor.checkFeatures("+avx2") && !processor.checkFeatures("+avx512f")) numbers.rewrite(function);
  }
}

}  // namespace rondo::codegen
