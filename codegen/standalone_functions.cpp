#include "codegen/standalone_functions.h"

#include <llvm/Bitcode/BitcodeWriter.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/InstrTypes.h>

#include <algorithm>
#include <map>

#include "codegen/outlining.h"

namespace rondo::codegen {

namespace {

bool is_intrinsic(const llvm::Value* value) {
  const auto* function = llvm::dyn_cast<llvm::Function>(value);
  return function && function->isIntrinsic();
}

// A constant that is known by its value alone.
bool is_number(const llvm::Value* value) {
  const auto* global = llvm::dyn_cast<llvm::GlobalVariable>(value);
  return global && global->isConstant() && global->hasPrivateLinkage() && global->hasGlobalUnnamedAddr();
}

// Anything of a module, but for what the machine has itself.
bool has_global(const llvm::Value* value) {
  if (llvm::isa<llvm::GlobalValue>(value)) return !is_intrinsic(value);
  const auto* constant = llvm::dyn_cast<llvm::Constant>(value);
  return constant && std::any_of(constant->op_begin(), constant->op_end(),
                                 [](const llvm::Use& use) { return has_global(use.get()); });
}

// A number is no hindrance where it is an operand by itself: others may have a copy.
bool refers_to_module(const llvm::Value* value) {
  return !is_number(value) && has_global(value);
}

bool stands_alone(llvm::Function& function) {
  if (!function.hasInternalLinkage()) return false;
  const llvm::inst_range all = instructions(function);
  return std::none_of(all.begin(), all.end(), [](const llvm::Instruction& instruction) {
    const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
    if (call && !call->getCalledFunction()) return true;  // of an address, or assembly
    return std::any_of(instruction.op_begin(), instruction.op_end(),
                       [](const llvm::Use& use) { return refers_to_module(use.get()); });
  });
}

// Calls of intrinsics then mean those of the function's own module.
void call_own_intrinsics(llvm::Function& function) {
  for (llvm::Instruction& instruction : instructions(function))
    if (auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction)) {
      const llvm::Function* intrinsic = call->getCalledFunction();
      call->setCalledOperand(function.getParent()
                                 ->getOrInsertFunction(intrinsic->getName(), intrinsic->getFunctionType(),
                                                       intrinsic->getAttributes())
                                 .getCallee());
    }
}

// Reads copies in the function's own module.
void copy_numbers(llvm::Function& function) {
  std::map<llvm::GlobalVariable*, llvm::GlobalVariable*> copies;
  for (llvm::Instruction& instruction : instructions(function))
    for (llvm::Use& use : instruction.operands()) {
      if (!is_number(use.get())) continue;
      auto* number = llvm::cast<llvm::GlobalVariable>(use.get());
      llvm::GlobalVariable*& copy = copies[number];
      if (!copy) {
        copy = new llvm::GlobalVariable(*function.getParent(), number->getValueType(), true,
                                        number->getLinkage(), number->getInitializer(), number->getName());
        copy->copyAttributesFrom(number);
      }
      use.set(copy);
    }
  for (const auto& [number, copy] : copies)
    if (number->use_empty()) number->eraseFromParent();
}

std::string bitcode_of(const llvm::Module& module) {
  llvm::SmallVector<char, 0> bytes;
  llvm::BitcodeWriter writer(bytes);
  writer.writeModule(module);
  writer.writeStrtab();
  return {bytes.begin(), bytes.end()};
}

StandaloneFunction take(llvm::Function& function) {
  llvm::Module& module = *function.getParent();
  const std::string name = function.getName().str();
  function.setName("");
  auto* declaration =
      llvm::Function::Create(function.getFunctionType(), llvm::Function::ExternalLinkage, name, module);
  declaration->setDSOLocal(true);
  function.replaceAllUsesWith(declaration);
  llvm::Module own(name, module.getContext());
  own.setTargetTriple(module.getTargetTriple());
  function.removeFromParent();
  own.getFunctionList().push_back(&function);
  function.setName(name);
  function.setLinkage(llvm::Function::ExternalLinkage);
  call_own_intrinsics(function);
  copy_numbers(function);
  return {name, bitcode_of(own), !is_outlined(function)};
}

}  // namespace

std::vector<StandaloneFunction> take_standalone_functions(llvm::Module& module) {
  std::vector<llvm::Function*> found;
  for (llvm::Function& function : module)
    if (stands_alone(function)) found.push_back(&function);
  std::vector<StandaloneFunction> functions;
  for (llvm::Function* function : found) functions.push_back(take(*function));
  return functions;
}

}  // namespace rondo::codegen
