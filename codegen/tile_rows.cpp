#include "codegen/tile_rows.h"

#include "codegen/element_types.h"
#include "ir/diagnostics.h"

namespace rondo::codegen {

using namespace ir;
using llvm::Value;

void TileRows::locate_all(const Nest& nest) {
  const int rows = static_cast<int>(rows_.size());
  for (const Stage& stage : nest.stages)
    for (Instruction instruction : stage.body) {
      for_each_access(instruction, [&](const Access& access) {
        for (int row = 0; row < rows; ++row) memory(access, row);
      });
      if (instruction.opcode != Opcode::Keep || known_keep_) continue;
      for (int row = 0; row < rows; ++row) keep(row);
    }
}

RowMemory TileRows::memory(const Access& access, int row) {
  const auto key = std::pair(std::pair(access.buffer, access.time), row);
  auto found = known_.find(key);
  if (found == known_.end()) {
    RowMemory memory = locate(access, rows_[static_cast<size_t>(row)]);
    if (!memory.at_fixed_distance)
      memory.data = b_.CreateFreeze(memory.data);  // see TileEmitter::base_address
    found = known_.emplace(key, memory).first;
  }
  return found->second;
}

Value* TileRows::keep(int row) {
  Value*& known = keeps_[row];
  if (!known) known = emit_keep(rows_[static_cast<size_t>(row)]);
  return known;
}

Value* TileRows::is_first_step(int row) {
  return b_.CreateICmpEQ(rows_[static_cast<size_t>(row)].t, b_.getInt64(0));
}

RowMemory TileRows::locate(const Access& access, const Row& row) {
  const Buffer& buffer = program_[access.buffer];
  const BufferMemory& memory = memory_[static_cast<size_t>(access.buffer.index)];
  const bool in_workspace = buffer.kind == BufferKind::State || buffer.kind == BufferKind::Temporary;
  if (buffer.rows == Rows::One) return {memory.current, nullptr, nullptr, false, true};
  if (memory.in_tile >= 0) return locate_in_tile(access, buffer, memory, row);
  return in_workspace ? locate_in_workspace(access, buffer, memory, row)
                      : locate_argument(access, buffer, memory, row);
}

namespace {

// From one step to the next, samples across lanes.
Value* step_stride(llvm::IRBuilder<>& b, const Buffer& buffer, const BufferMemory& memory,
                   const CallSizes& sizes) {
  if (memory.time_stride) return memory.time_stride;
  return b.CreateMul(b.getInt64(static_cast<uint64_t>(buffer.row_stride)), sizes.batch);
}

}  // namespace

StepPlaces find_step_places(llvm::IRBuilder<>& b, const LoopProgram& program, const CallSizes& sizes,
                            const std::vector<BufferMemory>& memory, const Nest& nest, Value* in_block) {
  StepPlaces places;
  for (const Stage& stage : nest.stages)
    for (const Instruction& instruction : stage.body)
      for_each_access(instruction, [&](const Access& access) {
        const Buffer& buffer = program[access.buffer];
        if (buffer.kind != BufferKind::Temporary || buffer.rows != Rows::Steps) return;
        const BufferMemory& at = memory[static_cast<size_t>(access.buffer.index)];
        Value*& place = places[access.buffer];
        if (place) return;
        Value* index = b.CreateMul(in_block, step_stride(b, buffer, at, sizes));
        place = b.CreateFreeze(b.CreateGEP(memory_type(b, buffer.dtype), at.current, {index}));
      });
  return places;
}

// A row that is a sample, samples across lanes. The address of the tile is frozen, the distances from it are
// not: they become part of the instructions.
RowMemory TileRows::locate_in_tile(const Access& access, const Buffer& buffer, const BufferMemory& memory,
                                   const Row& row) {
  const auto integer = [&](int64_t value) { return b_.getInt64(static_cast<uint64_t>(value)); };
  const int64_t lanes = sizes_.tile_lanes;
  const bool whole = lanes_ == lanes;  // these begin with a tile
  Value* first = access.time == Time::Next ? memory.next : memory.current;
  Value*& tile = tiles_[{first, row.sample}];
  if (!tile) {
    Value* sample = whole ? row.sample : b_.CreateAnd(row.sample, integer(-lanes));
    Value* bytes = b_.CreateMul(sample, integer(sizes_.tile_bytes_a_sample));
    tile = b_.CreateFreeze(b_.CreateGEP(b_.getInt8Ty(), first, {bytes}));
  }
  Value* data = b_.CreateConstGEP1_64(b_.getInt8Ty(), tile, static_cast<uint64_t>(memory.in_tile));
  if (!whole)
    data = b_.CreateGEP(memory_type(b_, buffer.dtype), data, {b_.CreateAnd(row.sample, integer(lanes - 1))});
  return {data, integer(lanes), integer(1), true, false, whole};
}

// Row-major with rows one behind another; or, across samples, element-major with samples side by side.
RowMemory TileRows::locate_in_workspace(const Access& access, const Buffer& buffer,
                                        const BufferMemory& memory, const Row& row) {
  Value* base = access.time == Time::Next ? memory.next : memory.current;
  llvm::Type* element = memory_type(b_, buffer.dtype);
  Value* stride = b_.getInt64(static_cast<uint64_t>(buffer.row_stride));
  if (program_.samples_across_lanes) {
    Value* index = row.sample;
    const auto place = places_.find(access.buffer);
    if (place != places_.end())
      base = place->second;
    else
      index = b_.CreateAdd(index, b_.CreateMul(row.in_block, step_stride(b_, buffer, memory, sizes_)));
    return {b_.CreateGEP(element, base, {index}), sizes_.batch, b_.getInt64(1), true, false};
  }
  Value* index = row.sample;
  if (buffer.rows == Rows::Steps) index = b_.CreateAdd(index, b_.CreateMul(row.in_block, sizes_.batch));
  return {b_.CreateGEP(element, base, {b_.CreateMul(index, stride)}), nullptr, nullptr, false, false};
}

RowMemory TileRows::locate_argument(const Access& access, const Buffer& buffer, const BufferMemory& memory,
                                    const Row& row) {
  Value* index = b_.CreateMul(row.sample, memory.batch_stride);
  const bool timed = buffer.rows == Rows::Steps;
  Value* t = access.time == Time::Previous ? b_.CreateSub(row.t, b_.getInt64(1)) : row.t;
  if (timed) index = b_.CreateAdd(index, b_.CreateMul(t, memory.time_stride));
  Value* data = b_.CreateGEP(memory_type(b_, buffer.dtype), memory.current, {index});
  Value* lane_stride = lanes_ > 1 ? memory.batch_stride : nullptr;
  if (access.time == Time::Previous) {
    Value* first = b_.CreateICmpEQ(row.t, b_.getInt64(0));
    const RowMemory before = locate_before(buffer, row);
    data = b_.CreateSelect(first, before.data, data);
    if (lane_stride) lane_stride = b_.CreateSelect(first, before.lane_stride, lane_stride);
  }
  return {data, nullptr, lane_stride, false, false};
}

// What stands before the first step of an output. Where that is zeros, something must be there to be read all
// the same.
RowMemory TileRows::locate_before(const Buffer& output, const Row& row) {
  if (!output.before.valid()) return {sizes_.spare_row, nullptr, b_.getInt64(0), false, false};
  return locate_argument({output.before, Time::Current, 0, {}, 0}, program_[output.before],
                         memory_[static_cast<size_t>(output.before.index)], row);
}

// A boolean, or one a lane.
Value* TileRows::emit_keep(const Row& row) {
  Value* result = lanes_ == 1 ? nullptr : llvm::PoisonValue::get(vector_of(b_.getInt1Ty(), lanes_));
  for (int lane = 0; lane < lanes_; ++lane) {
    Value* sample = b_.CreateAdd(row.sample, b_.getInt64(static_cast<uint64_t>(lane)));
    Value* keep = program_.masking == Masking::Mask ? keep_by_mask(row, sample) : keep_by_length(row, sample);
    result = lanes_ == 1 ? keep : b_.CreateInsertElement(result, keep, static_cast<uint64_t>(lane));
  }
  return result;
}

const BufferMemory& TileRows::argument(BufferKind kind) const {
  for (size_t i = 0; i < program_.buffers.size(); ++i)
    if (program_.buffers[i].kind == kind) return memory_[i];
  RONDO_CHECK(false, "a program that masks without a mask");
}

Value* TileRows::keep_by_mask(const Row& row, Value* sample) {
  const BufferMemory& mask = argument(BufferKind::Mask);
  Value* index = b_.CreateAdd(b_.CreateMul(sample, mask.batch_stride), b_.CreateMul(row.t, mask.time_stride));
  return b_.CreateIsNotNull(
      b_.CreateLoad(b_.getInt8Ty(), b_.CreateGEP(b_.getInt8Ty(), mask.current, {index})));
}

Value* TileRows::keep_by_length(const Row& row, Value* sample) {
  const BufferMemory& lengths = argument(BufferKind::Lengths);
  Value* index = b_.CreateMul(sample, lengths.batch_stride);
  Value* length = b_.CreateLoad(b_.getInt64Ty(), b_.CreateGEP(b_.getInt64Ty(), lengths.current, {index}));
  Value* original = row.t;
  if (program_.go_backwards) original = b_.CreateSub(b_.CreateSub(sizes_.time, b_.getInt64(1)), row.t);
  return b_.CreateICmpSLT(original, length);
}

}  // namespace rondo::codegen
