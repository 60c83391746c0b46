#include "codegen/panel_emitter.h"

#include <algorithm>

#include "codegen/element_types.h"
#include "codegen/tile_emitter.h"
#include "codegen/workspace_layout.h"
#include "ir/diagnostics.h"

namespace rondo::codegen {

using namespace ir;
using llvm::Value;

namespace {

// Weights of more bytes than this do not wait for the next step where a core has them for itself; from
// further away they come as quickly as tiles read them only if they are asked for ahead.
constexpr int64_t second_level_cache = 1 << 20;

}  // namespace

PanelEmitter::PanelEmitter(llvm::IRBuilder<>& builder, const LoopProgram& program, const Target& target,
                           const CallSizes& sizes, const std::vector<BufferMemory>& memory, const Nest& nest,
                           const PanelMemory& own, const Share& share, const std::optional<RowLists>& lists,
                           Outlining& outlining)
    : b_(builder),
      program_(program),
      target_(target),
      sizes_(sizes),
      memory_(memory),
      nest_(nest),
      stage_(nest.stages[0]),
      layout_(lay_out_panels(stage_)),
      functions_(builder, *builder.GetInsertBlock()->getModule(), Numerics::for_latency(target)),
      own_(own),
      share_(share),
      lists_(lists),
      outlining_(outlining) {}

Value* PanelEmitter::integer(int64_t value) {
  return b_.getInt64(static_cast<uint64_t>(value));
}

const Instruction& PanelEmitter::first_of(size_t family) const {
  return stage_.body[static_cast<size_t>(stage_.panels->families[family].contractions[0])];
}

OriginMark PanelEmitter::mark_sums_of(size_t family) {
  return {b_, program_, stage_, static_cast<size_t>(stage_.panels->families[family].contractions[0])};
}

void PanelEmitter::emit(const Moment& moment) {
  if (std::find(stage_.extents.begin(), stage_.extents.end(), 0) != stage_.extents.end()) return;
  find_places(moment);
  emit_axes(moment, {}, integer(0));
}

void PanelEmitter::find_places(const Moment& moment) {
  count_ = lists_ ? lists_->kept.count : row_count(b_, nest_.rows, sizes_, moment);
  alone_ = b_.CreateICmpEQ(count_, integer(1));
  llvm::Type* vector = vector_of(b_.getInt8Ty(), static_cast<int>(layout_.sum_bytes));
  const auto table = [&](size_t number) {
    return b_.CreateGEP(b_.getInt64Ty(), own_.tables,
                        {b_.CreateMul(count_, integer(static_cast<int64_t>(number)))});
  };
  lefts_.clear();
  sums_.clear();
  int64_t before = 0;
  for (size_t family = 0; family < layout_.families.size(); ++family) {
    lefts_.push_back(table(family));
    sums_.push_back(b_.CreateConstGEP1_64(vector, own_.sums, static_cast<uint64_t>(before)));
    before += layout_.sums_of_unit * layout_.families[family].units;
  }
  samples_ = table(layout_.families.size());
  steps_ = table(layout_.families.size() + 1);
}

// For each index of the outer axes, the rows and then the blocks of columns.
void PanelEmitter::emit_axes(const Moment& moment, const std::vector<Value*>& indices, Value* number) {
  if (indices.size() + 1 == stage_.extents.size()) {
    emit_tables(moment, indices);
    Value* first = b_.CreateMul(number, integer(layout_.blocks));
    const auto block_at = [&](Value* position) {
      return b_.CreateGEP(b_.getInt8Ty(), own_.panels,
                          {b_.CreateMul(position, integer(layout_.block_bytes))});
    };
    emit_alone(moment, block_at(b_.CreateAdd(first, share_.first)));
    // A row alone has all blocks of the share in one.
    Value* one = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, share_.count, integer(1));
    Value* blocks = b_.CreateSelect(alone_, one, share_.count);
    emit_loop(b_, integer(0), blocks, 1, "block", [&](Value* position) {
      Value* block =
          b_.CreateAdd(share_.first, b_.CreateSelect(alone_, position, in_sweep(moment, position)));
      std::vector<Value*> at = indices;
      at.push_back(block);
      Value* weights = block_at(b_.CreateAdd(first, block));
      emit_block(moment, at, {weights, next_in_sweep(moment, position, weights)});
    });
    return;
  }
  const int64_t extent = stage_.extents[indices.size()];
  emit_loop(b_, integer(0), integer(extent), 1, "column", [&](Value* index) {
    std::vector<Value*> next = indices;
    next.push_back(index);
    emit_axes(moment, next, b_.CreateAdd(b_.CreateMul(number, integer(extent)), index));
  });
}

// Every other step walks the blocks downwards: what of the weights is still in a cache from the step before
// is read first, and not driven out by what is read ahead of it.
Value* PanelEmitter::is_downwards(const Moment& moment) {
  return b_.CreateTrunc(moment.in_block, b_.getInt1Ty());
}

Value* PanelEmitter::in_sweep(const Moment& moment, Value* position) {
  Value* last = b_.CreateSub(share_.count, integer(1));
  return b_.CreateSelect(is_downwards(moment), b_.CreateSub(last, position), position);
}

// The block behind one in the sweep; the last one is the first of the next sweep.
Value* PanelEmitter::next_in_sweep(const Moment& moment, Value* position, Value* block) {
  Value* bytes =
      b_.CreateSelect(is_downwards(moment), integer(-layout_.block_bytes), integer(layout_.block_bytes));
  Value* is_last = b_.CreateICmpEQ(position, b_.CreateSub(share_.count, integer(1)));
  return b_.CreateGEP(b_.getInt8Ty(), block, {b_.CreateSelect(is_last, integer(0), bytes)});
}

// Where the left sides of all rows are, once for all blocks of the share.
void PanelEmitter::emit_tables(const Moment& moment, const std::vector<Value*>& indices) {
  emit_loop(b_, integer(0), count_, 1, "table", [&](Value* position) {
    Value* number = position;
    if (lists_)
      number =
          b_.CreateLoad(b_.getInt64Ty(), b_.CreateGEP(b_.getInt64Ty(), lists_->kept.numbers, {position}));
    const TileRows::Row row = row_at(b_, nest_.rows, moment, number);
    TileRows memory(b_, program_, sizes_, memory_, {row}, 1);
    for (size_t family = 0; family < layout_.families.size(); ++family) {
      const Access& access = first_of(family).access;
      Value* offset = integer(access.offset);
      for (size_t axis = 0; axis + 1 < access.strides.size(); ++axis)
        offset = b_.CreateAdd(offset, b_.CreateMul(indices[axis], integer(access.strides[axis])));
      Value* left = b_.CreateGEP(memory_type(b_, layout_.families[family].dtype),
                                 memory.memory(access, 0).data, {offset});
      b_.CreateStore(left, b_.CreateGEP(b_.getPtrTy(), lefts_[family], {position}));
    }
    b_.CreateStore(row.sample, b_.CreateGEP(b_.getInt64Ty(), samples_, {position}));
    if (nest_.rows == Rows::Steps)
      b_.CreateStore(row.in_block, b_.CreateGEP(b_.getInt64Ty(), steps_, {position}));
  });
}

// A row by its position among those that are summed.
TileRows::Row PanelEmitter::row_in_table(const Moment& moment, Value* position) {
  Value* sample = b_.CreateLoad(b_.getInt64Ty(), b_.CreateGEP(b_.getInt64Ty(), samples_, {position}));
  if (nest_.rows == Rows::Samples) return {sample, moment.t, moment.in_block};
  Value* in_block = b_.CreateLoad(b_.getInt64Ty(), b_.CreateGEP(b_.getInt64Ty(), steps_, {position}));
  return {sample, b_.CreateAdd(moment.block_begin, in_block), in_block};
}

// A single row: its sums for all blocks of the share ahead of all else, so that weights are read in one
// stream.
void PanelEmitter::emit_alone(const Moment& moment, Value* first_block) {
  llvm::Function* function = b_.GetInsertBlock()->getParent();
  auto* sums = llvm::BasicBlock::Create(b_.getContext(), "alone", function);
  auto* done = llvm::BasicBlock::Create(b_.getContext(), "alone.done", function);
  b_.CreateCondBr(b_.CreateAnd(alone_, b_.CreateICmpSGT(share_.count, integer(0))), sums, done);
  b_.SetInsertPoint(sums);
  Value* direction = b_.CreateSelect(is_downwards(moment), integer(-1), integer(1));
  for (size_t f = 0; f < layout_.families.size(); ++f) {
    const OriginMark mark = mark_sums_of(f);
    const FamilyLayout& family = layout_.families[f];
    const bool in_one_stream = family.units * family.terms * family.vector_bytes == layout_.block_bytes;
    FamilyLayout stream = family;
    if (in_one_stream) stream.units *= static_cast<int>(layout_.blocks);
    Value* one_row = functions_.get(stream, stage_.lanes, 1, first_of(f).access.k_stride);
    if (in_one_stream) {
      functions_.call(one_row, family, {lefts_[f], first_block, sums_[f], share_.count, direction});
      continue;
    }
    emit_loop(b_, integer(0), share_.count, 1, "block", [&](Value* position) {
      Value* block = in_sweep(moment, position);
      Value* offset = b_.CreateAdd(b_.CreateMul(block, integer(layout_.block_bytes)), integer(family.offset));
      Value* result = b_.CreateMul(block, integer(family.units * family.vector_bytes));
      functions_.call(one_row, family,
                      {lefts_[f], b_.CreateGEP(b_.getInt8Ty(), first_block, {offset}),
                       b_.CreateGEP(b_.getInt8Ty(), sums_[f], {result}), nullptr, direction});
    });
  }
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
}

// All rows for one block of columns; a row alone, for all of them.
void PanelEmitter::emit_block(const Moment& moment, const std::vector<Value*>& indices, const Block& block) {
  llvm::BasicBlock* before = b_.GetInsertBlock();
  llvm::Function* function = before->getParent();
  auto* head = llvm::BasicBlock::Create(b_.getContext(), "rows.head", function);
  auto* inside = llvm::BasicBlock::Create(b_.getContext(), "rows", function);
  auto* together = llvm::BasicBlock::Create(b_.getContext(), "together", function);
  auto* summed = llvm::BasicBlock::Create(b_.getContext(), "summed", function);
  auto* done = llvm::BasicBlock::Create(b_.getContext(), "rows.done", function);
  const Columns columns = columns_of(indices.back());
  b_.CreateBr(head);
  b_.SetInsertPoint(head);
  llvm::PHINode* begin = b_.CreatePHI(b_.getInt64Ty(), 2, "row");
  begin->addIncoming(integer(0), before);
  Value* left = b_.CreateSub(count_, begin);
  b_.CreateCondBr(b_.CreateICmpSGT(left, integer(0)), inside, done);
  b_.SetInsertPoint(inside);
  Value* rows = emit_tile_size(left);
  b_.CreateCondBr(alone_, summed, together);
  b_.SetInsertPoint(together);
  emit_sums(begin, rows, block);
  b_.CreateBr(summed);
  b_.SetInsertPoint(summed);
  outlining_.note(b_, [&] { emit_whole(moment, indices, columns, begin, rows); });
  emit_partial(columns, [&](Value* vector, int active) {
    outlining_.note(b_, [&] {
      emit_loop(b_, integer(0), rows, 1, "row", [&](Value* in_tile) {
        emit_vectors(moment, indices, columns, begin, {{in_tile, vector}}, active);
      });
    });
  });
  begin->addIncoming(b_.CreateAdd(begin, rows), b_.GetInsertBlock());
  b_.CreateBr(head);
  b_.SetInsertPoint(done);
  if (lists_) emit_held_rows(moment, indices, columns);
}

PanelEmitter::Columns PanelEmitter::columns_of(Value* block) {
  Value* width = integer(stage_.panels->vectors);
  Value* whole = integer(stage_.extents.back() / stage_.lanes);
  Value* first = b_.CreateMul(block, width);
  Value* behind = b_.CreateSub(whole, first);
  Value* wanted = b_.CreateSelect(alone_, b_.CreateMul(share_.count, width), width);
  Value* count = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, behind, wanted);
  return {first, count, b_.CreateICmpSLT(count, wanted)};
}

// The rest of the body for the whole vectors of a tile.
void PanelEmitter::emit_whole(const Moment& moment, const std::vector<Value*>& indices,
                              const Columns& columns, Value* begin, Value* rows) {
  if (stage_.extents.back() < stage_.lanes) return;
  if (stage_.panels->together == 2) return emit_pairs(moment, indices, columns, begin, rows);
  emit_loop(b_, integer(0), columns.count, 1, "vector", [&](Value* vector) {
    emit_loop(b_, integer(0), rows, 1, "row", [&](Value* row) {
      emit_vectors(moment, indices, columns, begin, {{row, vector}}, stage_.lanes);
    });
  });
}

// Two vectors side by side: a processor looks ahead less far than activations are long, and fills the waits
// of one with the other. They are of two rows; of a row alone, two of its own. What is odd runs beside
// itself.
void PanelEmitter::emit_pairs(const Moment& moment, const std::vector<Value*>& indices,
                              const Columns& columns, Value* begin, Value* rows) {
  const auto behind = [&](Value* index, Value* step, Value* count) {
    return b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, b_.CreateAdd(index, step),
                                    b_.CreateSub(count, integer(1)));
  };
  Value* of_rows = b_.CreateSelect(alone_, integer(0), integer(1));
  Value* of_vectors = b_.CreateSelect(alone_, integer(1), integer(0));
  emit_loop(b_, integer(0), columns.count, b_.CreateAdd(of_vectors, integer(1)), "vector",
            [&](Value* vector) {
              emit_loop(b_, integer(0), rows, 2, "row", [&](Value* row) {
                const Piece second{behind(row, of_rows, rows), behind(vector, of_vectors, columns.count)};
                emit_vectors(moment, indices, columns, begin, {{row, vector}, second}, stage_.lanes);
              });
            });
}

// What is left of the columns behind the whole vectors, where the block has it.
void PanelEmitter::emit_partial(const Columns& columns, const std::function<void(Value*, int)>& body) {
  const auto active = static_cast<int>(stage_.extents.back() % stage_.lanes);
  if (active == 0) return;
  llvm::Function* function = b_.GetInsertBlock()->getParent();
  auto* some = llvm::BasicBlock::Create(b_.getContext(), "partial", function);
  auto* done = llvm::BasicBlock::Create(b_.getContext(), "partial.done", function);
  b_.CreateCondBr(columns.reaches_end, some, done);
  b_.SetInsertPoint(some);
  body(columns.count, active);
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
}

// What states and outputs are where a row does not keep its step. Behind the others, and upwards: an output
// may repeat that of the step before.
void PanelEmitter::emit_held_rows(const Moment& moment, const std::vector<Value*>& indices,
                                  const Columns& columns) {
  const bool guards = std::any_of(stage_.body.begin(), stage_.body.end(),
                                  [](const Instruction& i) { return i.opcode == Opcode::Keep; });
  if (!guards) return;
  emit_loop(b_, integer(0), lists_->held.count, 1, "held", [&](Value* position) {
    Value* number =
        b_.CreateLoad(b_.getInt64Ty(), b_.CreateGEP(b_.getInt64Ty(), lists_->held.numbers, {position}));
    TileRows row(b_, program_, sizes_, memory_, {codegen::row_at(b_, nest_.rows, moment, number)}, 1);
    row.assume_keep(false);
    row.locate_all(nest_);
    const auto emit_vector = [&](Value* vector, int active) {
      emit_rest(row, indices, {column_at(columns, vector)}, {}, active);
    };
    emit_loop(b_, integer(0), columns.count, 1, "vector",
              [&](Value* vector) { emit_vector(vector, stage_.lanes); });
    emit_partial(columns, emit_vector);
  });
}

// The largest tile while two of them are left; then what is left in two halves, as tiles of few rows use
// little of the processor, the first of an even number of rows, which go on in pairs.
Value* PanelEmitter::emit_tile_size(Value* left) {
  const std::vector<int>& rows = stage_.panels->rows;
  const int64_t largest = rows.front();
  Value* half = b_.CreateAnd(b_.CreateAdd(b_.CreateLShr(left, integer(1)), integer(1)), integer(-2));
  Value* wanted = b_.CreateSelect(b_.CreateICmpSGT(left, integer(largest)), half, left);
  Value* size = integer(1);
  for (size_t i = rows.size() - 1; i-- > 0;)
    size = b_.CreateSelect(b_.CreateICmpSGE(wanted, integer(rows[i])), integer(rows[i]), size);
  return size;
}

// The first tile fetches the first half of what the next block has, the others the second.
void PanelEmitter::emit_sums(Value* begin, Value* size, const Block& block) {
  Value* is_first = b_.CreateICmpEQ(begin, integer(0));
  const std::vector<int>& rows = stage_.panels->rows;
  const Fetching fetching = layout_.bytes > second_level_cache ? Fetching::Ahead : Fetching::Nothing;
  for (size_t family = 0; family < layout_.families.size(); ++family) {
    const OriginMark mark = mark_sums_of(family);
    const FamilyLayout& layout = layout_.families[family];
    const int64_t left_stride = first_of(family).access.k_stride;
    Value* function = functions_.get(layout, stage_.lanes, 1, left_stride);
    for (size_t i = rows.size() - 1; i-- > 0;)
      function =
          b_.CreateSelect(b_.CreateICmpEQ(size, integer(rows[i])),
                          functions_.get(layout, stage_.lanes, rows[i], left_stride, fetching), function);
    Value* panel = b_.CreateConstGEP1_64(b_.getInt8Ty(), block.weights, static_cast<uint64_t>(layout.offset));
    const int64_t half = layout.units * layout.terms * layout.vector_bytes / 2;
    Value* distance = b_.CreateSelect(is_first, integer(layout.offset), integer(layout.offset + half));
    Value* ahead = b_.CreateGEP(b_.getInt8Ty(), block.next, {distance});
    Value* lefts = b_.CreateGEP(b_.getPtrTy(), lefts_[family], {begin});
    functions_.call(function, layout, {lefts, panel, sums_[family], nullptr, nullptr, ahead});
  }
}

Value* PanelEmitter::column_at(const Columns& columns, Value* vector) {
  return b_.CreateMul(b_.CreateAdd(columns.first, vector), integer(stage_.lanes));
}

// The rest of the body for some vectors of rows that keep their step.
void PanelEmitter::emit_vectors(const Moment& moment, const std::vector<Value*>& indices,
                                const Columns& columns, Value* begin, const std::vector<Piece>& pieces,
                                int active) {
  std::vector<TileRows::Row> rows;
  std::vector<Value*> firsts;
  for (const Piece& piece : pieces) {
    rows.push_back(row_in_table(moment, b_.CreateAdd(begin, piece.row)));
    firsts.push_back(column_at(columns, piece.vector));
  }
  TileRows source(b_, program_, sizes_, memory_, std::move(rows), 1);
  if (lists_) source.assume_keep(true);
  source.locate_all(nest_);
  emit_rest(source, indices, firsts, pieces, active);
}

// `pieces`: where the sums are; none where nothing was summed.
void PanelEmitter::emit_rest(RowSource& rows, const std::vector<Value*>& indices,
                             const std::vector<Value*>& firsts, const std::vector<Piece>& pieces,
                             int active) {
  std::vector<Value*> sums;
  for (int position = 0; position < static_cast<int>(stage_.body.size()); ++position) {
    if (stage_.body[static_cast<size_t>(position)].opcode != Opcode::Contract) continue;
    if (pieces.empty()) sums.push_back(nullptr);
    for (const Piece& piece : pieces) sums.push_back(load_sum(position, piece));
  }
  const auto count = static_cast<int>(firsts.size());
  const TileEmitter::Shape shape{VectorAxis::Columns, stage_.lanes, count, 1, active};
  TileEmitter(b_, program_, stage_, shape, Numerics::for_throughput(target_), rows)
      .emit_with_sums(indices, firsts, sums);
}

// Tiles have the sums of each row behind one another; a row alone, those of all vectors.
Value* PanelEmitter::load_sum(int contraction, const Piece& piece) {
  const auto [f, member] = place_in_panels(stage_, static_cast<size_t>(contraction));
  const FamilyLayout& layout = layout_.families[f];
  const auto contractions = static_cast<int64_t>(stage_.panels->families[f].contractions.size());
  llvm::Type* type = vector_of(memory_type(b_, layout.dtype), stage_.lanes);
  Value* unit = b_.CreateAdd(b_.CreateMul(piece.vector, integer(contractions)), integer(member));
  Value* at = b_.CreateAdd(b_.CreateMul(piece.row, integer(layout.units)), unit);
  return b_.CreateLoad(type, b_.CreateGEP(type, sums_[f], {at}));
}

}  // namespace rondo::codegen
