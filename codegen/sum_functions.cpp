#include "codegen/sum_functions.h"

#include <fmt/format.h>

#include "codegen/compute_emitter.h"
#include "codegen/element_types.h"
#include "codegen/origin_mark.h"
#include "codegen/tile_emitter.h"
#include "ir/summation.h"

namespace rondo::codegen {

using namespace ir;
using llvm::Value;

namespace {

constexpr int all_blocks = 2;  // of a long sum; a short one has a single block
constexpr int64_t terms_a_turn = 4;
// Up to so many accumulators both blocks of a long sum run side by side: one would wait for itself.
constexpr int few_accumulators = 6;
// Operands of LLVM's prefetch.
constexpr uint32_t to_be_read = 0, second_level = 2, data = 1;

// Emits the body of one summing function.
class SumEmitter {
 public:
  SumEmitter(llvm::IRBuilder<>& b, llvm::Function* function, DType dtype, int lanes, int rows, int group,
             int64_t left_stride, int together, Fetching fetching, Numerics numerics)
      : b_(b),
        dtype_(dtype),
        row_count_(rows),
        group_(group),
        left_stride_(left_stride),
        together_(together),
        fetches_(fetching == Fetching::Ahead && rows > 1),
        emitter_(b, lanes, numerics),
        element_(memory_type(b, dtype)),
        vector_(vector_of(element_, lanes)),
        rows_(function->getArg(0)),
        panel_(function->getArg(1)),
        block_terms_(function->getArg(2)),
        last_terms_(function->getArg(3)),
        groups_(function->getArg(4)),
        result_(function->getArg(5)),
        result_stride_(function->getArg(6)),
        direction_(function->getArg(7)),
        ahead_(function->getArg(8)) {}

  void run(bool is_long) {
    for (int row = 0; row < row_count_; ++row)
      lefts_.push_back(b_.CreateLoad(b_.getPtrTy(), b_.CreateConstGEP1_64(b_.getPtrTy(), rows_, index(row))));
    const bool in_turn = is_long && row_count_ * group_ > few_accumulators;
    if (in_turn) partial_ = b_.CreateAlloca(vector_, b_.getInt32(static_cast<uint32_t>(row_count_ * group_)));
    if (row_count_ == 1) find_sweep(is_long);
    llvm::BasicBlock* before = b_.GetInsertBlock();
    llvm::Function* function = before->getParent();
    auto* loop = llvm::BasicBlock::Create(b_.getContext(), "group", function);
    auto* done = llvm::BasicBlock::Create(b_.getContext(), "done", function);
    b_.CreateBr(loop);
    b_.SetInsertPoint(loop);
    llvm::PHINode* group = b_.CreatePHI(b_.getInt64Ty(), 2, "group");
    llvm::PHINode* panel = b_.CreatePHI(b_.getPtrTy(), 2, "panel");
    llvm::PHINode* result = b_.CreatePHI(b_.getPtrTy(), 2, "result");
    group->addIncoming(b_.getInt64(0), before);
    panel->addIncoming(panel_, before);
    result->addIncoming(result_, before);
    llvm::PHINode* ahead = b_.CreatePHI(b_.getPtrTy(), 2, "ahead");
    ahead->addIncoming(ahead_, before);
    ahead_ = ahead;
    Value* panel_end = !is_long  ? sum_one_block(panel, result)
                       : in_turn ? sum_blocks_in_turn(panel, result)
                                 : sum_blocks_side_by_side(panel, result);
    Value* next = b_.CreateAdd(group, b_.getInt64(index(together_)));
    group->addIncoming(next, b_.GetInsertBlock());
    if (panel_step_) panel_end = vector_at(panel, panel_step_);
    panel->addIncoming(panel_end, b_.GetInsertBlock());
    result->addIncoming(vector_at(result, result_step_ ? result_step_ : whole_turn()), b_.GetInsertBlock());
    ahead->addIncoming(ahead_, b_.GetInsertBlock());
    b_.CreateCondBr(b_.CreateICmpSLT(next, groups_), loop, done);
    b_.SetInsertPoint(done);
    b_.CreateRetVoid();
  }

 private:
  using Sums = std::vector<Value*>;  // by row, then by vector of the group

  // Vectors of results in one turn of the loop.
  Value* whole_turn() { return b_.getInt64(index(int64_t{group_} * together_)); }

  // Where a row's groups begin and how far they are apart: upwards, or from the last one down.
  void find_sweep(bool is_long) {
    Value* terms = is_long ? b_.CreateAdd(block_terms_, last_terms_) : block_terms_;
    Value* downwards = b_.CreateICmpSLT(direction_, b_.getInt64(0));
    Value* last =
        b_.CreateMul(b_.CreateSub(groups_, b_.getInt64(index(together_))), b_.getInt64(index(group_)));
    Value* first = b_.CreateSelect(downwards, last, b_.getInt64(0));
    result_step_ = b_.CreateMul(direction_, whole_turn());
    panel_step_ = b_.CreateMul(result_step_, terms);
    result_ = vector_at(result_, first);
    panel_ = vector_at(panel_, b_.CreateMul(first, terms));
  }

  static uint64_t index(int64_t value) { return static_cast<uint64_t>(value); }
  Value* vector_at(Value* base, Value* vectors) { return b_.CreateGEP(vector_, base, {vectors}); }
  Sums zeros() const {
    return Sums(static_cast<size_t>(row_count_ * group_), llvm::Constant::getNullValue(vector_));
  }
  llvm::Align vector_align() const { return packed_alignment(vector_); }

  // One term: `offset` is that of the left side in elements, `panel` where the weights of the term are.
  void add_term(Sums& sums, const std::vector<Value*>& lefts, Value* offset, Value* panel) {
    std::vector<Value*> weights;
    for (int member = 0; member < group_; ++member)
      weights.push_back(
          b_.CreateAlignedLoad(vector_, vector_at(panel, b_.getInt64(index(member))), vector_align()));
    for (int row = 0; row < row_count_; ++row) {
      Value* left = emitter_.splat(
          b_.CreateAlignedLoad(element_, b_.CreateGEP(element_, lefts[static_cast<size_t>(row)], {offset}),
                               llvm::Align(index(size_of(dtype_)))));
      for (int member = 0; member < group_; ++member) {
        Value*& sum = sums[index(int64_t{row} * group_ + member)];
        sum = emitter_.fused_multiply_add(dtype_, left, weights[static_cast<size_t>(member)], sum);
      }
    }
  }

  // A chain of sums in flight: its left sides, and where its weights are.
  struct Chain {
    std::vector<Value*> lefts;
    Value* panel;
    Sums sums;
  };

  // Runs `count` terms of all chains side by side, perhaps none; `offset` moves along with them. Several
  // terms a turn: processors foresee the end of a short loop.
  void sum(std::vector<Chain>& chains, Value*& offset, Value* count) {
    Value* left = count;
    turn_while_enough(chains, offset, left, terms_a_turn);
    turn_while_enough(chains, offset, left, 1);
  }

  void turn_while_enough(std::vector<Chain>& chains, Value*& offset, Value*& left, int64_t terms) {
    llvm::BasicBlock* before = b_.GetInsertBlock();
    auto* head = llvm::BasicBlock::Create(b_.getContext(), "sum.head", before->getParent());
    auto* body = llvm::BasicBlock::Create(b_.getContext(), "sum", before->getParent());
    auto* done = llvm::BasicBlock::Create(b_.getContext(), "sum.done", before->getParent());
    b_.CreateBr(head);
    b_.SetInsertPoint(head);
    std::vector<std::pair<Value**, llvm::PHINode*>> carried;
    const auto carry = [&](Value*& value) {
      llvm::PHINode* phi = b_.CreatePHI(value->getType(), 2);
      phi->addIncoming(value, before);
      value = phi;
      carried.emplace_back(&value, phi);
    };
    carry(left);
    carry(offset);
    carry(ahead_);
    for (Chain& chain : chains) {
      carry(chain.panel);
      for (Value*& value : chain.sums) carry(value);
    }
    b_.CreateCondBr(b_.CreateICmpSGE(left, b_.getInt64(index(terms))), body, done);
    b_.SetInsertPoint(body);
    for (int64_t term = 0; term < terms; ++term)
      for (Chain& chain : chains)
        add_term(chain.sums, chain.lefts, b_.CreateAdd(offset, b_.getInt64(index(term * left_stride_))),
                 vector_at(chain.panel, b_.getInt64(index(term * group_))));
    for (Chain& chain : chains) chain.panel = vector_at(chain.panel, b_.getInt64(index(terms * group_)));
    if (fetches_ && terms > 1) fetch_ahead(terms * static_cast<int64_t>(chains.size()));
    offset = b_.CreateAdd(offset, b_.getInt64(index(terms * left_stride_)));
    left = b_.CreateSub(left, b_.getInt64(index(terms)));
    for (auto& [value, phi] : carried) {
      phi->addIncoming(*value, body);
      *value = phi;
    }
    b_.CreateBr(head);
    b_.SetInsertPoint(done);
  }

  // Half as many bytes as the weights of so many terms take.
  void fetch_ahead(int64_t terms) {
    constexpr int64_t line = 64;
    const auto vector_bytes = static_cast<int64_t>(vector_->getPrimitiveSizeInBits() / 8);
    const int64_t bytes = terms * group_ * vector_bytes / 2;
    for (int64_t at = 0; at < bytes; at += line)
      b_.CreateIntrinsic(llvm::Intrinsic::prefetch, {b_.getPtrTy()},
                         {b_.CreateConstGEP1_64(b_.getInt8Ty(), ahead_, index(at)), b_.getInt32(to_be_read),
                          b_.getInt32(second_level), b_.getInt32(data)});
    ahead_ = b_.CreateConstGEP1_64(b_.getInt8Ty(), ahead_, index(bytes));
  }

  void store(const Sums& sums, Value* to, Value* row_stride) {
    for (int row = 0; row < row_count_; ++row) {
      Value* first = vector_at(to, b_.CreateMul(b_.getInt64(index(row)), row_stride));
      for (int member = 0; member < group_; ++member)
        b_.CreateAlignedStore(sums[index(int64_t{row} * group_ + member)],
                              vector_at(first, b_.getInt64(index(member))), vector_align());
    }
  }

  Value* sum_one_block(Value* panel, Value* result) {
    std::vector<Chain> chains{{lefts_, panel, zeros()}};
    Value* offset = b_.getInt64(0);
    sum(chains, offset, block_terms_);
    store(chains[0].sums, result, result_stride_);
    return chains[0].panel;
  }

  // A tile of rows has accumulators enough to keep the processor busy with one block at a time. A loop of two
  // turns rather than two loops: less code.
  Value* sum_blocks_in_turn(Value* panel, Value* result) {
    std::vector<Chain> chains{{lefts_, panel, zeros()}};
    Value* offset = b_.getInt64(0);
    llvm::BasicBlock* before = b_.GetInsertBlock();
    auto* loop = llvm::BasicBlock::Create(b_.getContext(), "block", before->getParent());
    auto* aside = llvm::BasicBlock::Create(b_.getContext(), "aside", before->getParent());
    auto* done = llvm::BasicBlock::Create(b_.getContext(), "block.done", before->getParent());
    b_.CreateBr(loop);
    b_.SetInsertPoint(loop);
    llvm::PHINode* is_last = b_.CreatePHI(b_.getInt1Ty(), 2, "last");
    llvm::PHINode* block_offset = b_.CreatePHI(b_.getInt64Ty(), 2);
    llvm::PHINode* block_panel = b_.CreatePHI(b_.getPtrTy(), 2);
    llvm::PHINode* block_ahead = b_.CreatePHI(b_.getPtrTy(), 2);
    is_last->addIncoming(b_.getFalse(), before);
    block_offset->addIncoming(offset, before);
    block_panel->addIncoming(panel, before);
    block_ahead->addIncoming(ahead_, before);
    ahead_ = block_ahead;
    offset = block_offset;
    chains[0].panel = block_panel;
    sum(chains, offset, b_.CreateSelect(is_last, last_terms_, block_terms_));
    b_.CreateCondBr(is_last, done, aside);
    b_.SetInsertPoint(aside);
    store(chains[0].sums, partial_, b_.getInt64(index(group_)));
    is_last->addIncoming(b_.getTrue(), aside);
    block_offset->addIncoming(offset, aside);
    block_panel->addIncoming(chains[0].panel, aside);
    block_ahead->addIncoming(ahead_, aside);
    b_.CreateBr(loop);
    b_.SetInsertPoint(done);
    for (size_t i = 0; i < chains[0].sums.size(); ++i) {
      Value* at = vector_at(partial_, b_.getInt64(i));
      Value*& total = chains[0].sums[i];
      total = b_.CreateFAdd(b_.CreateAlignedLoad(vector_, at, vector_align()), total);
    }
    store(chains[0].sums, result, result_stride_);
    return chains[0].panel;
  }

  // Few rows have not: both blocks run side by side, and of a single row several groups with them.
  Value* sum_blocks_side_by_side(Value* panel, Value* result) {
    std::vector<Chain> chains;
    std::vector<Value*> seconds;
    for (Value* left : lefts_)
      seconds.push_back(
          b_.CreateGEP(element_, left, {b_.CreateMul(block_terms_, b_.getInt64(index(left_stride_)))}));
    Value* vectors_of_block = b_.CreateMul(block_terms_, b_.getInt64(index(group_)));
    Value* vectors_of_group =
        b_.CreateMul(b_.CreateAdd(block_terms_, last_terms_), b_.getInt64(index(group_)));
    for (int group = 0; group < together_; ++group) {
      Value* first_panel = vector_at(panel, b_.CreateMul(vectors_of_group, b_.getInt64(index(group))));
      chains.push_back({lefts_, first_panel, zeros()});
      chains.push_back({seconds, vector_at(first_panel, vectors_of_block), zeros()});
    }
    Value* offset = b_.getInt64(0);
    sum(chains, offset, last_terms_);
    // The first block may have one term more than the second.
    std::vector<Chain> firsts;
    for (size_t i = 0; i < chains.size(); i += all_blocks) firsts.push_back(chains[i]);
    Value* more = b_.CreateSub(block_terms_, last_terms_);
    turn_while_enough(firsts, offset, more, 1);
    for (int group = 0; group < together_; ++group) {
      Sums sums;
      for (int i = 0; i < row_count_ * group_; ++i)
        sums.push_back(
            b_.CreateFAdd(firsts[static_cast<size_t>(group)].sums[static_cast<size_t>(i)],
                          chains[index(int64_t{group} * all_blocks + 1)].sums[static_cast<size_t>(i)]));
      store(sums, vector_at(result, b_.getInt64(index(int64_t{group} * group_))), result_stride_);
    }
    return vector_at(panel, b_.CreateMul(vectors_of_group, b_.getInt64(index(together_))));
  }

  llvm::IRBuilder<>& b_;
  DType dtype_;
  int row_count_;
  int group_;
  int64_t left_stride_;
  int together_;  // groups
  bool fetches_;
  ComputeEmitter emitter_;
  llvm::Type* element_;
  llvm::Type* vector_;
  Value *rows_, *panel_, *block_terms_, *last_terms_, *groups_, *result_, *result_stride_, *direction_;
  Value* ahead_;  // what is fetched next
  Value *panel_step_ = nullptr,
        *result_step_ = nullptr;  // vectors from one turn to the next, of a single row
  std::vector<Value*> lefts_;
  Value* partial_ = nullptr;  // of each block, its sums
};

}  // namespace

llvm::FunctionType* SumFunctions::type() const {
  llvm::Type *pointer = b_.getPtrTy(), *integer = b_.getInt64Ty();
  return llvm::FunctionType::get(
      b_.getVoidTy(), {pointer, pointer, integer, integer, integer, pointer, integer, integer, pointer},
      false);
}

llvm::Function* SumFunctions::get(const FamilyLayout& family, int lanes, int rows, int64_t left_stride,
                                  Fetching fetching) {
  const bool is_long = contraction_blocks(family.terms) > 1;
  // A row alone has few sums to keep the processor busy with: it takes two groups at a time where it can.
  const int together = rows == 1 && is_long && family.units / family.group % 2 == 0 ? 2 : 1;
  const std::string name = fmt::format("sum.{}x{}.{}x{}{}{}{}{}", ir::name_of(family.dtype), lanes, rows,
                                       family.group, is_long ? "" : ".short", together == 1 ? "" : ".twice",
                                       left_stride == 1 ? "" : fmt::format(".stride{}", left_stride),
                                       fetching == Fetching::Ahead && rows > 1 ? ".ahead" : "");
  if (llvm::Function* known = module_.getFunction(name)) return known;
  llvm::Function* caller = b_.GetInsertBlock()->getParent();
  llvm::Function* function = llvm::Function::Create(type(), llvm::Function::InternalLinkage, name, module_);
  function->addFnAttrs(llvm::AttrBuilder(b_.getContext(), caller->getAttributes().getFnAttrs()));
  function->setDSOLocal(true);
  const llvm::IRBuilderBase::InsertPointGuard guard(b_);
  b_.SetInsertPoint(llvm::BasicBlock::Create(b_.getContext(), "entry", function));
  begin_function(b_, *function);
  SumEmitter(b_, function, family.dtype, lanes, rows, family.group, left_stride, together, fetching,
             numerics_)
      .run(is_long);
  return function;
}

void SumFunctions::call(Value* function, const FamilyLayout& family, const SumCall& call) {
  const auto integer = [&](int64_t value) { return b_.getInt64(static_cast<uint64_t>(value)); };
  const int64_t block = contraction_block_size(family.terms);
  const int64_t last = family.terms - (contraction_blocks(family.terms) - 1) * block;
  Value* groups = integer(family.units / family.group);
  if (call.blocks) groups = b_.CreateMul(groups, call.blocks);
  b_.CreateCall(
      type(), function,
      {call.rows, call.panel, integer(block), integer(last), groups, call.result, integer(family.units),
       call.direction ? call.direction : integer(1), call.ahead ? call.ahead : call.panel});
}

}  // namespace rondo::codegen
