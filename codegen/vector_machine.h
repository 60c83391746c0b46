// The machine of ir/elementary over LLVM vectors: each member emits the instruction that it names.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Module.h>

#include <span>

#include "codegen/numerics.h"

namespace rondo::codegen {

/// Emits on `lanes` elements at once; one lane is a scalar. Without fused multiply-add on the target,
/// multiply and add are emitted apart (a library call would cost a hundred times as much).
template <bool IsDouble>
class VectorMachine {
 public:
  using F = llvm::Value*;
  using I = llvm::Value*;
  using Mask = llvm::Value*;
  static constexpr bool is_double = IsDouble;

  VectorMachine(llvm::IRBuilder<>& builder, int lanes, Numerics numerics)
      : b_(&builder), lanes_(lanes), numerics_(numerics) {}

  F constant(double value) const {
    llvm::Constant* number = llvm::ConstantFP::get(float_type(), value);
    const bool in_memory = numerics_.numbers_in_memory && lanes_ > 1 && !number->isNullValue();
    return in_memory ? load_number(*b_, number) : number;
  }
  I integer(int64_t value) const { return llvm::ConstantInt::getSigned(int_type(), value); }

  F add(F a, F b) const { return b_->CreateFAdd(a, b); }
  F sub(F a, F b) const { return b_->CreateFSub(a, b); }
  F mul(F a, F b) const { return b_->CreateFMul(a, b); }
  F div(F a, F b) const { return b_->CreateFDiv(a, b); }
  F fma(F a, F b, F c) const {
    if (!numerics_.has_fma) return add(mul(a, b), c);
    return b_->CreateIntrinsic(llvm::Intrinsic::fma, {a->getType()}, {a, b, c});
  }
  F neg(F a) const { return b_->CreateFNeg(a); }
  F abs(F a) const { return b_->CreateUnaryIntrinsic(llvm::Intrinsic::fabs, a); }
  F sqrt(F a) const { return b_->CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, a); }
  F floor(F a) const { return b_->CreateUnaryIntrinsic(llvm::Intrinsic::floor, a); }
  F round_even(F a) const { return b_->CreateUnaryIntrinsic(llvm::Intrinsic::roundeven, a); }

  Mask lt(F a, F b) const { return b_->CreateFCmpOLT(a, b); }
  Mask le(F a, F b) const { return b_->CreateFCmpOLE(a, b); }
  Mask gt(F a, F b) const { return b_->CreateFCmpOGT(a, b); }
  Mask ge(F a, F b) const { return b_->CreateFCmpOGE(a, b); }
  Mask eq(F a, F b) const { return b_->CreateFCmpOEQ(a, b); }
  Mask unordered(F a) const { return b_->CreateFCmpUNO(a, a); }
  Mask mask_and(Mask a, Mask b) const { return b_->CreateAnd(a, b); }
  Mask mask_or(Mask a, Mask b) const { return b_->CreateOr(a, b); }
  Mask mask_not(Mask a) const { return b_->CreateNot(a); }
  F select(Mask k, F a, F b) const { return b_->CreateSelect(k, a, b); }
  I select_int(Mask k, I a, I b) const { return b_->CreateSelect(k, a, b); }
  Mask int_eq(I a, I b) const { return b_->CreateICmpEQ(a, b); }
  Mask int_lt(I a, I b) const { return b_->CreateICmpSLT(a, b); }

  I bits(F a) const { return b_->CreateBitCast(a, int_type()); }
  F from_bits(I a) const { return b_->CreateBitCast(a, float_type()); }
  I iadd(I a, I b) const { return b_->CreateAdd(a, b); }
  I isub(I a, I b) const { return b_->CreateSub(a, b); }
  I iand(I a, I b) const { return b_->CreateAnd(a, b); }
  I ior(I a, I b) const { return b_->CreateOr(a, b); }
  I ixor(I a, I b) const { return b_->CreateXor(a, b); }
  I shl(I a, int n) const { return b_->CreateShl(a, integer(n)); }
  I lshr(I a, int n) const { return b_->CreateLShr(a, integer(n)); }
  I ashr(I a, int n) const { return b_->CreateAShr(a, integer(n)); }

  I to_int(F a) const {
    return b_->CreateIntrinsic(llvm::Intrinsic::fptosi_sat, {int_type(), float_type()}, {a});
  }
  F to_float(I a) const { return b_->CreateSIToFP(a, float_type()); }

  // The table becomes read-only data of the module; one copy for all uses of it.
  F lookup(std::span<const double> table, I index) const {
    llvm::Module& module = *b_->GetInsertBlock()->getModule();
    llvm::Constant* data =
        IsDouble ? llvm::ConstantDataArray::get(b_->getContext(), llvm::ArrayRef(table.data(), table.size()))
                 : llvm::ConstantDataArray::get(b_->getContext(), llvm::ArrayRef<float>(narrowed(table)));
    llvm::GlobalVariable* global = nullptr;
    for (llvm::GlobalVariable& other : module.globals())
      if (other.hasInitializer() && other.getInitializer() == data) global = &other;
    if (!global) {
      global = new llvm::GlobalVariable(module, data->getType(), true, llvm::GlobalValue::PrivateLinkage,
                                        data, "table");
      global->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
    }
    if (lanes_ == 1) return b_->CreateLoad(float_type(), b_->CreateGEP(float_type(), global, {index}));
    llvm::Value* result = llvm::PoisonValue::get(float_type());
    for (int lane = 0; lane < lanes_; ++lane) {
      llvm::Value* at =
          b_->CreateGEP(float_type()->getScalarType(), global, {b_->CreateExtractElement(index, lane)});
      result = b_->CreateInsertElement(result, b_->CreateLoad(float_type()->getScalarType(), at), lane);
    }
    return result;
  }

  using Wide = VectorMachine<true>;
  Wide wide() const { return {*b_, lanes_, numerics_}; }
  llvm::Value* widen(F a) const { return b_->CreateFPExt(a, wide().float_type()); }
  F narrow(llvm::Value* a) const { return b_->CreateFPTrunc(a, float_type()); }

  llvm::Type* float_type() const { return of_lanes(IsDouble ? b_->getDoubleTy() : b_->getFloatTy()); }
  llvm::Type* int_type() const { return of_lanes(IsDouble ? b_->getInt64Ty() : b_->getInt32Ty()); }

 private:
  llvm::Type* of_lanes(llvm::Type* element) const {
    return lanes_ == 1 ? element : llvm::FixedVectorType::get(element, static_cast<unsigned>(lanes_));
  }
  static llvm::SmallVector<float> narrowed(std::span<const double> table) {
    llvm::SmallVector<float> result;
    for (double value : table) result.push_back(static_cast<float>(value));
    return result;
  }

  llvm::IRBuilder<>* b_;
  int lanes_;
  Numerics numerics_;
};

}  // namespace rondo::codegen
