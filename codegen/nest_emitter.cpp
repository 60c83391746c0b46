#include "codegen/nest_emitter.h"

#include <algorithm>

#include "codegen/element_types.h"

namespace rondo::codegen {

using namespace ir;
using llvm::Value;

bool NestEmitter::across_samples() const {
  return program_.samples_across_lanes && nest_.rows != Rows::One;
}

// The tiles of the nest's stage, largest first: each takes as many rows as it can, the last takes what is
// left. A nest of several stages runs one row at a time. Across samples, a vector of samples counts as one
// row.
std::vector<NestEmitter::RowRange> NestEmitter::row_ranges(const Moment& moment) const {
  Value* zero = b_.getInt64(0);
  if (nest_.rows == Rows::One) return {{zero, b_.getInt64(1), 1, 1}};
  std::vector<int> widths;
  if (across_samples()) {
    int lanes = 1;
    for (const Stage& stage : nest_.stages) lanes = std::max(lanes, stage.lanes);
    widths = {lanes, 1};
  } else if (nest_.stages.size() == 1) {
    for (const Tile& tile : nest_.stages[0].tiles) widths.push_back(tile.rows);
  }
  if (widths.empty() || widths.back() != 1 || nest_.stages.size() > 1) widths.push_back(1);
  const bool along_steps = nest_.rows == Rows::Steps && !across_samples();
  Value* count = along_steps ? moment.block_count : sizes_.batch;
  std::vector<RowRange> ranges;
  Value* begin = zero;
  for (size_t i = 0; i < widths.size(); ++i) {
    if (i > 0 && widths[i] == widths[i - 1]) continue;
    Value* end = count;
    if (widths[i] > 1) {
      Value* left = b_.CreateSub(count, begin);
      end = b_.CreateSub(count, b_.CreateSRem(left, b_.getInt64(static_cast<uint64_t>(widths[i]))));
    }
    ranges.push_back({begin, end, across_samples() ? 1 : widths[i], across_samples() ? widths[i] : 1});
    begin = end;
  }
  return ranges;
}

void NestEmitter::emit(const Moment& moment) {
  const std::vector<RowRange> ranges = row_ranges(moment);
  for (size_t i = 0; i < ranges.size(); ++i) emit_range(moment, ranges[i], i);
}

void NestEmitter::emit_range(const Moment& moment, const RowRange& range, size_t tile) {
  const auto vectors = [&](const Stage& stage) {
    if (stage.tiles.empty() || across_samples()) return 1;
    const size_t which = range.rows == 1 ? stage.tiles.size() - 1 : tile;
    return stage.tiles[which].vectors;
  };
  if (nest_.order == LoopOrder::ColumnsOutside && nest_.stages.size() == 1) {
    const Stage& stage = nest_.stages[0];
    // No rows, no columns: the column loop is not walked for nothing.
    llvm::Function* function = b_.GetInsertBlock()->getParent();
    auto* some = llvm::BasicBlock::Create(b_.getContext(), "rows", function);
    auto* done = llvm::BasicBlock::Create(b_.getContext(), "rows.done", function);
    b_.CreateCondBr(b_.CreateICmpSLT(range.begin, range.end), some, done);
    b_.SetInsertPoint(some);
    if (sums_row_first(stage, range, vectors(stage)))
      emit_rows(moment, range, [&](const RowTile& row) { emit_summed_row(stage, vectors(stage), row.rows); });
    else
      emit_columns(stage, range.sample_lanes, vectors(stage), Rest::Apart,
                   [&](const auto& indices, TileEmitter::Shape shape) {
                     shape.rows = range.rows;
                     emit_rows(moment, range,
                               [&](const RowTile& rows) { emit_tile(stage, indices, shape, rows); });
                   });
    b_.CreateBr(done);
    b_.SetInsertPoint(done);
    return;
  }
  emit_rows(moment, range, [&](const RowTile& rows) {
    for (const Stage& stage : nest_.stages) {
      if (&stage != &nest_.stages.front()) begin_block();
      emit_columns(stage, range.sample_lanes, vectors(stage), Rest::Apart,
                   [&](const auto& indices, TileEmitter::Shape shape) {
                     shape.rows = range.rows;
                     emit_tile(stage, indices, shape, rows);
                   });
    }
  });
}

// Ends the basic block where LLVM cannot join it again: instruction selection takes more than linear time
// over the length of a block. The branch is never taken, as the batch is not negative.
void NestEmitter::begin_block() {
  llvm::Function* function = b_.GetInsertBlock()->getParent();
  auto* next = llvm::BasicBlock::Create(b_.getContext(), "stage", function);
  auto* never = llvm::BasicBlock::Create(b_.getContext(), "never", function);
  b_.CreateCondBr(b_.CreateICmpSLT(sizes_.batch, b_.getInt64(0)), never, next);
  b_.SetInsertPoint(never);
  // What prepares weights returns nothing.
  if (function->getReturnType()->isVoidTy())
    b_.CreateRetVoid();
  else
    b_.CreateRet(b_.getInt32(0));
  b_.SetInsertPoint(next);
}

// A tile of several rows or vectors sums all of its contractions in registers, puts them aside, and runs the
// rest of the body in a loop over them: written out for each, activations would be most of the code of a
// kernel.
void NestEmitter::emit_tile(const Stage& stage, const std::vector<Value*>& indices,
                            const TileEmitter::Shape& shape, const RowTile& tile) {
  // One row is another matter: there is nothing to run beside it but its own vectors, instruction by
  // instruction, as a processor looks ahead less far than the body of a cell is long.
  const bool single = shape.rows == 1 && shape.vectors <= 2;
  const bool contracts = std::any_of(stage.body.begin(), stage.body.end(),
                                     [](const Instruction& i) { return i.opcode == Opcode::Contract; });
  const Numerics numerics = contracts ? Numerics::for_latency(target_) : Numerics::for_throughput(target_);
  TileEmitter emitter(b_, program_, stage, shape, numerics, tile.rows);
  if (const auto known = known_.find(&stage); known != known_.end()) emitter.take(known->second);
  if (packed_) emitter.take(&*packed_);
  if (single || !contracts) return emitter.emit(indices);

  SumsAside sums(b_, stack_, stage, shape.lanes, shape.rows * shape.vectors);
  sums.store(emitter.emit_sums(indices), b_.getInt64(0));
  const auto rest = [&](RowSource& row_source, Value* row, Value* vector, int active) {
    TileEmitter::Shape one = shape;
    one.rows = one.vectors = 1;
    one.active_in_last = active;
    Value* position =
        b_.CreateAdd(b_.CreateMul(row, b_.getInt64(static_cast<uint64_t>(shape.vectors))), vector);
    std::vector<Value*> at = indices;
    if (!at.empty())
      at.back() =
          b_.CreateAdd(at.back(), b_.CreateMul(vector, b_.getInt64(static_cast<uint64_t>(shape.lanes))));
    TileEmitter(b_, program_, stage, one, numerics, row_source)
        .emit_with_sums(at, {}, sums.load(position, 1));
  };
  emit_loop(b_, b_.getInt64(0), b_.getInt64(static_cast<uint64_t>(shape.rows)), 1, "row", [&](Value* row) {
    const std::unique_ptr<RowSource> source = tile.row_at(row);
    const bool partial = shape.axis == VectorAxis::Columns && shape.active_in_last < shape.lanes;
    const int whole = partial ? shape.vectors - 1 : shape.vectors;
    if (whole > 0)
      emit_loop(b_, b_.getInt64(0), b_.getInt64(static_cast<uint64_t>(whole)), 1, "vector",
                [&](Value* vector) { rest(*source, row, vector, shape.lanes); });
    if (partial) rest(*source, row, b_.getInt64(static_cast<uint64_t>(whole)), shape.active_in_last);
  });
}

// Whether a row of several tiles sums all of its columns ahead of the rest of their bodies.
bool NestEmitter::sums_row_first(const Stage& stage, const RowRange& range, int vectors) const {
  if (!packed_ || range.rows != 1 || stage.extents.size() != 1 || stage.panels->together == 1) return false;
  return stage.extents.back() > int64_t{stage.lanes} * vectors && sums_fit_aside(stage);
}

// Activations wait for one another, and have nothing but each other to fill these waits once the sums are
// done: so they run side by side, and an odd vector beside the last two rather than behind them. Sums fill
// theirs with few accumulators.
void NestEmitter::emit_summed_row(const Stage& stage, int vectors, RowSource& row) {
  constexpr int most_accumulators = 9;
  const auto lanes = static_cast<uint64_t>(stage.lanes);
  const auto count = static_cast<int>((stage.extents.back() + stage.lanes - 1) / stage.lanes);
  const bool joined = (vectors + count % vectors) * contractions_at_once(stage) <= most_accumulators;
  SumsAside sums(b_, stack_, stage, stage.lanes, count);
  const auto position = [&](const std::vector<Value*>& at) {
    return b_.CreateUDiv(at.back(), b_.getInt64(lanes));
  };
  emit_columns(stage, 1, vectors, joined ? Rest::Joined : Rest::Apart,
               [&](const auto& at, const auto& shape) {
                 TileEmitter emitter(b_, program_, stage, shape, Numerics::for_latency(target_), row);
                 emitter.take(&*packed_);
                 sums.store(emitter.emit_sums(at), position(at));
               });
  emit_columns(stage, 1, stage.panels->together, Rest::Joined, [&](const auto& at, const auto& shape) {
    TileEmitter(b_, program_, stage, shape, Numerics::for_throughput(target_), row)
        .emit_with_sums(at, {}, sums.load(position(at), shape.vectors));
  });
}

// What is the same for all samples, spread over vectors once ahead of the loop over them: weights that stages
// without columns load.
void NestEmitter::load_numbers(int lanes) {
  known_.clear();
  if (lanes == 1) return;
  for (const Stage& stage : nest_.stages) {
    if (std::any_of(stage.extents.begin(), stage.extents.end(), [](int64_t extent) { return extent != 1; }))
      continue;
    for (size_t i = 0; i < stage.body.size(); ++i) {
      const Instruction& load = stage.body[i];
      const bool is_number = load.opcode == Opcode::Load && load.operands.empty() &&
                             program_[load.access.buffer].rows == Rows::One && load.dtype != DType::Bool;
      if (!is_number) continue;
      llvm::Type* element = memory_type(b_, load.dtype);
      Value* memory = memory_[static_cast<size_t>(load.access.buffer.index)].current;
      Value* at = b_.CreateConstGEP1_64(element, memory, static_cast<uint64_t>(load.access.offset));
      Value* number =
          b_.CreateAlignedLoad(element, at, llvm::Align(static_cast<uint64_t>(size_of(load.dtype))));
      known_[&stage][i] = b_.CreateVectorSplat(static_cast<unsigned>(lanes), number);
    }
  }
}

void NestEmitter::emit_rows(const Moment& moment, const RowRange& range,
                            const std::function<void(const RowTile&)>& body) {
  using Row = TileRows::Row;
  StepPlaces places;
  // `row` makes the row with a given number, counted from the first of the tile.
  const auto tile = [&](const std::function<Row(Value*)>& row) {
    const auto source_of = [&](std::vector<Row> rows) {
      auto source =
          std::make_unique<TileRows>(b_, program_, sizes_, memory_, std::move(rows), range.sample_lanes);
      source->take_places(places);
      source->locate_all(nest_);
      return source;
    };
    std::vector<Row> rows;
    for (int i = 0; i < range.rows; ++i) rows.push_back(row(b_.getInt64(static_cast<uint64_t>(i))));
    const std::unique_ptr<TileRows> source = source_of(std::move(rows));
    body({*source, [&](Value* number) { return source_of({row(number)}); }});
  };
  const int64_t stride = int64_t{range.rows} * range.sample_lanes;
  switch (nest_.rows) {
    case Rows::One:
      tile([&](Value*) { return Row{b_.getInt64(0), moment.t, moment.in_block}; });
      break;
    case Rows::Samples:
      if (across_samples()) {
        places = find_step_places(b_, program_, sizes_, memory_, nest_, moment.in_block);
        load_numbers(range.sample_lanes);
      }
      emit_loop(b_, range.begin, range.end, stride, "sample", [&](Value* sample) {
        tile([&](Value* row) { return Row{b_.CreateAdd(sample, row), moment.t, moment.in_block}; });
      });
      break;
    case Rows::Steps: {
      const auto at = [&](Value* sample, Value* in_block) {
        return Row{sample, b_.CreateAdd(moment.block_begin, in_block), in_block};
      };
      // Samples outside, so that steps of one sample run upwards and a tile takes several of them.
      if (across_samples()) {
        emit_loop(b_, b_.getInt64(0), moment.block_count, 1, "t", [&](Value* in_block) {
          emit_loop(b_, range.begin, range.end, stride, "sample",
                    [&](Value* sample) { tile([&](Value*) { return at(sample, in_block); }); });
        });
        break;
      }
      emit_loop(b_, b_.getInt64(0), sizes_.batch, 1, "sample", [&](Value* sample) {
        emit_loop(b_, range.begin, range.end, stride, "t", [&](Value* in_block) {
          tile([&](Value* row) { return at(sample, b_.CreateAdd(in_block, row)); });
        });
      });
      break;
    }
  }
}

// Walks the column space; the last axis in tiles of `vectors` vectors, what is left of it in one narrower
// tile.
void NestEmitter::emit_columns(
    const Stage& stage, int sample_lanes, int vectors, Rest rest,
    const std::function<void(const std::vector<Value*>&, const TileEmitter::Shape&)>& body) {
  TileEmitter::Shape shape;
  shape.axis = across_samples() ? VectorAxis::Samples : VectorAxis::Columns;
  shape.lanes = across_samples() ? sample_lanes : stage.lanes;
  const int column_lanes = across_samples() ? 1 : stage.lanes;
  const int64_t width = int64_t{column_lanes} * vectors;
  if (std::find(stage.extents.begin(), stage.extents.end(), 0) != stage.extents.end()) return;

  const auto last_axis = [&](std::vector<Value*> indices) {
    const int64_t extent = stage.extents.empty() ? 1 : stage.extents.back();
    const bool has_axis = !stage.extents.empty();
    const auto tile = [&](Value* column, int count, int active) {
      shape.vectors = count;
      shape.active_in_last = active;
      std::vector<Value*> at = indices;
      if (has_axis) at.push_back(column);
      body(at, shape);
    };
    int64_t whole = extent / width * width;
    // Fewer vectors than a tile has, and be the last of them a part of one.
    const bool narrow = whole < extent && extent - whole <= width - column_lanes;
    if (rest == Rest::Joined && narrow && whole > 0) whole -= width;
    if (whole == width)
      tile(b_.getInt64(0), vectors, column_lanes);
    else if (whole > 0)
      emit_loop(b_, b_.getInt64(0), b_.getInt64(static_cast<uint64_t>(whole)), width, "column",
                [&](Value* column) { tile(column, vectors, column_lanes); });
    if (whole == extent) return;
    const auto left = static_cast<int>(extent - whole);
    const int count = (left + column_lanes - 1) / column_lanes;
    tile(b_.getInt64(static_cast<uint64_t>(whole)), count, left - (count - 1) * column_lanes);
  };

  const std::function<void(std::vector<Value*>)> outer_axes = [&](std::vector<Value*> indices) {
    if (indices.size() + 1 >= stage.extents.size()) return last_axis(std::move(indices));
    const int64_t extent = stage.extents[indices.size()];
    emit_loop(b_, b_.getInt64(0), b_.getInt64(static_cast<uint64_t>(extent)), 1, "column", [&](Value* index) {
      std::vector<Value*> next = indices;
      next.push_back(index);
      outer_axes(std::move(next));
    });
  };
  outer_axes({});
}

}  // namespace rondo::codegen
