// Element-wise operations as LLVM instructions, the same bits as ir::evaluate.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <span>

#include "codegen/numerics.h"
#include "ir/op.h"
#include "ir/step_graph.h"

namespace rondo::codegen {

/// Emits on `lanes` elements at once (one lane: scalars).
class ComputeEmitter {
 public:
  ComputeEmitter(llvm::IRBuilder<>& builder, int lanes, Numerics numerics)
      : b_(builder), lanes_(lanes), numerics_(numerics) {}

  /// Any element-wise operation. `from` is the element type of the operands (of the arms, for Select), `to`
  /// that of the result.
  llvm::Value* compute(ir::Op op, ir::DType from, ir::DType to, std::span<llvm::Value* const> operands) const;

  llvm::Value* literal(const ir::LiteralValue& value, ir::DType dtype) const;
  /// a * b + c, rounded once where the target can.
  llvm::Value* fused_multiply_add(ir::DType dtype, llvm::Value* a, llvm::Value* b, llvm::Value* c) const;
  /// A scalar in every lane.
  llvm::Value* splat(llvm::Value* scalar) const;

 private:
  static bool is_long(ir::Op op);
  llvm::Value* call_function(ir::Op op, ir::DType dtype, std::span<llvm::Value* const> operands) const;
  llvm::Value* inline_function(ir::Op op, ir::DType dtype, std::span<llvm::Value* const> operands) const;
  llvm::Value* float_function(ir::Op op, ir::DType dtype, std::span<llvm::Value* const> operands) const;
  llvm::Value* arithmetic(ir::Op op, bool is_float, llvm::Value* a, llvm::Value* b) const;
  llvm::Value* compare(ir::Op op, bool is_float, llvm::Value* a, llvm::Value* b) const;
  llvm::Value* cast(ir::DType from, ir::DType to, llvm::Value* x) const;

  llvm::IRBuilder<>& b_;
  int lanes_;
  Numerics numerics_;
};

}  // namespace rondo::codegen
