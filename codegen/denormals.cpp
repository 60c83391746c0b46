#include "codegen/denormals.h"

#include <llvm/IR/IntrinsicsAArch64.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/TargetParser/Triple.h>

namespace rondo::codegen {

using llvm::Value;

namespace {

constexpr uint32_t mxcsr_bits = 0x8040;            // flush to zero, denormals are zeros
constexpr uint64_t fpcr_bits = uint64_t{1} << 24;  // flush to zero

void load_mxcsr(llvm::IRBuilder<>& b, Value* bits) {
  Value* memory = b.CreateAlloca(b.getInt32Ty());
  b.CreateStore(bits, memory);
  b.CreateIntrinsic(llvm::Intrinsic::x86_sse_ldmxcsr, {}, {memory});
}

// What was before; null where there is no switch.
Value* switch_on(llvm::IRBuilder<>& b, const llvm::Triple& triple) {
  if (triple.isX86()) {
    Value* memory = b.CreateAlloca(b.getInt32Ty());
    b.CreateIntrinsic(llvm::Intrinsic::x86_sse_stmxcsr, {}, {memory});
    Value* before = b.CreateLoad(b.getInt32Ty(), memory);
    load_mxcsr(b, b.CreateOr(before, b.getInt32(mxcsr_bits)));
    return before;
  }
  if (triple.isAArch64()) {
    Value* before = b.CreateIntrinsic(llvm::Intrinsic::aarch64_get_fpcr, {}, {});
    b.CreateIntrinsic(llvm::Intrinsic::aarch64_set_fpcr, {}, {b.CreateOr(before, b.getInt64(fpcr_bits))});
    return before;
  }
  return nullptr;
}

// Instructions are selected block by block: arithmetic does not cross the end of one.
void end_block(llvm::IRBuilder<>& b) {
  auto* next = llvm::BasicBlock::Create(b.getContext(), "denormals", b.GetInsertBlock()->getParent());
  b.CreateBr(next);
  b.SetInsertPoint(next);
}

}  // namespace

Value* emit_flush(llvm::IRBuilder<>& b, const llvm::Triple& triple) {
  Value* before = switch_on(b, triple);
  end_block(b);
  return before;
}

void emit_restore(llvm::IRBuilder<>& b, const llvm::Triple& triple, Value* before) {
  if (!before) return;
  end_block(b);
  if (triple.isX86())
    load_mxcsr(b, before);
  else
    b.CreateIntrinsic(llvm::Intrinsic::aarch64_set_fpcr, {}, {before});
}

}  // namespace rondo::codegen
