#include "codegen/library_calls.h"

#include <llvm/CodeGen/TargetSubtargetInfo.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/TargetParser/Triple.h>
#include <llvm/Transforms/Utils/IntegerDivision.h>

#include <vector>

namespace rondo::codegen {

namespace {

using llvm::Type;
using llvm::Value;

// Emits the replacements, at one instruction.
class Replacement {
 public:
  explicit Replacement(llvm::Instruction* at) : b_(at) {}

  // Adding 2^23 (2^52) to the magnitude, and taking it off again, rounds to an integer, to even; what is not
  // smaller is an integer already, or NaN. The sign is put back for zeros.
  Value* round_even(Value* x) {
    Type* type = x->getType();
    Value* rounder = number(type, type->getScalarType()->isDoubleTy() ? 0x1p52 : 0x1p23);
    Value* size = b_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x);
    Value* rounded = b_.CreateFSub(b_.CreateFAdd(size, rounder), rounder);
    rounded = b_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, rounded, x);
    return b_.CreateSelect(b_.CreateFCmpOLT(size, rounder), rounded, x);
  }

  Value* floor(Value* x) {
    Value* rounded = round_even(x);
    Value* lower = b_.CreateFSub(rounded, number(x->getType(), 1));
    return b_.CreateSelect(b_.CreateFCmpOGT(rounded, x), lower, rounded);
  }

  // NaN where one is, and -0 below +0: equal numbers differ in their sign at most.
  Value* extremum(Value* x, Value* y, bool larger) {
    const unsigned width = x->getType()->getScalarSizeInBits();
    Type* bits = with_element(x, b_.getIntNTy(width));
    Value *x_bits = b_.CreateBitCast(x, bits), *y_bits = b_.CreateBitCast(y, bits);
    Value* same = larger ? b_.CreateAnd(x_bits, y_bits) : b_.CreateOr(x_bits, y_bits);
    Value* first = larger ? b_.CreateFCmpOGT(x, y) : b_.CreateFCmpOLT(x, y);
    Value* result = b_.CreateSelect(first, x, y);
    result = b_.CreateSelect(b_.CreateFCmpOEQ(x, y), b_.CreateBitCast(same, x->getType()), result);
    return b_.CreateSelect(b_.CreateFCmpUNO(x, y), b_.CreateFAdd(x, y), result);
  }

  // From i64. Both halves are exact as doubles, so that their sum is rounded once.
  Value* to_double(Value* x) {
    Value* high = b_.CreateFMul(b_.CreateSIToFP(half(x, 32), doubles(x)), number(doubles(x), 0x1p32));
    return b_.CreateFAdd(high, b_.CreateUIToFP(half(x, 0), doubles(x)));
  }

  // By way of a double rounded to odd, which keeps enough to be rounded once more (S. Boldo and G. Melquiond,
  // 2008): where the sum was inexact and even, it moves one place towards what was lost.
  Value* to_float(Value* x) {
    Value* high = b_.CreateFMul(b_.CreateSIToFP(half(x, 32), doubles(x)), number(doubles(x), 0x1p32));
    Value* low = b_.CreateUIToFP(half(x, 0), doubles(x));
    Value* sum = b_.CreateFAdd(high, low);
    Value* lost = b_.CreateFSub(low, b_.CreateFSub(sum, high));
    Value* zero = number(doubles(x), 0);
    Value* bits = b_.CreateBitCast(sum, x->getType());
    Value* even = b_.CreateICmpEQ(b_.CreateAnd(bits, integer(x, 1)), integer(x, 0));
    Value* inexact = b_.CreateFCmpONE(lost, zero);
    Value* away = b_.CreateICmpEQ(b_.CreateFCmpOGT(lost, zero), b_.CreateFCmpOGT(sum, zero));
    Value* moved = b_.CreateAdd(bits, b_.CreateSelect(away, integer(x, 1), integer(x, -1)));
    bits = b_.CreateSelect(b_.CreateAnd(even, inexact), moved, bits);
    return b_.CreateFPTrunc(b_.CreateBitCast(bits, doubles(x)), with_element(x, b_.getFloatTy()));
  }

  // To i64 towards zero; what lies beyond is held to the nearest, NaN is 0.
  Value* to_integer(Value* x, Type* type) {
    if (!x->getType()->getScalarType()->isDoubleTy()) x = b_.CreateFPExt(x, doubles(x));
    Value* size = b_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x);
    Value* fits = b_.CreateFCmpOLT(size, number(doubles(x), 0x1p63));
    Value* held = b_.CreateSelect(fits, size, number(doubles(x), 0));
    Type* halves = with_element(x, b_.getInt32Ty());
    Value* high = b_.CreateFPToUI(b_.CreateFMul(held, number(doubles(x), 0x1p-32)), halves);
    Value* above = b_.CreateFMul(b_.CreateUIToFP(high, doubles(x)), number(doubles(x), 0x1p32));
    Value* low = b_.CreateFPToUI(b_.CreateFSub(held, above), halves);
    Value* whole = b_.CreateOr(b_.CreateShl(b_.CreateZExt(high, type), 32), b_.CreateZExt(low, type));
    Value* negative = b_.CreateFCmpOLT(x, number(doubles(x), 0));
    whole = b_.CreateSelect(negative, b_.CreateNeg(whole), whole);
    Value* most = b_.CreateSelect(negative, llvm::ConstantInt::getSigned(type, INT64_MIN),
                                  llvm::ConstantInt::getSigned(type, INT64_MAX));
    Value* beyond = b_.CreateSelect(b_.CreateFCmpUNO(x, x), llvm::Constant::getNullValue(type), most);
    return b_.CreateSelect(fits, whole, beyond);
  }

 private:
  Value* number(Type* type, double value) { return llvm::ConstantFP::get(type, value); }
  Value* integer(Value* like, int64_t value) { return llvm::ConstantInt::getSigned(like->getType(), value); }
  Type* with_element(Value* like, Type* element) {
    const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(like->getType());
    return vector ? llvm::FixedVectorType::get(element, vector->getNumElements()) : element;
  }
  Type* doubles(Value* like) { return with_element(like, b_.getDoubleTy()); }
  Value* half(Value* x, int shift) {
    return b_.CreateTrunc(b_.CreateLShr(x, integer(x, shift)), with_element(x, b_.getInt32Ty()));
  }

  llvm::IRBuilder<> b_;
};

bool is_wide(const Type* type) {
  return type->getScalarType()->isIntegerTy(64);
}

// What stands in for an instruction; null where it stays.
Value* replacement_of(llvm::Instruction& instruction, bool rounds, bool has_wide_integers) {
  Replacement replacement(&instruction);
  Value* x = instruction.getNumOperands() > 0 ? instruction.getOperand(0) : nullptr;
  if (auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction)) {
    const llvm::Intrinsic::ID id = call->getIntrinsicID();
    if (!rounds && id == llvm::Intrinsic::floor) return replacement.floor(x);
    if (!rounds && id == llvm::Intrinsic::roundeven) return replacement.round_even(x);
    if (has_wide_integers) return nullptr;
    if (id == llvm::Intrinsic::fptosi_sat && is_wide(call->getType()))
      return replacement.to_integer(x, call->getType());
    // LLVM compares bits of doubles for these, when it has taken all wide integers apart already.
    if (id == llvm::Intrinsic::maximum || id == llvm::Intrinsic::minimum)
      return replacement.extremum(x, call->getArgOperand(1), id == llvm::Intrinsic::maximum);
  }
  if (has_wide_integers || !llvm::isa<llvm::SIToFPInst>(instruction) || !is_wide(x->getType()))
    return nullptr;
  return instruction.getType()->getScalarType()->isDoubleTy() ? replacement.to_double(x)
                                                              : replacement.to_float(x);
}

void expand_divisions(llvm::Module& module) {
  std::vector<llvm::BinaryOperator*> divisions, remainders;
  for (llvm::Function& function : module)
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      auto* operation = llvm::dyn_cast<llvm::BinaryOperator>(&instruction);
      if (!operation || !is_wide(operation->getType())) continue;
      const auto opcode = operation->getOpcode();
      if (opcode == llvm::Instruction::UDiv || opcode == llvm::Instruction::SDiv)
        divisions.push_back(operation);
      if (opcode == llvm::Instruction::URem || opcode == llvm::Instruction::SRem)
        remainders.push_back(operation);
    }
  for (llvm::BinaryOperator* division : divisions) llvm::expandDivisionUpTo64Bits(division);
  for (llvm::BinaryOperator* remainder : remainders) llvm::expandRemainderUpTo64Bits(remainder);
}

}  // namespace

void replace_library_calls(llvm::Module& module, const llvm::TargetMachine& machine) {
  const llvm::Triple& triple = machine.getTargetTriple();
  if (!triple.isX86() && !triple.isARM()) return;
  const bool has_wide_integers = !triple.isARM();
  for (llvm::Function& function : module) {
    // One module may have functions for several processors.
    const bool rounds = triple.isX86() && machine.getSubtargetImpl(function)->checkFeatures("+sse4.1");
    if (rounds && has_wide_integers) continue;
    for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function)))
      if (Value* other = replacement_of(instruction, rounds, has_wide_integers)) {
        instruction.replaceAllUsesWith(other);
        instruction.eraseFromParent();
      }
  }
  if (!has_wide_integers) expand_divisions(module);
}

}  // namespace rondo::codegen
