#include "codegen/compute_emitter.h"

#include <fmt/format.h>
#include <llvm/IR/Intrinsics.h>

#include "codegen/element_types.h"
#include "codegen/origin_mark.h"
#include "codegen/vector_machine.h"
#include "ir/diagnostics.h"
#include "ir/element.h"
#include "ir/elementary/apply.h"

namespace rondo::codegen {

using ir::DType;
using ir::Op;
using llvm::Value;

Value* ComputeEmitter::splat(Value* scalar) const {
  if (lanes_ == 1 || scalar->getType()->isVectorTy()) return scalar;
  return b_.CreateVectorSplat(static_cast<unsigned>(lanes_), scalar);
}

Value* ComputeEmitter::literal(const ir::LiteralValue& value, DType dtype) const {
  llvm::Type* type = vector_of(register_type(b_, dtype), lanes_);
  const ir::Element element = ir::Element::of(value, dtype);
  switch (dtype) {
    case DType::F32:
      return llvm::ConstantFP::get(type, llvm::APFloat(element.f32));
    case DType::F64:
      return llvm::ConstantFP::get(type, llvm::APFloat(element.f64));
    case DType::I32:
      return llvm::ConstantInt::getSigned(type, element.i32);
    case DType::I64:
      return llvm::ConstantInt::getSigned(type, element.i64);
    case DType::Bool:
      return llvm::ConstantInt::get(type, element.boolean ? 1 : 0);
  }
  __builtin_unreachable();
}

Value* ComputeEmitter::fused_multiply_add(DType dtype, Value* a, Value* b, Value* c) const {
  if (dtype == DType::F64) return VectorMachine<true>(b_, lanes_, numerics_).fma(a, b, c);
  return VectorMachine<false>(b_, lanes_, numerics_).fma(a, b, c);
}

// Functions of many instructions stand in the module once, as an internal function that tiles call: written
// out in every tile they would be most of the code and of the time to make it.
bool ComputeEmitter::is_long(Op op) {
  return op == Op::Sin || op == Op::Cos || op == Op::Erf || op == Op::Power;
}

Value* ComputeEmitter::call_function(Op op, DType dtype, std::span<Value* const> operands) const {
  llvm::Function* caller = b_.GetInsertBlock()->getParent();
  llvm::Module& module = *caller->getParent();
  const std::string name = fmt::format("{}.{}x{}", ir::name_of(op), ir::name_of(dtype), lanes_);
  llvm::Function* function = module.getFunction(name);
  if (!function) {
    llvm::Type* type = operands[0]->getType();
    const llvm::SmallVector<llvm::Type*> arguments(operands.size(), type);
    function = llvm::Function::Create(llvm::FunctionType::get(type, arguments, false),
                                      llvm::Function::InternalLinkage, name, module);
    const llvm::AttrBuilder like_caller(b_.getContext(), caller->getAttributes().getFnAttrs());
    function->addFnAttrs(like_caller);
    const llvm::IRBuilderBase::InsertPointGuard guard(b_);
    b_.SetInsertPoint(llvm::BasicBlock::Create(b_.getContext(), "entry", function));
    begin_function(b_, *function);
    llvm::SmallVector<Value*> values;
    for (llvm::Argument& argument : function->args()) values.push_back(&argument);
    b_.CreateRet(inline_function(op, dtype, values));
  }
  return b_.CreateCall(function, llvm::ArrayRef(operands.data(), operands.size()));
}

Value* ComputeEmitter::float_function(Op op, DType dtype, std::span<Value* const> operands) const {
  return is_long(op) ? call_function(op, dtype, operands) : inline_function(op, dtype, operands);
}

Value* ComputeEmitter::inline_function(Op op, DType dtype, std::span<Value* const> operands) const {
  if (dtype == DType::F64)
    return ir::elementary::apply(VectorMachine<true>(b_, lanes_, numerics_), op, operands);
  return ir::elementary::apply(VectorMachine<false>(b_, lanes_, numerics_), op, operands);
}

Value* ComputeEmitter::arithmetic(Op op, bool is_float, Value* a, Value* b) const {
  using llvm::Intrinsic::maximum, llvm::Intrinsic::minimum, llvm::Intrinsic::smax, llvm::Intrinsic::smin;
  switch (op) {
    case Op::Add:
      return is_float ? b_.CreateFAdd(a, b) : b_.CreateAdd(a, b);
    case Op::Subtract:
      return is_float ? b_.CreateFSub(a, b) : b_.CreateSub(a, b);
    case Op::Multiply:
      return is_float ? b_.CreateFMul(a, b) : b_.CreateMul(a, b);
    case Op::Divide:
      return b_.CreateFDiv(a, b);
    case Op::Minimum:
      return b_.CreateBinaryIntrinsic(is_float ? minimum : smin, a, b);
    case Op::Maximum:
      return b_.CreateBinaryIntrinsic(is_float ? maximum : smax, a, b);
    case Op::Negate:
      return is_float ? b_.CreateFNeg(a) : b_.CreateNeg(a);
    case Op::Absolute:
      if (is_float) return b_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, a);
      return b_.CreateBinaryIntrinsic(llvm::Intrinsic::abs, a, b_.getFalse());
    case Op::And:
      return b_.CreateAnd(a, b);
    case Op::Or:
      return b_.CreateOr(a, b);
    case Op::Not:
      return b_.CreateNot(a);
    default:
      RONDO_CHECK(false, "not arithmetic");
  }
}

Value* ComputeEmitter::compare(Op op, bool is_float, Value* a, Value* b) const {
  switch (op) {
    case Op::Less:
      return is_float ? b_.CreateFCmpOLT(a, b) : b_.CreateICmpSLT(a, b);
    case Op::LessEqual:
      return is_float ? b_.CreateFCmpOLE(a, b) : b_.CreateICmpSLE(a, b);
    case Op::Greater:
      return is_float ? b_.CreateFCmpOGT(a, b) : b_.CreateICmpSGT(a, b);
    case Op::GreaterEqual:
      return is_float ? b_.CreateFCmpOGE(a, b) : b_.CreateICmpSGE(a, b);
    case Op::Equal:
      return is_float ? b_.CreateFCmpOEQ(a, b) : b_.CreateICmpEQ(a, b);
    case Op::NotEqual:
      return is_float ? b_.CreateFCmpUNE(a, b) : b_.CreateICmpNE(a, b);
    default:
      RONDO_CHECK(false, "not a comparison");
  }
}

Value* ComputeEmitter::cast(DType from, DType to, Value* x) const {
  if (from == to) return x;
  llvm::Type* type = vector_of(register_type(b_, to), lanes_);
  if (to == DType::Bool)
    return ir::is_float(from) ? b_.CreateFCmpUNE(x, llvm::Constant::getNullValue(x->getType()))
                              : b_.CreateIsNotNull(x);
  if (from == DType::Bool) return ir::is_float(to) ? b_.CreateUIToFP(x, type) : b_.CreateZExt(x, type);
  if (ir::is_float(from) && ir::is_float(to)) return b_.CreateFPCast(x, type);
  if (ir::is_float(from)) return b_.CreateIntrinsic(llvm::Intrinsic::fptosi_sat, {type, x->getType()}, {x});
  return ir::is_float(to) ? b_.CreateSIToFP(x, type) : b_.CreateSExtOrTrunc(x, type);
}

Value* ComputeEmitter::compute(Op op, DType from, DType to, std::span<Value* const> operands) const {
  if (op == Op::Select) return b_.CreateSelect(operands[0], operands[1], operands[2]);
  if (op == Op::Cast) return cast(from, to, operands[0]);
  const bool is_float = ir::is_float(from);
  switch (ir::category_of(op)) {
    case ir::OpCategory::Compare:
      return compare(op, is_float, operands[0], operands[1]);
    case ir::OpCategory::Unary:
      if (op != Op::Negate && op != Op::Absolute && op != Op::Not) return float_function(op, from, operands);
      return arithmetic(op, is_float, operands[0], nullptr);
    case ir::OpCategory::Binary:
      if (op == Op::Power) return float_function(op, from, operands);
      return arithmetic(op, is_float, operands[0], operands[1]);
    case ir::OpCategory::Logic:
      return arithmetic(op, is_float, operands[0], operands[1]);
    default:
      RONDO_CHECK(false, "not an element-wise operation");
  }
}

}  // namespace rondo::codegen
