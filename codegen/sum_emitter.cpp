// Contractions and reductions of a tile, in the order of ir/summation.h.
#include <llvm/IR/Constants.h>

#include <algorithm>

#include "codegen/element_types.h"
#include "codegen/tile_emitter.h"
#include "ir/element.h"
#include "ir/summation.h"

namespace rondo::codegen {

using namespace ir;
using llvm::Value;

namespace {

// Sums of up to so many products in all are written out; longer ones loop, this many terms a turn.
constexpr int64_t straight_products = 64;
constexpr int64_t terms_a_turn = 4;
// Up to so many accumulators the blocks of a sum run side by side: one chain alone would wait for each
// addition.
constexpr int few_accumulators = 6;

}  // namespace

std::optional<size_t> TileEmitter::find(const std::vector<Stream>& streams, const Stream& wanted) {
  for (size_t i = 0; i < streams.size(); ++i) {
    const Stream& known = streams[i];
    if (known.is_packed == wanted.is_packed && known.row == wanted.row && known.vector == wanted.vector &&
        known.access == wanted.access)
      return i;
  }
  return std::nullopt;
}

size_t TileEmitter::unpacked_stream(std::vector<Stream>& streams, const Access& access, DType dtype, int row,
                                    int vector) {
  if (is_shared(access)) row = 0;
  if (!varies_along_columns(access)) vector = 0;
  Stream stream{access, dtype, row, vector, false};
  if (const std::optional<size_t> known = find(streams, stream)) return *known;
  stream.first = base_address(access, dtype, row, vector);
  stream.term_bytes = b_.getInt64(static_cast<uint64_t>(access.k_stride * size_of(dtype)));
  if (Value* stride = row_memory(access, row).element_stride)
    stream.term_bytes = b_.CreateMul(stream.term_bytes, stride);
  streams.push_back(stream);
  return streams.size() - 1;
}

// Left sides that several contractions share are read once.
size_t TileEmitter::left_of(std::vector<Stream>& streams, size_t contraction, int row, int vector) {
  const Instruction& contract = stage_.body[contraction];
  return unpacked_stream(streams, contract.access, contract.dtype, row, vector);
}

// Weights are read once for all rows.
size_t TileEmitter::right_of(std::vector<Stream>& streams, size_t contraction, int row, int vector) {
  const Instruction& contract = stage_.body[contraction];
  if (!packed_) return unpacked_stream(streams, contract.rhs, contract.dtype, row, vector);
  Stream stream{contract.rhs, contract.dtype, 0, vector, true};
  if (const std::optional<size_t> known = find(streams, stream)) return *known;
  const FamilyLayout& family = packed_->layout.families[place_in_panels(stage_, contraction).family];
  stream.first = first_packed(contraction, vector);
  stream.term_bytes = b_.getInt64(static_cast<uint64_t>(family.term_bytes()));
  streams.push_back(stream);
  return streams.size() - 1;
}

// Where the packed weights of a contraction begin for a vector of the tile: FamilyLayout::unit_offset, where
// the block is known to the code alone. Frozen, as all addresses of streams (TileEmitter::base_address).
Value* TileEmitter::first_packed(size_t contraction, int vector) const {
  const auto integer = [&](int64_t value) { return b_.getInt64(static_cast<uint64_t>(value)); };
  const PanelLayout& layout = packed_->layout;
  const auto [family_number, member] = place_in_panels(stage_, contraction);
  const FamilyLayout& family = layout.families[family_number];
  const int64_t vectors = stage_.panels->vectors;
  Value* before = integer(0);
  for (size_t axis = 0; axis + 1 < indices_.size(); ++axis)
    before = b_.CreateAdd(b_.CreateMul(before, integer(stage_.extents[axis])), indices_[axis]);
  Value* number = b_.CreateAdd(b_.CreateUDiv(indices_.back(), integer(stage_.lanes)), integer(vector));
  Value* block =
      b_.CreateAdd(b_.CreateMul(before, integer(layout.blocks)), b_.CreateUDiv(number, integer(vectors)));
  Value* unit = integer(member);
  if (vectors > 1) {
    const auto contractions =
        static_cast<int64_t>(stage_.panels->families[family_number].contractions.size());
    Value* in_block = b_.CreateURem(number, integer(vectors));
    unit = b_.CreateAdd(b_.CreateMul(in_block, integer(contractions)), unit);
  }
  Value* group_start =
      b_.CreateMul(b_.CreateUDiv(unit, integer(family.group)), integer(family.terms * family.term_bytes()));
  Value* in_group = b_.CreateMul(b_.CreateURem(unit, integer(family.group)), integer(family.vector_bytes));
  Value* bytes = b_.CreateAdd(b_.CreateMul(block, integer(layout.block_bytes)),
                              b_.CreateAdd(b_.CreateAdd(group_start, in_group), integer(family.offset)));
  return b_.CreateFreeze(b_.CreateGEP(b_.getInt8Ty(), packed_->memory, {bytes}));
}

Value* TileEmitter::at_term(const Stream& stream, Value* first, int64_t term) const {
  Value* bytes = b_.CreateMul(stream.term_bytes, b_.getInt64(static_cast<uint64_t>(term)));
  return b_.CreateGEP(b_.getInt8Ty(), first, {bytes});
}

// Packed weights are whole vectors, zeros where there are no columns.
Value* TileEmitter::load_term(const Stream& stream, Value* at) {
  if (!stream.is_packed) return load_at(at, stream.access, stream.dtype, stream.row, stream.vector, true);
  llvm::Type* type = vector_of(memory_type(b_, stream.dtype), shape_.lanes);
  return b_.CreateAlignedLoad(type, at, packed_alignment(type));
}

// Runs `count` terms of several blocks side by side; block i begins at begins[i].
void TileEmitter::sum_block(std::vector<std::vector<Accumulators>>& blocks,
                            const std::vector<int64_t>& begins, int64_t count) {
  if (count <= 0) return;
  const ComputeEmitter emitter(b_, shape_.lanes, numerics_);
  // Places of the operands at the first term, and which place each product reads: by block, member, row and
  // vector.
  std::vector<std::vector<Stream>> streams(blocks.size());
  std::vector<std::pair<size_t, size_t>> reads;
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (const Accumulators& accumulators : blocks[i]) {
      const auto contraction = static_cast<size_t>(accumulators.instruction);
      for (int row = 0; row < shape_.rows; ++row)
        for (int vector = 0; vector < shape_.vectors; ++vector) {
          const size_t left = left_of(streams[i], contraction, row, vector);
          reads.emplace_back(left, right_of(streams[i], contraction, row, vector));
        }
    }
    for (Stream& stream : streams[i]) stream.first = at_term(stream, stream.first, begins[i]);
  }
  const auto add_term = [&](const std::vector<std::vector<Value*>>& from, int64_t term) {
    size_t product = 0;
    for (size_t i = 0; i < blocks.size(); ++i) {
      std::vector<Value*> loaded;
      for (size_t s = 0; s < streams[i].size(); ++s)
        loaded.push_back(load_term(streams[i][s], at_term(streams[i][s], from[i][s], term)));
      for (Accumulators& accumulators : blocks[i])
        for (Value*& sum : accumulators.sums) {
          const auto [left, right] = reads[product++];
          sum = emitter.fused_multiply_add(streams[i][left].dtype, loaded[left], loaded[right], sum);
        }
    }
  };
  // The place of every stream moves along by `terms` terms.
  const auto moved = [&](const std::vector<std::vector<Value*>>& places, int64_t terms) {
    std::vector<std::vector<Value*>> result(blocks.size());
    for (size_t i = 0; i < blocks.size(); ++i)
      for (size_t s = 0; s < streams[i].size(); ++s)
        result[i].push_back(at_term(streams[i][s], places[i][s], terms));
    return result;
  };
  std::vector<std::vector<Value*>> places(blocks.size());
  for (size_t i = 0; i < blocks.size(); ++i)
    for (const Stream& stream : streams[i]) places[i].push_back(stream.first);
  int64_t done = 0;
  if (count > terms_a_turn && count * static_cast<int64_t>(reads.size()) > straight_products) {
    done = count / terms_a_turn * terms_a_turn;
    llvm::BasicBlock* before = b_.GetInsertBlock();
    auto* loop = llvm::BasicBlock::Create(b_.getContext(), "sum", before->getParent());
    b_.CreateBr(loop);
    b_.SetInsertPoint(loop);
    llvm::PHINode* j = b_.CreatePHI(b_.getInt64Ty(), 2, "k");
    j->addIncoming(b_.getInt64(0), before);
    std::vector<llvm::PHINode*> phis;
    const auto each_carried = [&](auto&& body) {
      for (auto& block : blocks)
        for (Accumulators& accumulators : block)
          for (Value*& sum : accumulators.sums) body(sum);
      for (auto& block : places)
        for (Value*& place : block) body(place);
    };
    each_carried([&](Value*& value) {
      phis.push_back(b_.CreatePHI(value->getType(), 2));
      phis.back()->addIncoming(value, before);
      value = phis.back();
    });
    for (int64_t term = 0; term < terms_a_turn; ++term) add_term(places, term);
    places = moved(places, terms_a_turn);
    Value* next = b_.CreateAdd(j, b_.getInt64(terms_a_turn));
    j->addIncoming(next, b_.GetInsertBlock());
    size_t which = 0;
    each_carried([&](Value*& value) { phis[which++]->addIncoming(value, b_.GetInsertBlock()); });
    auto* after = llvm::BasicBlock::Create(b_.getContext(), "sum.done", before->getParent());
    b_.CreateCondBr(b_.CreateICmpSLT(next, b_.getInt64(static_cast<uint64_t>(done))), loop, after);
    b_.SetInsertPoint(after);
  }
  for (int64_t term = 0; term < count - done; ++term) add_term(places, term);
}

// A contraction and those that share its left side. None of them reads what the stage writes, so that they
// may all run ahead.
void TileEmitter::emit_contractions(size_t contraction) {
  std::vector<Accumulators> group;
  for (const std::vector<int>& members : contractions_by_left_side(stage_)) {
    if (std::count(members.begin(), members.end(), static_cast<int>(contraction)) == 0) continue;
    for (const int member : members) {
      llvm::Type* type = vector_of(register_type(b_, stage_.body[contraction].dtype), shape_.lanes);
      group.push_back({member, std::vector<Value*>(static_cast<size_t>(shape_.rows * shape_.vectors),
                                                   llvm::Constant::getNullValue(type))});
    }
  }
  const int64_t k = stage_.body[contraction].k;
  const int blocks = contraction_blocks(k);
  const int64_t size = contraction_block_size(k);
  std::vector<std::vector<Accumulators>> sums(static_cast<size_t>(blocks), group);
  std::vector<int64_t> begins, counts;
  for (int block = 0; block < blocks; ++block) {
    begins.push_back(block * size);
    counts.push_back(std::clamp<int64_t>(k - block * size, 0, size));
  }
  const bool side_by_side = static_cast<int>(group.size()) * shape_.rows * shape_.vectors <= few_accumulators;
  const int64_t together = side_by_side ? counts.back() : 0;
  if (together > 0) sum_block(sums, begins, together);
  for (size_t block = 0; block < sums.size(); ++block) {
    std::vector<std::vector<Accumulators>> one{std::move(sums[block])};
    sum_block(one, {begins[block] + together}, counts[block] - together);
    sums[block] = std::move(one[0]);
  }
  for (size_t member = 0; member < group.size(); ++member) {
    Values& values = values_[static_cast<size_t>(group[member].instruction)];
    values = shaped(true, true, false);
    fill(values, [&](int row, int vector) {
      const auto sum = [&](size_t block) {
        const int position = row * shape_.vectors + vector;
        return sums[block][member].sums[static_cast<size_t>(position)];
      };
      if (blocks == 1) return sum(0);
      return b_.CreateFAdd(sum(0), sum(1));
    });
  }
}

Value* TileEmitter::join(const Instruction& instruction, int lanes, Value* a, Value* b) const {
  const std::vector<Value*> operands{a, b};
  return ComputeEmitter(b_, lanes, numerics_)
      .compute(joining_op(instruction.op), instruction.dtype, instruction.dtype, operands);
}

void TileEmitter::emit_reduction(const Instruction& instruction, Values& values) {
  RONDO_CHECK(shape_.axis == VectorAxis::Samples || shape_.lanes == 1,
              "a reduction in a stage with vectors along its columns");
  values = shaped(true, true, shape_.lanes == 1);
  if (instruction.k == 0) {
    const LiteralValue nothing = reduction_of_nothing(instruction.op, instruction.dtype).to_literal();
    fill(values, [&](int, int) {
      return ComputeEmitter(b_, shape_.lanes, numerics_).literal(nothing, instruction.dtype);
    });
    return;
  }
  fill(values, [&](int row, int vector) {
    return shape_.axis == VectorAxis::Samples ? reduce_samples(instruction, row)
                                              : reduce_columns(instruction, row, vector);
  });
}

// One sum, its partial results side by side in the lanes of one vector, whatever the machine's width.
Value* TileEmitter::reduce_columns(const Instruction& instruction, int row, int vector) {
  const auto lanes = static_cast<int>(reduction_lanes);
  const DType dtype = instruction.dtype;
  llvm::Type* element = memory_type(b_, dtype);
  llvm::Type* type = vector_of(element, lanes);
  const llvm::Align align(element->getPrimitiveSizeInBits() / 8);
  const RowMemory& memory = row_memory(instruction.access, row);
  Value* neutral = ComputeEmitter(b_, lanes, numerics_)
                       .literal(neutral_element(instruction.op, dtype).to_literal(), dtype);
  const auto load = [&](Value* k, int64_t active) -> Value* {
    Value* index = element_index(instruction.access, row, vector, k);
    if (active == lanes && instruction.access.k_stride == 1 && !memory.element_stride)
      return b_.CreateAlignedLoad(type, address(memory, element, index), align);
    Value* result = neutral;
    for (int64_t lane = 0; lane < active; ++lane) {
      Value* at = b_.CreateAdd(index, b_.getInt64(static_cast<uint64_t>(lane * instruction.access.k_stride)));
      result =
          b_.CreateInsertElement(result, b_.CreateAlignedLoad(element, address(memory, element, at), align),
                                 static_cast<uint64_t>(lane));
    }
    return result;
  };
  const int64_t whole = instruction.k / lanes * lanes;
  Value* partial = neutral;
  if (whole == lanes) partial = join(instruction, lanes, partial, load(b_.getInt64(0), lanes));
  if (whole > lanes) {
    llvm::BasicBlock* before = b_.GetInsertBlock();
    auto* loop = llvm::BasicBlock::Create(b_.getContext(), "reduce", before->getParent());
    auto* after = llvm::BasicBlock::Create(b_.getContext(), "reduce.done", before->getParent());
    b_.CreateBr(loop);
    b_.SetInsertPoint(loop);
    llvm::PHINode* k = b_.CreatePHI(b_.getInt64Ty(), 2, "k");
    llvm::PHINode* running = b_.CreatePHI(type, 2);
    k->addIncoming(b_.getInt64(0), before);
    running->addIncoming(partial, before);
    partial = join(instruction, lanes, running, load(k, lanes));
    Value* next = b_.CreateAdd(k, b_.getInt64(static_cast<uint64_t>(lanes)));
    k->addIncoming(next, b_.GetInsertBlock());
    running->addIncoming(partial, b_.GetInsertBlock());
    b_.CreateCondBr(b_.CreateICmpSLT(next, b_.getInt64(static_cast<uint64_t>(whole))), loop, after);
    b_.SetInsertPoint(after);
  }
  if (whole < instruction.k)
    partial = join(instruction, lanes, partial,
                   load(b_.getInt64(static_cast<uint64_t>(whole)), instruction.k - whole));
  for (int half = lanes / 2; half > 0; half /= 2) {
    llvm::SmallVector<int> low, high;
    for (int lane = 0; lane < half; ++lane) {
      low.push_back(lane);
      high.push_back(lane + half);
    }
    partial =
        join(instruction, half, b_.CreateShuffleVector(partial, low), b_.CreateShuffleVector(partial, high));
    if (half == 1) break;
  }
  return partial->getType()->isVectorTy() ? b_.CreateExtractElement(partial, uint64_t{0}) : partial;
}

// One sum a lane: the partial results are whole vectors of samples.
Value* TileEmitter::reduce_samples(const Instruction& instruction, int row) {
  const auto lanes = static_cast<size_t>(reduction_lanes);
  const DType dtype = instruction.dtype;
  Value* neutral = ComputeEmitter(b_, shape_.lanes, numerics_)
                       .literal(neutral_element(instruction.op, dtype).to_literal(), dtype);
  std::vector<Value*> partial(lanes, neutral);
  const auto take = [&](Value* base, int64_t count) {
    for (int64_t lane = 0; lane < count; ++lane) {
      Value* k = b_.CreateAdd(base, b_.getInt64(static_cast<uint64_t>(lane)));
      Value*& at = partial[static_cast<size_t>(lane)];
      Value* first = address(row_memory(instruction.access, row), memory_type(b_, dtype),
                             element_index(instruction.access, row, 0, k));
      Value* term = load_at(first, instruction.access, dtype, row, 0, true);
      at = join(instruction, shape_.lanes, at, term);
    }
  };
  const int64_t whole = instruction.k / reduction_lanes * reduction_lanes;
  if (whole > 0) {
    llvm::BasicBlock* before = b_.GetInsertBlock();
    auto* loop = llvm::BasicBlock::Create(b_.getContext(), "reduce", before->getParent());
    auto* after = llvm::BasicBlock::Create(b_.getContext(), "reduce.done", before->getParent());
    b_.CreateBr(loop);
    b_.SetInsertPoint(loop);
    llvm::PHINode* k = b_.CreatePHI(b_.getInt64Ty(), 2, "k");
    k->addIncoming(b_.getInt64(0), before);
    std::vector<llvm::PHINode*> phis;
    for (Value*& value : partial) {
      phis.push_back(b_.CreatePHI(value->getType(), 2));
      phis.back()->addIncoming(value, before);
      value = phis.back();
    }
    take(k, reduction_lanes);
    Value* next = b_.CreateAdd(k, b_.getInt64(static_cast<uint64_t>(reduction_lanes)));
    k->addIncoming(next, b_.GetInsertBlock());
    for (size_t lane = 0; lane < lanes; ++lane) phis[lane]->addIncoming(partial[lane], b_.GetInsertBlock());
    b_.CreateCondBr(b_.CreateICmpSLT(next, b_.getInt64(static_cast<uint64_t>(whole))), loop, after);
    b_.SetInsertPoint(after);
  }
  take(b_.getInt64(static_cast<uint64_t>(whole)), instruction.k - whole);
  for (size_t half = lanes / 2; half > 0; half /= 2)
    for (size_t lane = 0; lane < half; ++lane)
      partial[lane] = join(instruction, shape_.lanes, partial[lane], partial[lane + half]);
  return partial[0];
}

}  // namespace rondo::codegen
