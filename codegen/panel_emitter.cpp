#include "codegen/panel_emitter.h"

#include <algorithm>

#include "codegen/element_types.h"
#include "codegen/tile_emitter.h"

namespace rondo::codegen {

using namespace ir;
using llvm::Value;

PanelEmitter::PanelEmitter(llvm::IRBuilder<>& builder, const LoopProgram& program, const Target& target,
                           const CallSizes& sizes, const std::vector<BufferMemory>& memory,
                           StackArrays& stack, const Nest& nest, Value* panels,
                           const std::optional<RowLists>& lists)
    : b_(builder),
      program_(program),
      target_(target),
      sizes_(sizes),
      memory_(memory),
      stack_(stack),
      nest_(nest),
      stage_(nest.stages[0]),
      layout_(lay_out_panels(stage_)),
      functions_(builder, *builder.GetInsertBlock()->getModule(), target.has_fma),
      panels_(panels),
      lists_(lists) {}

Value* PanelEmitter::integer(int64_t value) {
  return b_.getInt64(static_cast<uint64_t>(value));
}

const Instruction& PanelEmitter::first_of(size_t family) const {
  return stage_.body[static_cast<size_t>(stage_.panels->families[family].contractions[0])];
}

// A row by its position among those that are summed.
TileRows::Row PanelEmitter::row_at(const Moment& moment, Value* position) {
  if (lists_)
    position =
        b_.CreateLoad(b_.getInt64Ty(), b_.CreateGEP(b_.getInt64Ty(), lists_->kept.numbers, {position}));
  return codegen::row_at(b_, nest_.rows, moment, position);
}

void PanelEmitter::emit(const Moment& moment) {
  if (std::find(stage_.extents.begin(), stage_.extents.end(), 0) != stage_.extents.end()) return;
  const int rows = stage_.panels->rows.front();
  int64_t taken = 0;
  for (const FamilyLayout& family : layout_.families) taken += int64_t{rows} * family.units;
  Value* lefts = stack_.get(b_, b_.getPtrTy(), rows * static_cast<int>(layout_.families.size()));
  llvm::Type* widest = vector_of(b_.getInt8Ty(), static_cast<int>(layout_.families[0].vector_bytes));
  for (const FamilyLayout& family : layout_.families)
    if (family.vector_bytes * 8 > static_cast<int64_t>(widest->getPrimitiveSizeInBits()))
      widest = vector_of(b_.getInt8Ty(), static_cast<int>(family.vector_bytes));
  Value* sums = stack_.get(b_, widest, static_cast<int>(taken));
  lefts_.clear();
  sums_.clear();
  int64_t before = 0;
  for (size_t family = 0; family < layout_.families.size(); ++family) {
    lefts_.push_back(b_.CreateConstGEP1_64(b_.getPtrTy(), lefts, family * static_cast<uint64_t>(rows)));
    sums_.push_back(b_.CreateConstGEP1_64(widest, sums, static_cast<uint64_t>(before)));
    before += int64_t{rows} * layout_.families[family].units;
  }
  emit_blocks({}, integer(0), [&](const std::vector<Value*>& indices, Value* number) {
    Value* block =
        b_.CreateGEP(b_.getInt8Ty(), panels_, {b_.CreateMul(number, integer(layout_.block_bytes))});
    emit_block(moment, indices, block);
  });
}

// Walks the blocks for each index of the outer axes; the last index is that of the block.
void PanelEmitter::emit_blocks(const std::vector<Value*>& indices, Value* number,
                               const std::function<void(const std::vector<Value*>&, Value*)>& body) {
  const bool last = indices.size() + 1 == stage_.extents.size();
  const int64_t extent = last ? layout_.blocks : stage_.extents[indices.size()];
  emit_loop(b_, integer(0), integer(extent), 1, "block", [&](Value* index) {
    std::vector<Value*> next = indices;
    next.push_back(index);
    Value* here = b_.CreateAdd(b_.CreateMul(number, integer(extent)), index);
    if (last)
      body(next, here);
    else
      emit_blocks(next, here, body);
  });
}

// All rows for one block of columns.
void PanelEmitter::emit_block(const Moment& moment, const std::vector<Value*>& indices, Value* block) {
  llvm::BasicBlock* before = b_.GetInsertBlock();
  llvm::Function* function = before->getParent();
  auto* head = llvm::BasicBlock::Create(b_.getContext(), "rows.head", function);
  auto* inside = llvm::BasicBlock::Create(b_.getContext(), "rows", function);
  auto* done = llvm::BasicBlock::Create(b_.getContext(), "rows.done", function);
  Value* count = lists_ ? lists_->kept.count : row_count(b_, nest_.rows, sizes_, moment);
  Value* last = b_.CreateSub(count, integer(1));
  b_.CreateBr(head);
  b_.SetInsertPoint(head);
  llvm::PHINode* begin = b_.CreatePHI(b_.getInt64Ty(), 2, "row");
  begin->addIncoming(integer(0), before);
  Value* left = b_.CreateSub(count, begin);
  b_.CreateCondBr(b_.CreateICmpSGT(left, integer(0)), inside, done);
  b_.SetInsertPoint(inside);
  Value* size = emit_tile_size(left);
  emit_left_sides(moment, indices, begin, size, last);
  emit_sums(size, block);
  Value* rows = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, size, left);
  emit_loop(b_, integer(0), rows, 1, "row", [&](Value* in_tile) {
    TileRows row(b_, program_, sizes_, memory_, {row_at(moment, b_.CreateAdd(begin, in_tile))}, 1);
    if (lists_) row.assume_keep(true);
    emit_row(row, indices, in_tile);
  });
  begin->addIncoming(b_.CreateAdd(begin, rows), b_.GetInsertBlock());
  b_.CreateBr(head);
  b_.SetInsertPoint(done);
  if (lists_) emit_held_rows(moment, indices);
}

// What states and outputs are where a row does not keep its step. Behind the others, and upwards: an output
// may repeat that of the step before.
void PanelEmitter::emit_held_rows(const Moment& moment, const std::vector<Value*>& indices) {
  const bool guards = std::any_of(stage_.body.begin(), stage_.body.end(),
                                  [](const Instruction& i) { return i.opcode == Opcode::Keep; });
  if (!guards) return;
  emit_loop(b_, integer(0), lists_->held.count, 1, "held", [&](Value* position) {
    Value* number =
        b_.CreateLoad(b_.getInt64Ty(), b_.CreateGEP(b_.getInt64Ty(), lists_->held.numbers, {position}));
    TileRows row(b_, program_, sizes_, memory_, {codegen::row_at(b_, nest_.rows, moment, number)}, 1);
    row.assume_keep(false);
    emit_row(row, indices, nullptr);
  });
}

// The largest tile, unless two of the second fit exactly; the second where at most one of its rows would be
// for nothing; or else single rows.
Value* PanelEmitter::emit_tile_size(Value* left) {
  const std::vector<int>& rows = stage_.panels->rows;
  if (rows.size() == 1) return integer(1);
  Value* size = integer(1);
  for (size_t i = rows.size() - 1; i-- > 0;) {
    const int least = i == 0 ? rows[0] : std::max(2, rows[i] - 1);
    size = b_.CreateSelect(b_.CreateICmpSGE(left, integer(least)), integer(rows[i]), size);
  }
  if (rows.size() > 2 && 2 * rows[1] > rows[0])
    size = b_.CreateSelect(b_.CreateICmpEQ(left, integer(2 * rows[1])), integer(rows[1]), size);
  return size;
}

// Pointers to the left sides of a tile. Rows behind the last are the last again: summed for nothing.
void PanelEmitter::emit_left_sides(const Moment& moment, const std::vector<Value*>& indices, Value* begin,
                                   Value* size, Value* last) {
  emit_loop(b_, integer(0), size, 1, "left", [&](Value* in_tile) {
    Value* number = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, b_.CreateAdd(begin, in_tile), last);
    TileRows rows(b_, program_, sizes_, memory_, {row_at(moment, number)}, 1);
    for (size_t family = 0; family < layout_.families.size(); ++family) {
      const Access& access = first_of(family).access;
      Value* offset = integer(access.offset);
      for (size_t axis = 0; axis + 1 < access.strides.size(); ++axis)
        offset = b_.CreateAdd(offset, b_.CreateMul(indices[axis], integer(access.strides[axis])));
      Value* left = b_.CreateGEP(memory_type(b_, layout_.families[family].dtype), rows.memory(access, 0).data,
                                 {offset});
      b_.CreateStore(left, b_.CreateGEP(b_.getPtrTy(), lefts_[family], {in_tile}));
    }
  });
}

void PanelEmitter::emit_sums(Value* size, Value* block) {
  const std::vector<int>& rows = stage_.panels->rows;
  for (size_t family = 0; family < layout_.families.size(); ++family) {
    const FamilyLayout& layout = layout_.families[family];
    const int64_t left_stride = first_of(family).access.k_stride;
    Value* function = functions_.get(layout, stage_.lanes, 1, left_stride);
    for (size_t i = rows.size() - 1; i-- > 0;)
      function = b_.CreateSelect(b_.CreateICmpEQ(size, integer(rows[i])),
                                 functions_.get(layout, stage_.lanes, rows[i], left_stride), function);
    Value* panel = b_.CreateConstGEP1_64(b_.getInt8Ty(), block, static_cast<uint64_t>(layout.offset));
    functions_.call(function, layout, {lefts_[family], panel, sums_[family]});
  }
}

// The rest of the body for one row, by its place in the tile (null: it has no sums): whole vectors, and what
// is left of the columns behind them.
void PanelEmitter::emit_row(TileRows& row, const std::vector<Value*>& indices, Value* in_tile) {
  row.locate_all(nest_);
  const int64_t width = stage_.panels->vectors;
  const int64_t whole = stage_.extents.back() / stage_.lanes;
  const auto partial = static_cast<int>(stage_.extents.back() % stage_.lanes);
  Value* first = b_.CreateMul(indices.back(), integer(width));
  if (width == 1 && partial == 0) return emit_vector(row, indices, in_tile, integer(0), stage_.lanes);
  Value* count =
      b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, b_.CreateSub(integer(whole), first), integer(width));
  emit_loop(b_, integer(0), count, 1, "vector",
            [&](Value* vector) { emit_vector(row, indices, in_tile, vector, stage_.lanes); });
  if (partial == 0) return;
  llvm::Function* function = b_.GetInsertBlock()->getParent();
  auto* some = llvm::BasicBlock::Create(b_.getContext(), "partial", function);
  auto* done = llvm::BasicBlock::Create(b_.getContext(), "partial.done", function);
  b_.CreateCondBr(b_.CreateICmpSLT(count, integer(width)), some, done);
  b_.SetInsertPoint(some);
  emit_vector(row, indices, in_tile, count, partial);
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
}

void PanelEmitter::emit_vector(RowSource& row, const std::vector<Value*>& indices, Value* in_tile,
                               Value* vector, int active) {
  std::vector<Value*> sums;
  for (int position = 0; position < static_cast<int>(stage_.body.size()); ++position) {
    if (stage_.body[static_cast<size_t>(position)].opcode != Opcode::Contract) continue;
    if (!in_tile) {
      sums.push_back(nullptr);
      continue;
    }
    for (size_t f = 0; f < layout_.families.size(); ++f) {
      const std::vector<int>& members = stage_.panels->families[f].contractions;
      const auto member = std::find(members.begin(), members.end(), position);
      if (member == members.end()) continue;
      const FamilyLayout& layout = layout_.families[f];
      llvm::Type* type = vector_of(memory_type(b_, layout.dtype), stage_.lanes);
      Value* unit = b_.CreateAdd(b_.CreateMul(vector, integer(static_cast<int64_t>(members.size()))),
                                 integer(member - members.begin()));
      Value* at = b_.CreateAdd(b_.CreateMul(in_tile, integer(layout.units)), unit);
      sums.push_back(b_.CreateLoad(type, b_.CreateGEP(type, sums_[f], {at})));
    }
  }
  std::vector<Value*> at = indices;
  Value* number = b_.CreateAdd(b_.CreateMul(indices.back(), integer(stage_.panels->vectors)), vector);
  at.back() = b_.CreateMul(number, integer(stage_.lanes));
  const TileEmitter::Shape shape{VectorAxis::Columns, stage_.lanes, 1, 1, active};
  TileEmitter(b_, program_, stage_, shape, target_.has_fma, row).emit_with_sums(at, sums);
}

}  // namespace rondo::codegen
