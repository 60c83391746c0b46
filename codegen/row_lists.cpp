#include "codegen/row_lists.h"

namespace rondo::codegen {

using namespace ir;
using llvm::Value;

Value* row_count(llvm::IRBuilder<>& b, Rows rows, const CallSizes& sizes, const Moment& moment) {
  return rows == Rows::Steps ? b.CreateMul(sizes.batch, moment.block_count) : sizes.batch;
}

// Steps of one sample lie behind one another, so that a tile takes several of them.
TileRows::Row row_at(llvm::IRBuilder<>& b, Rows rows, const Moment& moment, Value* number) {
  if (rows == Rows::Samples) return {number, moment.t, moment.in_block};
  Value* sample = b.CreateUDiv(number, moment.block_count);
  Value* in_block = b.CreateSub(number, b.CreateMul(sample, moment.block_count));
  return {sample, b.CreateAdd(moment.block_begin, in_block), in_block};
}

RowLists emit_row_lists(llvm::IRBuilder<>& b, const LoopProgram& program, const CallSizes& sizes,
                        const std::vector<BufferMemory>& buffers, Rows rows, const Moment& moment,
                        Value* memory) {
  Value* count = row_count(b, rows, sizes, moment);
  Value* kept = memory;
  Value* held = b.CreateGEP(b.getInt64Ty(), memory, {count});
  llvm::BasicBlock* before = b.GetInsertBlock();
  llvm::Function* function = before->getParent();
  auto* head = llvm::BasicBlock::Create(b.getContext(), "list.head", function);
  auto* inside = llvm::BasicBlock::Create(b.getContext(), "list", function);
  auto* done = llvm::BasicBlock::Create(b.getContext(), "list.done", function);
  b.CreateBr(head);
  b.SetInsertPoint(head);
  llvm::PHINode* number = b.CreatePHI(b.getInt64Ty(), 2, "row");
  llvm::PHINode* kept_count = b.CreatePHI(b.getInt64Ty(), 2, "kept");
  number->addIncoming(b.getInt64(0), before);
  kept_count->addIncoming(b.getInt64(0), before);
  b.CreateCondBr(b.CreateICmpSLT(number, count), inside, done);
  b.SetInsertPoint(inside);
  TileRows row(b, program, sizes, buffers, {row_at(b, rows, moment, number)}, 1);
  Value* keeps = b.CreateZExt(row.keep(0), b.getInt64Ty());
  Value* held_count = b.CreateSub(number, kept_count);
  // To both lists, as a branch would often be guessed wrongly; the count of one of them moves on.
  b.CreateStore(number, b.CreateGEP(b.getInt64Ty(), kept, {kept_count}));
  b.CreateStore(number, b.CreateGEP(b.getInt64Ty(), held, {held_count}));
  number->addIncoming(b.CreateAdd(number, b.getInt64(1)), inside);
  kept_count->addIncoming(b.CreateAdd(kept_count, keeps), inside);
  b.CreateBr(head);
  b.SetInsertPoint(done);
  return {{kept, kept_count}, {held, b.CreateSub(count, kept_count)}};
}

}  // namespace rondo::codegen
