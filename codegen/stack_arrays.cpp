#include "codegen/stack_arrays.h"

#include "codegen/element_types.h"

namespace rondo::codegen {

using namespace ir;
using llvm::Value;

Value* StackArrays::get(llvm::IRBuilder<>& builder, llvm::Type* type, int count) {
  Value*& array = arrays_[{type, count}];
  if (array) return array;
  llvm::BasicBlock& entry = builder.GetInsertBlock()->getParent()->getEntryBlock();
  llvm::IRBuilder<> at_entry(&entry, entry.begin());
  array = at_entry.CreateAlloca(type, at_entry.getInt32(static_cast<uint32_t>(count)));
  return array;
}

// Contractions of one type share an array.
SumsAside::SumsAside(llvm::IRBuilder<>& builder, StackArrays& stack, const Stage& stage, int lanes, int count)
    : b_(builder) {
  std::map<llvm::Type*, int> contractions;
  for (const Instruction& instruction : stage.body) {
    if (instruction.opcode != Opcode::Contract) continue;
    arrays_.push_back({vector_of(register_type(b_, instruction.dtype), lanes), nullptr});
    ++contractions[arrays_.back().type];
  }
  std::map<llvm::Type*, int> taken;
  for (Array& array : arrays_) {
    Value* whole = stack.get(b_, array.type, count * contractions[array.type]);
    const auto before = static_cast<uint64_t>(count) * static_cast<uint64_t>(taken[array.type]++);
    array.memory = b_.CreateConstGEP1_64(array.type, whole, before);
  }
}

Value* SumsAside::at(const Array& array, Value* first, int position) {
  Value* index = b_.CreateAdd(first, b_.getInt64(static_cast<uint64_t>(position)));
  return b_.CreateGEP(array.type, array.memory, {index});
}

void SumsAside::store(const std::vector<std::vector<Value*>>& sums, Value* first) {
  for (size_t i = 0; i < sums.size(); ++i)
    for (size_t position = 0; position < sums[i].size(); ++position)
      b_.CreateStore(sums[i][position], at(arrays_[i], first, static_cast<int>(position)));
}

std::vector<Value*> SumsAside::load(Value* first, int count) {
  std::vector<Value*> sums;
  for (const Array& array : arrays_)
    for (int position = 0; position < count; ++position)
      sums.push_back(b_.CreateLoad(array.type, at(array, first, position)));
  return sums;
}

}  // namespace rondo::codegen
