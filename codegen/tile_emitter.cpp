#include "codegen/tile_emitter.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "codegen/element_types.h"
#include "codegen/origin_mark.h"
#include "ir/diagnostics.h"

namespace rondo::codegen {

using namespace ir;
using llvm::Value;

void emit_loop(llvm::IRBuilder<>& b, Value* begin, Value* end, int64_t step, const llvm::Twine& name,
               const LoopBody& body) {
  emit_loop(b, begin, end, b.getInt64(static_cast<uint64_t>(step)), name, body);
}

void emit_loop(llvm::IRBuilder<>& b, Value* begin, Value* end, Value* step, const llvm::Twine& name,
               const LoopBody& body) {
  llvm::Function* function = b.GetInsertBlock()->getParent();
  llvm::BasicBlock* before = b.GetInsertBlock();
  auto* head = llvm::BasicBlock::Create(b.getContext(), name + ".head", function);
  auto* inside = llvm::BasicBlock::Create(b.getContext(), name + ".body", function);
  auto* done = llvm::BasicBlock::Create(b.getContext(), name + ".done", function);
  b.CreateBr(head);
  b.SetInsertPoint(head);
  llvm::PHINode* index = b.CreatePHI(b.getInt64Ty(), 2, name);
  index->addIncoming(begin, before);
  b.CreateCondBr(b.CreateICmpSLT(index, end), inside, done);
  b.SetInsertPoint(inside);
  body(index);
  index->addIncoming(b.CreateAdd(index, step), b.GetInsertBlock());
  b.CreateBr(head);
  b.SetInsertPoint(done);
}

// --- values of the tile ---

TileEmitter::Values TileEmitter::shaped(bool per_row, bool per_vector, bool scalar) const {
  Values values{
      {}, per_row && shape_.rows > 1, per_vector && shape_.vectors > 1, scalar || shape_.lanes == 1};
  const int count = (values.per_row ? shape_.rows : 1) * (values.per_vector ? shape_.vectors : 1);
  values.at.resize(static_cast<size_t>(count));
  return values;
}

int TileEmitter::position(const Values& values, int row, int vector) const {
  return (values.per_row ? row : 0) * (values.per_vector ? shape_.vectors : 1) +
         (values.per_vector ? vector : 0);
}

Value* TileEmitter::get(int instruction, int row, int vector, bool as_vector) const {
  const Values& values = values_[static_cast<size_t>(instruction)];
  Value* value = values.at[static_cast<size_t>(position(values, row, vector))];
  return as_vector ? ComputeEmitter(b_, shape_.lanes, numerics_).splat(value) : value;
}

int TileEmitter::active_lanes(int vector) const {
  if (shape_.axis == VectorAxis::Samples) return shape_.lanes;
  return vector + 1 == shape_.vectors ? shape_.active_in_last : shape_.lanes;
}

// --- memory ---

const RowMemory& TileEmitter::row_memory(const Access& access, int row) {
  const auto key = std::pair(std::pair(access.buffer, access.time), row);
  const auto found = memory_.find(key);
  if (found != memory_.end()) return found->second;
  return memory_.emplace(key, rows_.memory(access, row)).first->second;
}

bool TileEmitter::varies_along_columns(const Access& access) const {
  return shape_.axis == VectorAxis::Columns && !access.strides.empty() && access.strides.back() != 0;
}

bool TileEmitter::is_shared(const Access& access) {
  return row_memory(access, 0).same_for_all_rows && (columns_.empty() || !varies_along_columns(access));
}

Value* TileEmitter::element_index(const Access& access, int row, int vector, Value* k) const {
  Value* index = b_.getInt64(static_cast<uint64_t>(access.offset));
  const auto add = [&](Value* loop, int64_t stride) {
    if (stride != 0)
      index = b_.CreateAdd(index, b_.CreateMul(loop, b_.getInt64(static_cast<uint64_t>(stride))));
  };
  for (size_t axis = 0; axis < access.strides.size(); ++axis) {
    const bool own = !columns_.empty() && axis + 1 == access.strides.size();
    add(own ? columns_[static_cast<size_t>(row)] : indices_[axis], access.strides[axis]);
  }
  if (k) add(k, access.k_stride);
  if (varies_along_columns(access))
    index = b_.CreateAdd(index,
                         b_.getInt64(static_cast<uint64_t>(access.strides.back() * vector * shape_.lanes)));
  return index;
}

Value* TileEmitter::address(const RowMemory& memory, llvm::Type* element, Value* index) const {
  if (memory.element_stride) index = b_.CreateMul(index, memory.element_stride);
  return b_.CreateGEP(element, memory.data, {index});
}

Value* TileEmitter::to_register(Value* in_memory, DType dtype) const {
  return dtype == DType::Bool ? b_.CreateIsNotNull(in_memory) : in_memory;
}

// A vector from memory: in one piece where the lanes lie side by side, or else lane by lane.
Value* TileEmitter::load_lanes(llvm::Type* element, const RowMemory& memory, Value* first,
                               int64_t column_stride, int active) {
  const llvm::Align align(element->getPrimitiveSizeInBits() / 8);
  llvm::Type* type = vector_of(element, shape_.lanes);
  const bool across_samples = shape_.axis == VectorAxis::Samples;
  const bool adjacent =
      across_samples ? memory.lanes_are_adjacent : column_stride == 1 && !memory.element_stride;
  if (adjacent && active == shape_.lanes) return b_.CreateAlignedLoad(type, first, align);
  if (adjacent && active > 1 && std::has_single_bit(static_cast<unsigned>(active)))
    return widened(b_.CreateAlignedLoad(vector_of(element, active), first, align), active);
  if (adjacent)
    return b_.CreateMaskedLoad(type, first, align, lane_mask(active), llvm::Constant::getNullValue(type));
  Value* stride = lane_stride(memory, column_stride);
  Value* result = llvm::Constant::getNullValue(type);
  for (int lane = 0; lane < active; ++lane) {
    Value* at =
        b_.CreateGEP(element, first, {b_.CreateMul(stride, b_.getInt64(static_cast<uint64_t>(lane)))});
    result =
        b_.CreateInsertElement(result, b_.CreateAlignedLoad(element, at, align), static_cast<uint64_t>(lane));
  }
  return result;
}

// A vector with zeros behind the first lanes: machines read a half or a quarter of a vector as quickly as a
// whole one, and under a mask more slowly.
Value* TileEmitter::widened(Value* part, int active) const {
  llvm::SmallVector<int> lanes;
  for (int lane = 0; lane < shape_.lanes; ++lane) lanes.push_back(std::min(lane, active));
  return b_.CreateShuffleVector(part, llvm::Constant::getNullValue(part->getType()), lanes);
}

// Whether a vector of which `active` lanes are columns may be read whole: rows of the workspace have room
// behind their last element. Written whole, where what it hits behind its columns is that room alone.
bool TileEmitter::has_room(const Access& access, int active, bool is_written) const {
  const Buffer& buffer = program_[access.buffer];
  if (shape_.axis != VectorAxis::Columns || buffer.rows == Rows::One || access.strides.empty() ||
      access.k_stride != 0)
    return false;
  int64_t end = access.offset + stage_.extents.back();
  for (size_t axis = 0; axis + 1 < stage_.extents.size(); ++axis) {
    if (access.strides[axis] < 0) return false;
    end += access.strides[axis] * (stage_.extents[axis] - 1);
  }
  const bool fits = end - active + shape_.lanes <= buffer.row_stride;
  return fits && (!is_written || (stage_.extents.size() == 1 && end == buffer.elements));
}

// Stores the first lanes of a vector, in pieces of powers of two: stores under a mask are slow where there
// are any.
void TileEmitter::store_lanes(Value* value, Value* first, llvm::Type* element, int active) {
  const llvm::Align align(element->getPrimitiveSizeInBits() / 8);
  for (int lane = 0; lane < active;) {
    const int width = static_cast<int>(std::bit_floor(static_cast<unsigned>(active - lane)));
    llvm::SmallVector<int> lanes(static_cast<size_t>(width));
    std::iota(lanes.begin(), lanes.end(), lane);
    b_.CreateAlignedStore(b_.CreateShuffleVector(value, lanes),
                          b_.CreateConstGEP1_64(element, first, static_cast<uint64_t>(lane)), align);
    lane += width;
  }
}

llvm::Constant* TileEmitter::lane_mask(int active) const {
  llvm::SmallVector<llvm::Constant*> mask;
  for (int lane = 0; lane < shape_.lanes; ++lane) mask.push_back(b_.getInt1(lane < active));
  return llvm::ConstantVector::get(mask);
}

// Elements from one lane to the next, where they do not lie side by side.
Value* TileEmitter::lane_stride(const RowMemory& memory, int64_t column_stride) const {
  if (shape_.axis == VectorAxis::Samples) return memory.lane_stride;
  Value* stride = b_.getInt64(static_cast<uint64_t>(column_stride));
  return memory.element_stride ? b_.CreateMul(stride, memory.element_stride) : stride;
}

Value* TileEmitter::base_address(const Access& access, DType dtype, int row, int vector) {
  const RowMemory& memory = row_memory(access, row);
  Value* at = address(memory, memory_type(b_, dtype), element_index(access, row, vector, nullptr));
  // Frozen: what is ahead of instruction selection would otherwise look through it, and move the arithmetic
  // of addresses back into the loops that it was taken out of.
  return memory.at_fixed_distance ? at : b_.CreateFreeze(at);
}

Value* TileEmitter::load_at(Value* first, const Access& access, DType dtype, int row, int vector,
                            bool as_vector) {
  const RowMemory& memory = row_memory(access, row);
  llvm::Type* element = memory_type(b_, dtype);
  const bool one_for_all =
      shape_.lanes == 1 ||
      (shape_.axis == VectorAxis::Samples ? !memory.lane_stride : !varies_along_columns(access));
  if (!one_for_all) {
    const int64_t column_stride = access.strides.empty() ? 0 : access.strides.back();
    int active = active_lanes(vector);
    if (column_stride == 1 && has_room(access, active, false)) active = shape_.lanes;
    return to_register(load_lanes(element, memory, first, column_stride, active), dtype);
  }
  const llvm::Align align(element->getPrimitiveSizeInBits() / 8);
  Value* loaded = to_register(b_.CreateAlignedLoad(element, first, align), dtype);
  return as_vector ? ComputeEmitter(b_, shape_.lanes, numerics_).splat(loaded) : loaded;
}

void TileEmitter::emit_load(const Instruction& instruction, Values& values) {
  if (!instruction.operands.empty()) {
    values = shaped(true, true, false);
    fill(values, [&](int row, int vector) { return load_gathered(instruction, row, vector); });
    return;
  }
  const RowMemory& memory = row_memory(instruction.access, 0);
  const bool columns = varies_along_columns(instruction.access);
  const bool scalar = shape_.axis == VectorAxis::Samples ? !memory.lane_stride : !columns;
  values = shaped(!is_shared(instruction.access), columns, scalar);
  fill(values, [&](int row, int vector) {
    const Access& access = instruction.access;
    Value* loaded = load_at(base_address(access, instruction.dtype, row, vector), access, instruction.dtype,
                            row, vector, false);
    if (access.time != Time::Previous || program_[access.buffer].before.valid()) return loaded;
    return b_.CreateSelect(rows_.is_first_step(row), llvm::Constant::getNullValue(loaded->getType()), loaded);
  });
}

// The element that a computed index chooses, lane by lane; the index is clamped, so that nothing else is
// read.
Value* TileEmitter::load_gathered(const Instruction& instruction, int row, int vector) {
  const RowMemory& memory = row_memory(instruction.access, row);
  llvm::Type* element = memory_type(b_, instruction.dtype);
  const llvm::Align align(element->getPrimitiveSizeInBits() / 8);
  Value* chosen = get(instruction.operands[0], row, vector, true);
  Value* base = element_index(instruction.access, row, vector, nullptr);
  const int64_t column_stride =
      varies_along_columns(instruction.access) ? instruction.access.strides.back() : 0;
  Value* result = llvm::Constant::getNullValue(vector_of(element, shape_.lanes));
  for (int lane = 0; lane < active_lanes(vector); ++lane) {
    Value* which = shape_.lanes == 1 ? chosen : b_.CreateExtractElement(chosen, static_cast<uint64_t>(lane));
    which = b_.CreateSExt(which, b_.getInt64Ty());
    which = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, which, b_.getInt64(0));
    which = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, which,
                                     b_.getInt64(static_cast<uint64_t>(instruction.k - 1)));
    Value* index = b_.CreateAdd(base, b_.getInt64(static_cast<uint64_t>(column_stride * lane)));
    index = b_.CreateAdd(
        index, b_.CreateMul(which, b_.getInt64(static_cast<uint64_t>(instruction.access.k_stride))));
    Value* at = address(memory, element, index);
    if (shape_.axis == VectorAxis::Samples && memory.lane_stride)
      at = b_.CreateGEP(element, at,
                        {b_.CreateMul(memory.lane_stride, b_.getInt64(static_cast<uint64_t>(lane)))});
    Value* loaded = b_.CreateAlignedLoad(element, at, align);
    result = shape_.lanes == 1 ? loaded : b_.CreateInsertElement(result, loaded, static_cast<uint64_t>(lane));
  }
  return to_register(result, instruction.dtype);
}

void TileEmitter::emit_store(const Instruction& instruction) {
  const Access& access = instruction.access;
  llvm::Type* element = memory_type(b_, instruction.dtype);
  const llvm::Align align(element->getPrimitiveSizeInBits() / 8);
  const bool across_samples = shape_.axis == VectorAxis::Samples;
  const int64_t column_stride = access.strides.empty() ? 0 : access.strides.back();
  for (int row = 0; row < shape_.rows; ++row) {
    const RowMemory& memory = row_memory(access, row);
    const bool adjacent =
        across_samples ? memory.lanes_are_adjacent : column_stride == 1 && !memory.element_stride;
    for (int vector = 0; vector < shape_.vectors; ++vector) {
      Value* value = get(instruction.operands[0], row, vector, true);
      if (instruction.dtype == DType::Bool) value = b_.CreateZExt(value, vector_of(element, shape_.lanes));
      Value* first = address(memory, element, element_index(access, row, vector, nullptr));
      int active = active_lanes(vector);
      if (adjacent && has_room(access, active, true)) active = shape_.lanes;
      if (shape_.lanes == 1) {
        b_.CreateAlignedStore(value, first, align);
      } else if (adjacent && active == shape_.lanes) {
        b_.CreateAlignedStore(value, first, align);
      } else if (adjacent) {
        store_lanes(value, first, element, active);
      } else {
        Value* stride = lane_stride(memory, column_stride);
        for (int lane = 0; lane < active; ++lane) {
          Value* at =
              b_.CreateGEP(element, first, {b_.CreateMul(stride, b_.getInt64(static_cast<uint64_t>(lane)))});
          b_.CreateAlignedStore(b_.CreateExtractElement(value, static_cast<uint64_t>(lane)), at, align);
        }
      }
    }
  }
}

// --- the body ---

void TileEmitter::emit_compute(const Instruction& instruction, Values& values) {
  bool per_row = false, per_vector = false, scalar = true;
  for (int operand : instruction.operands) {
    const Values& of = values_[static_cast<size_t>(operand)];
    per_row = per_row || of.per_row;
    per_vector = per_vector || of.per_vector;
    scalar = scalar && of.scalar;
  }
  values = shaped(per_row, per_vector, scalar);
  const ComputeEmitter emitter(b_, scalar ? 1 : shape_.lanes, numerics_);
  const DType from = stage_.body[static_cast<size_t>(instruction.operands.back())].dtype;
  fill(values, [&](int row, int vector) {
    std::vector<Value*> operands;
    for (int operand : instruction.operands) operands.push_back(get(operand, row, vector, !scalar));
    return emitter.compute(instruction.op, from, instruction.dtype, operands);
  });
}

void TileEmitter::emit_instruction(size_t index) {
  const Instruction& instruction = stage_.body[index];
  Values& values = values_[index];
  if (!needed_[index]) return;
  if (const auto known = known_.find(index); known != known_.end()) {
    values = shaped(false, false, false);
    values.at[0] = known->second;
    return;
  }
  const OriginMark mark(b_, program_, stage_, index);
  if (const int arm = taken_arm(instruction); arm >= 0) {
    values = values_[static_cast<size_t>(arm)];
    return;
  }
  switch (instruction.opcode) {
    case Opcode::Literal:
      values = shaped(false, false, true);
      values.at[0] = ComputeEmitter(b_, 1, numerics_).literal(instruction.literal, instruction.dtype);
      break;
    case Opcode::Load:
      emit_load(instruction, values);
      break;
    case Opcode::Compute:
      emit_compute(instruction, values);
      break;
    case Opcode::Contract:
      if (values.at.empty()) emit_contractions(index);
      break;
    case Opcode::Reduce:
      emit_reduction(instruction, values);
      break;
    case Opcode::Keep:
      values = shaped(true, false, shape_.axis == VectorAxis::Columns);
      fill(values, [&](int row, int) { return rows_.keep(row); });
      break;
    case Opcode::Store:
      emit_store(instruction);
      break;
  }
}

void TileEmitter::begin(const std::vector<Value*>& indices) {
  indices_ = indices;
  values_.assign(stage_.body.size(), {});
  find_needed();
}

// Where it is known whether the rows keep their step: the arm that a select by it takes, as its operand; or
// -1.
int TileEmitter::taken_arm(const Instruction& instruction) const {
  if (instruction.opcode != Opcode::Compute || instruction.op != Op::Select) return -1;
  const std::optional<bool> keep = rows_.known_keep();
  const int condition = instruction.operands[0];
  if (!keep || stage_.body[static_cast<size_t>(condition)].opcode != Opcode::Keep) return -1;
  return instruction.operands[*keep ? 1 : 2];
}

// A row that does not keep its step computes nothing but what states and outputs are then.
void TileEmitter::find_needed() {
  needed_.assign(stage_.body.size(), false);
  for (size_t i = stage_.body.size(); i-- > 0;) {
    const Instruction& instruction = stage_.body[i];
    if (instruction.opcode == Opcode::Store)
      needed_[i] =
          rows_.known_keep() != false || program_[instruction.access.buffer].kind != BufferKind::Temporary;
    if (!needed_[i]) continue;
    const int arm = taken_arm(instruction);
    if (arm >= 0)
      needed_[static_cast<size_t>(arm)] = true;
    else
      for (int operand : instruction.operands) needed_[static_cast<size_t>(operand)] = true;
  }
}

void TileEmitter::emit(const std::vector<Value*>& indices) {
  begin(indices);
  for (size_t i = 0; i < stage_.body.size(); ++i) emit_instruction(i);
}

std::vector<std::vector<Value*>> TileEmitter::emit_sums(const std::vector<Value*>& indices) {
  begin(indices);
  std::vector<std::vector<Value*>> sums;
  for (size_t i = 0; i < stage_.body.size(); ++i) {
    if (stage_.body[i].opcode != Opcode::Contract) continue;
    emit_instruction(i);
    sums.push_back(values_[i].at);
  }
  return sums;
}

void TileEmitter::emit_with_sums(const std::vector<Value*>& indices, const std::vector<Value*>& columns,
                                 const std::vector<Value*>& sums) {
  begin(indices);
  columns_ = columns;
  size_t next = 0;
  for (size_t i = 0; i < stage_.body.size(); ++i) {
    if (stage_.body[i].opcode == Opcode::Contract) {
      values_[i] = shaped(true, true, false);
      for (Value*& sum : values_[i].at) sum = sums[next++];
    }
  }
  for (size_t i = 0; i < stage_.body.size(); ++i) emit_instruction(i);
}

}  // namespace rondo::codegen
