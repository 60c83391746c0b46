#include "codegen/team_emitter.h"

#include <llvm/IR/MDBuilder.h>

#include <algorithm>
#include <cstddef>

#include "codegen/panel_layout.h"
#include "runtime/call_frame.h"

namespace rondo::codegen {

using namespace ir;
using llvm::Value;
using runtime::CallFrame, runtime::Team;

namespace {

Value* field(llvm::IRBuilder<>& b, Value* structure, size_t offset, llvm::Type* type) {
  return b.CreateLoad(type, b.CreateConstGEP1_64(b.getInt8Ty(), structure, offset));
}

// Pieces that all threads together take: whole runs of blocks that a row alone sums together.
int64_t pieces_of(const Stage& stage) {
  const PanelLayout layout = lay_out_panels(stage);
  return layout.blocks / layout.blocks_together;
}

}  // namespace

void TeamEmitter::begin_call(Value* frame, Value* workspace) {
  workspace_ = workspace;
  if (!is_shared_) return;
  member_ = field(b_, frame, offsetof(CallFrame, member), b_.getPtrTy());
  llvm::BasicBlock* alone = b_.GetInsertBlock();
  auto* team = llvm::BasicBlock::Create(b_.getContext(), "team", alone->getParent());
  auto* done = llvm::BasicBlock::Create(b_.getContext(), "team.done", alone->getParent());
  b_.CreateCondBr(b_.CreateIsNotNull(member_), team, done);
  b_.SetInsertPoint(team);
  Value* number = field(b_, member_, offsetof(Team::Member, number), b_.getInt64Ty());
  Value* members = field(b_, member_, offsetof(Team::Member, members), b_.getInt64Ty());
  Value* of_all = field(b_, member_, offsetof(Team::Member, workspace), b_.getPtrTy());
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  const auto either = [&](Value* in_team, Value* otherwise) {
    llvm::PHINode* phi = b_.CreatePHI(otherwise->getType(), 2);
    phi->addIncoming(otherwise, alone);
    phi->addIncoming(in_team, team);
    return phi;
  };
  number = either(number, b_.getInt64(0));
  members = either(members, b_.getInt64(1));
  workspace_ = either(of_all, workspace);
  is_first_ = b_.CreateICmpEQ(number, b_.getInt64(0));
  make_shares(number, members);
}

// Pieces are numbered; each member takes as many as all others, or one more.
void TeamEmitter::make_shares(Value* number, Value* members) {
  for (const auto& [name, nests] : phases(program_))
    for (const Nest& nest : *nests)
      if (has_shared_columns(nest)) shares_[pieces_of(nest.stages[0])];
  for (auto& [pieces, share] : shares_) {
    const auto begin_of = [&, all = b_.getInt64(static_cast<uint64_t>(pieces))](Value* member) {
      return b_.CreateUDiv(b_.CreateMul(member, all), members);
    };
    Value* first = begin_of(number);
    share = {first, b_.CreateSub(begin_of(b_.CreateAdd(number, b_.getInt64(1))), first)};
  }
}

Share TeamEmitter::share_of(const Stage& stage) const {
  const PanelLayout layout = lay_out_panels(stage);
  if (!is_shared_ || stage.panels->written_out != WrittenOut::None)
    return {b_.getInt64(0), b_.getInt64(static_cast<uint64_t>(layout.blocks))};
  const Share& pieces = shares_.at(pieces_of(stage));
  Value* together = b_.getInt64(static_cast<uint64_t>(layout.blocks_together));
  return {b_.CreateMul(pieces.first, together), b_.CreateMul(pieces.count, together)};
}

void TeamEmitter::emit(const Nest& nest, const std::function<void()>& body) {
  if (!is_shared_) return body();
  const bool shared = has_shared_columns(nest);
  if (last_ == Last::Shared || (shared && last_ == Last::OfOne)) emit_meeting();
  last_ = shared ? Last::Shared : Last::OfOne;
  if (shared) return body();
  llvm::Function* function = b_.GetInsertBlock()->getParent();
  auto* first = llvm::BasicBlock::Create(b_.getContext(), "first", function);
  auto* done = llvm::BasicBlock::Create(b_.getContext(), "first.done", function);
  b_.CreateCondBr(is_first_, first, done);
  b_.SetInsertPoint(first);
  body();
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
}

// Where the first thread alone works in all turns, nobody waits for another in any of them.
void TeamEmitter::emit_loop(const std::vector<const std::vector<Nest>*>& phases,
                            const std::function<void()>& loop) {
  if (!is_shared_) return loop();
  const bool of_one = std::none_of(phases.begin(), phases.end(), [](const std::vector<Nest>* phase) {
    return std::any_of(phase->begin(), phase->end(), has_shared_columns);
  });
  if (of_one && last_ == Last::Shared) emit_meeting();
  last_ = of_one ? Last::OfOne : Last::Shared;
  loop();
  if (!of_one) last_ = Last::Shared;
}

void TeamEmitter::emit_meeting() {
  llvm::Function* function = b_.GetInsertBlock()->getParent();
  auto* meeting = llvm::BasicBlock::Create(b_.getContext(), "meeting", function);
  auto* done = llvm::BasicBlock::Create(b_.getContext(), "meeting.done", function);
  b_.CreateCondBr(b_.CreateIsNotNull(member_), meeting, done,
                  llvm::MDBuilder(b_.getContext()).createUnlikelyBranchWeights());
  b_.SetInsertPoint(meeting);
  auto* type = llvm::FunctionType::get(b_.getVoidTy(), {b_.getPtrTy()}, false);
  b_.CreateCall(type, field(b_, member_, offsetof(Team::Member, meet), b_.getPtrTy()), {member_});
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
}

}  // namespace rondo::codegen
