#include "codegen/transposition.h"

#include <fmt/format.h>
#include <llvm/IR/Module.h>

#include <algorithm>

#include "codegen/element_types.h"
#include "codegen/origin_mark.h"
#include "codegen/tile_emitter.h"

namespace rondo::codegen {

using namespace ir;
using llvm::Value;

namespace {

// One function of the module: copies `rows` x `samples` elements between the caller's memory, in which they
// stand `sample_stride` and `row_stride` apart, and the workspace, in which the samples of a row lie side by
// side and rows are `workspace_stride` apart.
class TranspositionFunction {
 public:
  TranspositionFunction(llvm::IRBuilder<>& b, llvm::Function* function, DType dtype, bool inwards)
      : b_(b),
        element_(memory_type(b, dtype)),
        width_(static_cast<int>(std::min<int64_t>(8, 32 / size_of(dtype)))),
        vector_(vector_of(element_, width_)),
        align_(static_cast<uint64_t>(size_of(dtype))),
        inwards_(inwards),
        caller_(function->getArg(0)),
        sample_stride_(function->getArg(1)),
        row_stride_(function->getArg(2)),
        workspace_(function->getArg(3)),
        workspace_stride_(function->getArg(4)),
        samples_(function->getArg(5)),
        rows_(function->getArg(6)) {}

  void run() {
    llvm::Function* function = b_.GetInsertBlock()->getParent();
    auto* behind_one_another = llvm::BasicBlock::Create(b_.getContext(), "behind_one_another", function);
    auto* scattered = llvm::BasicBlock::Create(b_.getContext(), "scattered", function);
    b_.CreateCondBr(b_.CreateICmpEQ(row_stride_, integer(1)), behind_one_another, scattered);
    b_.SetInsertPoint(behind_one_another);
    copy_squares();
    b_.SetInsertPoint(scattered);
    copy_elements(integer(0), rows_, integer(0), samples_);
    b_.CreateRetVoid();
  }

 private:
  Value* integer(int64_t value) { return b_.getInt64(static_cast<uint64_t>(value)); }
  Value* in_caller(Value* row, Value* sample) {
    Value* index = b_.CreateAdd(b_.CreateMul(row, row_stride_), b_.CreateMul(sample, sample_stride_));
    return b_.CreateGEP(element_, caller_, {index});
  }
  Value* in_workspace(Value* row, Value* sample) {
    return b_.CreateGEP(element_, workspace_, {b_.CreateAdd(b_.CreateMul(row, workspace_stride_), sample)});
  }
  void copy(llvm::Type* type, Value* caller, Value* workspace) {
    Value* value = b_.CreateAlignedLoad(type, inwards_ ? caller : workspace, align_);
    b_.CreateAlignedStore(value, inwards_ ? workspace : caller, align_);
  }
  Value* whole(Value* count) { return b_.CreateAnd(count, integer(-int64_t{width_})); }

  void copy_elements(Value* first_row, Value* rows, Value* first_sample, Value* samples) {
    emit_loop(b_, first_row, rows, 1, "row", [&](Value* row) {
      emit_loop(b_, first_sample, samples, 1, "sample",
                [&](Value* sample) { copy(element_, in_caller(row, sample), in_workspace(row, sample)); });
    });
  }

  // Squares of as many samples as rows; what is left of either goes element by element.
  void copy_squares() {
    Value *whole_samples = whole(samples_), *whole_rows = whole(rows_);
    emit_loop(b_, integer(0), whole_samples, width_, "sample", [&](Value* sample) {
      const Lines beginnings = lines_from(in_caller(integer(0), sample), sample_stride_);
      emit_loop(b_, integer(0), whole_rows, width_, "row",
                [&](Value* row) { copy_square(beginnings, row, sample); });
    });
    copy_elements(integer(0), whole_rows, whole_samples, samples_);
    copy_elements(whole_rows, rows_, integer(0), samples_);
    b_.CreateRetVoid();
  }

  // One for each line of a square.
  using Lines = std::vector<Value*>;

  // Places `stride` elements apart.
  Lines lines_from(Value* first, Value* stride) {
    Lines places{first};
    for (int line = 1; line < width_; ++line)
      places.push_back(b_.CreateGEP(element_, places.back(), {stride}));
    return places;
  }

  // The caller's lines are samples, which begin at `beginnings`; those of the workspace are rows.
  void copy_square(const Lines& beginnings, Value* row, Value* sample) {
    Lines caller;
    for (Value* beginning : beginnings) caller.push_back(b_.CreateGEP(element_, beginning, {row}));
    const Lines workspace = lines_from(in_workspace(row, sample), workspace_stride_);
    Lines values;
    for (Value* place : inwards_ ? caller : workspace)
      values.push_back(b_.CreateAlignedLoad(vector_, place, align_));
    transpose(values);
    for (size_t line = 0; line < values.size(); ++line)
      b_.CreateAlignedStore(values[line], (inwards_ ? workspace : caller)[line], align_);
  }

  // Exchanges the blocks beside the diagonal, of half a square and less, down to those of 16 bytes; these are
  // transposed by interleaving, which takes one instruction a line at any size of element.
  void transpose(Lines& lines) {
    const int piece = std::min<int>(width_, 16 / static_cast<int>(align_.value()));
    for (int size = width_ / 2; size >= piece; size /= 2) exchange_blocks(lines, size);
    for (int size = piece / 2; size > 0; size /= 2)
      for (int first = 0; first < width_; first += piece) interleave(lines, first, piece);
  }

  void exchange_blocks(Lines& lines, int size) {
    llvm::SmallVector<int> low, high;
    for (int lane = 0; lane < width_; ++lane) {
      low.push_back((lane & size) == 0 ? lane : width_ + lane - size);
      high.push_back((lane & size) == 0 ? lane + size : width_ + lane);
    }
    for (int line = 0; line < width_; ++line) {
      if ((line & size) != 0) continue;
      const int partner = line + size;
      Value*& a = lines[static_cast<size_t>(line)];
      Value*& b = lines[static_cast<size_t>(partner)];
      Value* first = b_.CreateShuffleVector(a, b, low);
      b = b_.CreateShuffleVector(a, b, high);
      a = first;
    }
  }

  // Of `piece` lines from `first` on, the first half with the second: two lines that were interleaved stand
  // beside one another. As often as `piece` can be halved, that transposes each piece.
  void interleave(Lines& lines, int first, int piece) {
    llvm::SmallVector<int> low, high;
    for (int lane = 0; lane < width_; ++lane) {
      const int begin = lane / piece * piece, source = begin + lane % piece / 2 + lane % 2 * width_;
      low.push_back(source);
      high.push_back(source + piece / 2);
    }
    const Lines before = lines;
    const auto at = static_cast<size_t>(first), half = static_cast<size_t>(piece / 2);
    for (size_t k = 0; k < half; ++k) {
      Value *a = before[at + k], *b = before[at + half + k];
      lines[at + 2 * k] = b_.CreateShuffleVector(a, b, low);
      lines[at + 2 * k + 1] = b_.CreateShuffleVector(a, b, high);
    }
  }

  llvm::IRBuilder<>& b_;
  llvm::Type* element_;
  int width_;
  llvm::Type* vector_;
  llvm::Align align_;
  bool inwards_;
  Value *caller_, *sample_stride_, *row_stride_, *workspace_, *workspace_stride_, *samples_, *rows_;
};

llvm::Function* transposition_function(llvm::IRBuilder<>& b, DType dtype, bool inwards) {
  llvm::Function* caller = b.GetInsertBlock()->getParent();
  llvm::Module& module = *caller->getParent();
  const std::string name = fmt::format("transpose.{}.{}", inwards ? "in" : "out", name_of(dtype));
  if (llvm::Function* known = module.getFunction(name)) return known;
  llvm::Type *pointer = b.getPtrTy(), *number = b.getInt64Ty();
  auto* type = llvm::FunctionType::get(b.getVoidTy(),
                                       {pointer, number, number, pointer, number, number, number}, false);
  auto* function = llvm::Function::Create(type, llvm::Function::InternalLinkage, name, module);
  function->addFnAttrs(llvm::AttrBuilder(b.getContext(), caller->getAttributes().getFnAttrs()));
  const llvm::IRBuilderBase::InsertPointGuard guard(b);
  b.SetInsertPoint(llvm::BasicBlock::Create(b.getContext(), "entry", function));
  begin_function(b, *function);
  TranspositionFunction(b, function, dtype, inwards).run();
  return function;
}

bool is_caller_array(BufferKind kind) {
  return kind == BufferKind::Input || kind == BufferKind::Output;
}

}  // namespace

bool is_transposition(const LoopProgram& program, const Nest& nest) {
  if (!program.samples_across_lanes || nest.rows != Rows::Steps || nest.stages.size() != 1) return false;
  const Stage& stage = nest.stages[0];
  if (stage.body.size() != 2 || stage.body[0].opcode != Opcode::Load ||
      stage.body[1].opcode != Opcode::Store || !stage.body[0].operands.empty())
    return false;
  const Access &from = stage.body[0].access, &to = stage.body[1].access;
  const Dims whole{program[from.buffer].elements};
  const auto is_whole = [](const Access& access) {
    return access.time == Time::Current && access.offset == 0 && access.strides == std::vector<int64_t>{1};
  };
  return stage.extents == whole && is_whole(from) && is_whole(to) &&
         program[from.buffer].elements == program[to.buffer].elements &&
         program[from.buffer].rows == Rows::Steps && program[to.buffer].rows == Rows::Steps &&
         is_caller_array(program[from.buffer].kind) != is_caller_array(program[to.buffer].kind);
}

namespace {

// The two sides of a transposition, as positions among the buffers.
struct Sides {
  size_t caller, workspace;
  bool inwards;
};

Sides sides_of(const LoopProgram& program, const Nest& nest) {
  const Access &from = nest.stages[0].body[0].access, &to = nest.stages[0].body[1].access;
  const bool inwards = is_caller_array(program[from.buffer].kind);
  const auto index = [](const Access& access) { return static_cast<size_t>(access.buffer.index); };
  return {index(inwards ? from : to), index(inwards ? to : from), inwards};
}

// Whether the workspace can do without a copy where the caller's samples lie side by side: each has a single
// element, and no other nest transposes into or out of the same buffer, for which it would have to be there.
bool may_stand_in(const LoopProgram& program, const Nest& nest) {
  const Sides sides = sides_of(program, nest);
  int transpositions = 0;
  for (const std::vector<Nest>* nests : {&program.before, &program.after})
    for (const Nest& other : *nests)
      if (is_transposition(program, other) && sides_of(program, other).workspace == sides.workspace)
        ++transpositions;
  return program.buffers[sides.caller].elements == 1 && transpositions == 1;
}

}  // namespace

void emit_stand_in(llvm::IRBuilder<>& b, const LoopProgram& program, const CallSizes& sizes,
                   std::vector<BufferMemory>& memory, const Nest& nest, Value* begin) {
  const Sides sides = sides_of(program, nest);
  const Buffer& buffer = program.buffers[sides.caller];
  if (!may_stand_in(program, nest)) return;
  const BufferMemory& caller = memory[sides.caller];
  BufferMemory& workspace = memory[sides.workspace];
  Value* side_by_side = b.CreateICmpEQ(caller.batch_stride, b.getInt64(1));
  Value* first =
      b.CreateGEP(memory_type(b, buffer.dtype), caller.current, {b.CreateMul(begin, caller.time_stride)});
  workspace.current = b.CreateSelect(side_by_side, first, workspace.current);
  workspace.time_stride = b.CreateSelect(side_by_side, caller.time_stride, sizes.batch);
}

void emit_transposition(llvm::IRBuilder<>& b, const LoopProgram& program, const CallSizes& sizes,
                        const std::vector<BufferMemory>& memory, const Nest& nest, Value* begin,
                        Value* count) {
  const Sides sides = sides_of(program, nest);
  const BufferMemory &caller = memory[sides.caller], &workspace = memory[sides.workspace];
  const Buffer& buffer = program.buffers[sides.caller];
  llvm::Type* element = memory_type(b, buffer.dtype);
  llvm::Function* function = transposition_function(b, buffer.dtype, sides.inwards);
  const auto integer = [&](int64_t value) { return b.getInt64(static_cast<uint64_t>(value)); };
  Value* first = b.CreateGEP(element, caller.current, {b.CreateMul(begin, caller.time_stride)});
  if (buffer.elements == 1) {
    // No steps at all where the workspace stands for the caller's memory.
    Value* steps = count;
    if (may_stand_in(program, nest))
      steps = b.CreateSelect(b.CreateICmpEQ(caller.batch_stride, integer(1)), integer(0), count);
    // Steps that lie behind one another the other way round are walked from the last one.
    Value* backwards = b.CreateICmpEQ(caller.time_stride, integer(-1));
    Value* last = b.CreateSub(count, integer(1));
    Value* lowest = b.CreateGEP(element, first, {b.CreateMul(last, caller.time_stride)});
    Value* highest = b.CreateGEP(element, workspace.current, {b.CreateMul(last, sizes.batch)});
    b.CreateCall(function,
                 {b.CreateSelect(backwards, lowest, first), caller.batch_stride,
                  b.CreateSelect(backwards, integer(1), caller.time_stride),
                  b.CreateSelect(backwards, highest, workspace.current),
                  b.CreateSelect(backwards, b.CreateNeg(sizes.batch), sizes.batch), sizes.batch, steps});
    return;
  }
  // Rows are the features of a step; of all steps at once where those lie behind one another.
  Value* elements = integer(buffer.elements);
  Value* dense = b.CreateICmpEQ(caller.time_stride, elements);
  Value* steps_together =
      b.CreateSelect(dense, b.CreateBinaryIntrinsic(llvm::Intrinsic::smax, count, integer(1)), integer(1));
  llvm::Function* kernel = b.GetInsertBlock()->getParent();
  llvm::BasicBlock* before = b.GetInsertBlock();
  auto* head = llvm::BasicBlock::Create(b.getContext(), "transpose.head", kernel);
  auto* inside = llvm::BasicBlock::Create(b.getContext(), "transpose", kernel);
  auto* done = llvm::BasicBlock::Create(b.getContext(), "transpose.done", kernel);
  b.CreateBr(head);
  b.SetInsertPoint(head);
  llvm::PHINode* step = b.CreatePHI(b.getInt64Ty(), 2, "t");
  step->addIncoming(integer(0), before);
  b.CreateCondBr(b.CreateICmpSLT(step, count), inside, done);
  b.SetInsertPoint(inside);
  Value* there = b.CreateGEP(element, first, {b.CreateMul(step, caller.time_stride)});
  Value* here =
      b.CreateGEP(element, workspace.current, {b.CreateMul(step, b.CreateMul(elements, sizes.batch))});
  b.CreateCall(function, {there, caller.batch_stride, integer(1), here, sizes.batch, sizes.batch,
                          b.CreateMul(steps_together, elements)});
  step->addIncoming(b.CreateAdd(step, steps_together), inside);
  b.CreateBr(head);
  b.SetInsertPoint(done);
}

}  // namespace rondo::codegen
