#include "codegen/kernel_emitter.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/TargetParser/Triple.h>

#include <algorithm>
#include <functional>
#include <map>

#include "codegen/denormals.h"
#include "codegen/element_types.h"
#include "codegen/nest_emitter.h"
#include "codegen/origin_mark.h"
#include "codegen/panel_emitter.h"
#include "codegen/panel_packer.h"
#include "codegen/team_emitter.h"
#include "codegen/transposition.h"
#include "codegen/workspace_layout.h"

namespace rondo::codegen {

using namespace ir;
using llvm::Value;

namespace {

// The most rows that a block of steps has for a batch, and for fewer samples: `block_rows`, unless the block
// has all its steps with fewer, or a single step has more.
Value* emit_most_rows(llvm::IRBuilder<>& b, const LoopProgram& program, Value* batch) {
  using llvm::Intrinsic::smax, llvm::Intrinsic::smin;
  Value* steps = b.CreateMul(batch, b.getInt64(static_cast<uint64_t>(program.time_block)));
  Value* rows = b.CreateBinaryIntrinsic(smin, steps, b.getInt64(static_cast<uint64_t>(program.block_rows)));
  return b.CreateBinaryIntrinsic(smax, rows, batch);
}

// Offsets of all regions for a batch, and the size of them all behind the last.
std::vector<Value*> emit_offsets(llvm::IRBuilder<>& b, const LoopProgram& program,
                                 const WorkspaceLayout& layout, Value* batch) {
  const auto integer = [&](int64_t value) { return b.getInt64(static_cast<uint64_t>(value)); };
  Value* rows = emit_most_rows(b, program, batch);
  std::vector<Value*> offsets{integer(0)};
  for (const Region& region : layout.regions) {
    Value* bytes =
        b.CreateAdd(integer(region.bytes_shared), b.CreateMul(batch, integer(region.bytes_a_sample)));
    bytes = b.CreateAdd(bytes, b.CreateMul(rows, integer(region.bytes_a_row)));
    bytes = b.CreateAnd(b.CreateAdd(bytes, integer(63)), integer(~int64_t{63}));
    offsets.push_back(b.CreateAdd(offsets.back(), bytes));
  }
  return offsets;
}

class KernelEmitter {
 public:
  KernelEmitter(const LoopProgram& program, const Target& target, const std::string& name,
                llvm::LLVMContext& context, const WeightPlace& weights, Origins origins)
      : program_(program),
        target_(target),
        name_(name),
        weights_(weights),
        layout_(lay_out_workspace(program)),
        prepared_(lay_out_prepared(program, weights.kept)),
        module_(std::make_unique<llvm::Module>(name, context)),
        b_(context),
        team_(b_, program) {
    module_->setTargetTriple(target.triple);
    if (origins == Origins::Carried) carry_origins(*module_);
  }

  std::unique_ptr<llvm::Module> run(Part part) {
    if (part != Part::Kernel) {
      emit_workspace_size();
      emit_prepared_size();
      emit_prepare();
    }
    if (part != Part::Ahead) {
      emit_kernel();
      outlining_.run();
    }
    return std::move(module_);
  }

 private:
  llvm::Function* add_function(const std::string& name, llvm::Type* result,
                               const std::vector<llvm::Type*>& arguments) {
    auto* type = llvm::FunctionType::get(result, arguments, false);
    auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, *module_);
    function->setDSOLocal(true);
    function->setDoesNotThrow();
    function->addFnAttr("target-cpu", target_.cpu);
    function->addFnAttr("target-features", target_.features);
    function->addFnAttr("min-legal-vector-width", std::to_string(target_.vector_bits));
    function->addFnAttr("prefer-vector-width", std::to_string(target_.vector_bits));
    b_.SetInsertPoint(llvm::BasicBlock::Create(b_.getContext(), "entry", function));
    begin_function(b_, *function);
    return function;
  }

  Value* integer(int64_t value) { return b_.getInt64(static_cast<uint64_t>(value)); }

  void emit_workspace_size() {
    llvm::Function* function = add_function(name_ + "_workspace", b_.getInt64Ty(), {b_.getInt64Ty()});
    Value* batch = function->getArg(0);
    if (program_.sample_block > 0)
      batch = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, batch, integer(program_.dense_sample_block));
    b_.CreateRet(emit_offsets(b_, program_, layout_, batch).back());
  }

  void emit_prepared_size() {
    add_function(name_ + "_prepared_size", b_.getInt64Ty(), {});
    b_.CreateRet(b_.getInt64(weights_.prepared ? 0 : static_cast<uint64_t>(prepared_.bytes)));
  }

  void emit_prepare() {
    llvm::Function* function =
        add_function(name_ + "_prepare", b_.getVoidTy(), {b_.getPtrTy(), b_.getPtrTy()});
    if (weights_.prepared) {
      b_.CreateRetVoid();
      return;
    }
    Value* zero = b_.getInt64(0);
    sizes_ = {zero, zero, nullptr};
    prepared_memory_ = function->getArg(1);
    int64_t weight = 0;
    for (size_t i = 0; i < program_.buffers.size(); ++i) {
      const Buffer& buffer = program_.buffers[i];
      memory_.push_back(buffer.kind == BufferKind::Weight
                            ? load_array(buffer, function->getArg(0), weight++)
                            : BufferMemory{prepared_memory(i), nullptr, nullptr, nullptr});
    }
    for (const Nest& nest : program_.prepare) emit_nest(nest, {zero, zero, nullptr, nullptr}, std::nullopt);
    for (const auto& [name, nests] : phases(program_))
      for (const Nest& nest : *nests)
        for (const Stage& stage : nest.stages)
          if (stage.panels) emit_packing(b_, memory_, stage, panels_of(stage));
    for (size_t i = 0; i < program_.buffers.size(); ++i)
      if (program_.buffers[i].kind == BufferKind::Weight && prepared_.offsets[i] >= 0) emit_copy(i);
    b_.CreateRetVoid();
    memory_.clear();
    stack_ = {};
  }

  // Keeps a weight with what is prepared. Element by element: LLVM would call memcpy for more.
  void emit_copy(size_t buffer) {
    const Buffer& weight = program_.buffers[buffer];
    llvm::Type* element = memory_type(b_, weight.dtype);
    Value* to = prepared_memory(buffer);
    emit_loop(b_, b_.getInt64(0), b_.getInt64(static_cast<uint64_t>(weight.elements)), 1, "keep",
              [&](Value* index) {
                Value* from = b_.CreateGEP(element, memory_[buffer].current, {index});
                b_.CreateStore(b_.CreateLoad(element, from), b_.CreateGEP(element, to, {index}));
              });
  }

  void emit_kernel() {
    llvm::Function* function = add_function(name_, b_.getInt32Ty(), {b_.getPtrTy()});
    const llvm::Triple triple(target_.triple);
    Value* before = program_.flush_denormals ? emit_flush(b_, triple) : nullptr;
    load_call(function->getArg(0));
    if (program_.sample_block > 0)
      emit_sample_blocks();
    else
      emit_body();
    emit_restore(b_, triple, before);
    b_.CreateRet(b_.getInt32(0));
  }

  // The whole call for some of the samples after another: what they need of the workspace stays in cache.
  void emit_sample_blocks() {
    Value* batch = sizes_.batch;
    const std::vector<BufferMemory> whole = memory_;
    const auto emit_block_at = [&](Value* begin) {
      sizes_.batch = samples_together(b_.CreateSub(batch, begin));
      for (size_t i = 0; i < memory_.size(); ++i) {
        const Buffer& buffer = program_.buffers[i];
        if (buffer.rows == Rows::One || !whole[i].batch_stride) continue;
        memory_[i].current = b_.CreateGEP(memory_type(b_, buffer.dtype), whole[i].current,
                                          {b_.CreateMul(begin, whole[i].batch_stride)});
      }
      emit_body();
    };
    std::vector<const std::vector<Nest>*> all;
    for (const auto& [name, nests] : phases(program_)) all.push_back(nests);
    team_.emit_loop(all,
                    [&] { emit_loop(b_, b_.getInt64(0), batch, sample_block_, "samples", emit_block_at); });
  }

  // How many of `left` samples run together.
  Value* samples_together(Value* left) {
    return sample_block_ ? b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, left, sample_block_) : left;
  }

  // Where the samples of a step lie densely, many together read and write in long stretches, which the
  // processor fetches ahead; where each sample has its steps together, few together keep those in cache.
  Value* emit_sample_block() {
    Value* dense = b_.getTrue();
    for (size_t i = 0; i < memory_.size(); ++i) {
      const Buffer& buffer = program_.buffers[i];
      if (buffer.rows != Rows::Steps || !memory_[i].batch_stride) continue;
      Value* follows = b_.CreateICmpEQ(memory_[i].batch_stride, integer(buffer.elements));
      dense = b_.CreateAnd(dense, follows);
    }
    return b_.CreateSelect(dense, integer(program_.dense_sample_block), integer(program_.sample_block));
  }

  // Where a buffer that is prepared stands; null for all others.
  Value* prepared_memory(size_t buffer) {
    if (prepared_.offsets[buffer] < 0) return nullptr;
    return b_.CreateConstGEP1_64(b_.getInt8Ty(), prepared_memory_,
                                 static_cast<uint64_t>(prepared_.offsets[buffer]));
  }

  // What was prepared ahead, as a constant of the module.
  Value* prepared_constant() {
    const llvm::ArrayRef bytes(reinterpret_cast<const uint8_t*>(weights_.prepared->data()),
                               weights_.prepared->size());
    llvm::Constant* data = llvm::ConstantDataArray::get(b_.getContext(), bytes);
    auto* global = new llvm::GlobalVariable(*module_, data->getType(), true,
                                            llvm::GlobalValue::InternalLinkage, data, name_ + "_prepared");
    global->setAlignment(llvm::Align(64));
    return global;
  }

  Value* field(Value* structure, int64_t offset, llvm::Type* type) {
    return b_.CreateLoad(
        type, b_.CreateGEP(b_.getInt8Ty(), structure, {b_.getInt64(static_cast<uint64_t>(offset))}));
  }

  // Layouts of rondo_frame and rondo_array: numbers have eight bytes, and stand at multiples of that.
  void load_call(Value* call) {
    const int64_t pointer = llvm::Triple(target_.triple).isArch32Bit() ? 4 : 8;
    sizes_.batch = field(call, 0, b_.getInt64Ty());
    // Without samples there is nothing to do, however many the steps.
    Value* no_steps = b_.getInt64(0);
    sizes_.time =
        b_.CreateSelect(b_.CreateICmpSGT(sizes_.batch, no_steps), field(call, 8, b_.getInt64Ty()), no_steps);
    Value* arrays = field(call, 16, b_.getPtrTy());
    prepared_memory_ = weights_.prepared ? prepared_constant() : field(call, 16 + pointer, b_.getPtrTy());
    Value* workspace = field(call, 16 + 2 * pointer, b_.getPtrTy());
    steps_ = sizes_.time;
    if (program_.input_length)
      steps_ = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, steps_,
                                        b_.getInt64(static_cast<uint64_t>(*program_.input_length)));
    load_arrays(arrays);
    if (program_.sample_block > 0) sample_block_ = emit_sample_block();
    const std::vector<Value*> offsets = emit_offsets(b_, program_, layout_, samples_together(sizes_.batch));
    team_.begin_call(call, workspace);
    const auto region_in = [&](Value* memory, int index) -> Value* {
      if (index < 0) return nullptr;
      return b_.CreateGEP(b_.getInt8Ty(), memory, {offsets[static_cast<size_t>(index)]});
    };
    // What each thread has for itself.
    const auto region = [&](int index) { return region_in(workspace, index); };
    sizes_.spare_row = region(0);
    sizes_.tile_lanes = layout_.tiles.lanes;
    sizes_.tile_bytes_a_sample = layout_.tiles.bytes_a_sample;
    row_tables_ = region(layout_.row_tables);
    sums_ = region(layout_.sums);
    sample_lists_ = region(layout_.sample_lists);
    step_lists_ = region(layout_.step_lists);
    for (size_t i = 0; i < program_.buffers.size(); ++i)
      if (is_in_workspace(i))
        memory_[i] = memory_in_workspace(i, [&](int index) { return region_in(team_.workspace(), index); });
  }

  // Of a state that is not updated in place both values move from step to step, and with them where the
  // first tile is.
  BufferMemory memory_in_workspace(size_t buffer, const std::function<Value*(int)>& region) {
    const SampleTiles& tiles = layout_.tiles;
    if (tiles.current[buffer] < 0)
      return {region(layout_.current[buffer]), region(layout_.next[buffer]), nullptr, nullptr};
    Value* first = region(tiles.region);
    const int64_t current = tiles.current[buffer] * tiles.lanes, next = tiles.next[buffer] * tiles.lanes;
    if (next < 0 || next == current) return {first, first, nullptr, nullptr, current};
    return {b_.CreateConstGEP1_64(b_.getInt8Ty(), first, static_cast<uint64_t>(current)),
            b_.CreateConstGEP1_64(b_.getInt8Ty(), first, static_cast<uint64_t>(next)), nullptr, nullptr, 0};
  }

  bool is_in_workspace(size_t buffer) const {
    const BufferKind kind = program_.buffers[buffer].kind;
    return prepared_.offsets[buffer] < 0 && (kind == BufferKind::State || kind == BufferKind::Temporary);
  }

  // The memory of all buffers but those of the workspace, which depend on the strides of the others.
  void load_arrays(Value* arrays) {
    int64_t argument = 0;
    for (size_t i = 0; i < program_.buffers.size(); ++i) {
      const Buffer& buffer = program_.buffers[i];
      BufferMemory memory;
      if (Value* at = prepared_memory(i))
        memory.current = at;
      else if (buffer.kind == BufferKind::Weight && weights_.kept)
        memory.current = llvm::ConstantPointerNull::get(b_.getPtrTy());  // only its panels are read
      else if (!is_in_workspace(i))
        memory = load_array(buffer, arrays, argument++);
      memory_.push_back(memory);
    }
  }

  BufferMemory load_array(const Buffer& buffer, Value* arrays, int64_t argument) {
    const int64_t at = argument * 24;
    BufferMemory memory{field(arrays, at, b_.getPtrTy()), nullptr, field(arrays, at + 8, b_.getInt64Ty()),
                        field(arrays, at + 16, b_.getInt64Ty())};
    const bool reversed =
        program_.go_backwards && (buffer.kind == BufferKind::Input || buffer.kind == BufferKind::Mask);
    if (!reversed) return memory;
    // Step t reads original index time - 1 - t.
    Value* last = b_.CreateMul(b_.CreateSub(sizes_.time, b_.getInt64(1)), memory.time_stride);
    memory.current = b_.CreateGEP(memory_type(b_, buffer.dtype), memory.current, {last});
    memory.time_stride = b_.CreateNeg(memory.time_stride);
    return memory;
  }

  // --- phases ---

  // Lists of the rows that keep the step and that do not, where a nest would skip work by them.
  std::optional<RowLists> make_lists(const std::vector<Nest>& nests, Rows rows, const Moment& moment) {
    const bool wanted =
        program_.masking != Masking::None && std::any_of(nests.begin(), nests.end(), has_panels);
    if (!wanted) return std::nullopt;
    Value* memory = rows == Rows::Steps ? step_lists_ : sample_lists_;
    return emit_row_lists(b_, program_, sizes_, memory_, rows, moment, memory);
  }

  void emit_nests(const std::vector<Nest>& nests, const Moment& moment,
                  const std::optional<RowLists>& lists = std::nullopt) {
    for (const Nest& nest : nests) team_.emit(nest, [&] { emit_nest(nest, moment, lists); });
  }

  void emit_nest(const Nest& nest, const Moment& moment, const std::optional<RowLists>& lists) {
    if (has_panels(nest))
      emit_packed(nest, moment, lists);
    else if (is_transposition(program_, nest))
      emit_transposition(b_, program_, sizes_, memory_, nest, moment.block_begin, moment.block_count);
    else
      NestEmitter(b_, program_, target_, sizes_, memory_, stack_, nest).emit(moment);
  }

  void emit_packed(const Nest& nest, const Moment& moment, const std::optional<RowLists>& lists) {
    const Stage& stage = nest.stages[0];
    const auto emit_tiles = [&] {
      PanelEmitter(b_, program_, target_, sizes_, memory_, nest, {panels_of(stage), row_tables_, sums_},
                   team_.share_of(stage), lists, outlining_)
          .emit(moment);
    };
    const auto emit_written_out = [&] {
      NestEmitter rows(b_, program_, target_, sizes_, memory_, stack_, nest);
      rows.take({lay_out_panels(stage), panels_of(stage)});
      rows.emit(moment);
    };
    if (stage.panels->written_out == WrittenOut::None) return emit_tiles();
    if (stage.panels->written_out == WrittenOut::All) return emit_written_out();
    llvm::Function* function = b_.GetInsertBlock()->getParent();
    auto* alone = llvm::BasicBlock::Create(b_.getContext(), "alone", function);
    auto* together = llvm::BasicBlock::Create(b_.getContext(), "together", function);
    auto* done = llvm::BasicBlock::Create(b_.getContext(), "packed.done", function);
    b_.CreateCondBr(b_.CreateICmpEQ(sizes_.batch, b_.getInt64(1)), alone, together);
    b_.SetInsertPoint(alone);
    emit_written_out();
    b_.CreateBr(done);
    b_.SetInsertPoint(together);
    emit_tiles();
    b_.CreateBr(done);
    b_.SetInsertPoint(done);
  }

  Value* panels_of(const Stage& stage) {
    return b_.CreateConstGEP1_64(b_.getInt8Ty(), prepared_memory_,
                                 static_cast<uint64_t>(prepared_.panels.at(&stage)));
  }

  Moment at_step(Value* t, Value* in_block) const { return {t, in_block, nullptr, nullptr}; }

  void emit_body() {
    Value* zero = b_.getInt64(0);
    const Moment begin{zero, zero, nullptr, nullptr};
    emit_nests(program_.setup, begin);
    emit_nests(program_.once, begin);
    if (program_.time_block == 0) {
      emit_block(zero, steps_);
    } else {
      Value* block = steps_a_block();
      team_.emit_loop({&program_.before, &program_.step, &program_.after}, [&] {
        emit_carrying_loop(zero, steps_, block, "block", [&](Value* t0) {
          Value* count = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, block, b_.CreateSub(steps_, t0));
          emit_block(t0, count);
        });
      });
    }
    if (!program_.tail.empty())
      team_.emit_loop({&program_.tail}, [&] {
        emit_loop(b_, steps_, sizes_.time, 1, "tail",
                  [&](Value* t) { emit_nests(program_.tail, at_step(t, zero)); });
      });
    emit_nests(program_.finish, at_step(sizes_.time, zero));
  }

  // As many steps as make `block_rows` rows of this batch, from one to `time_block`.
  Value* steps_a_block() {
    const auto integer = [&](int64_t value) { return b_.getInt64(static_cast<uint64_t>(value)); };
    using llvm::Intrinsic::smax, llvm::Intrinsic::smin;
    Value* samples = b_.CreateBinaryIntrinsic(smax, sizes_.batch, integer(1));
    Value* steps = b_.CreateUDiv(integer(program_.block_rows), samples);
    steps = b_.CreateBinaryIntrinsic(smin, steps, integer(program_.time_block));
    return b_.CreateBinaryIntrinsic(smax, steps, integer(1));
  }

  // Steps t0 ... t0 + count - 1.
  void emit_block(Value* t0, Value* count) {
    const Moment whole{t0, b_.getInt64(0), t0, count};
    const std::vector<BufferMemory> workspace = memory_;
    for (const std::vector<Nest>* nests : {&program_.before, &program_.after})
      for (const Nest& nest : *nests)
        if (is_transposition(program_, nest)) emit_stand_in(b_, program_, sizes_, memory_, nest, t0);
    emit_nests(program_.before, whole, make_lists(program_.before, Rows::Steps, whole));
    emit_steps(t0, count);
    emit_nests(program_.after, whole, make_lists(program_.after, Rows::Steps, whole));
    for (size_t i = 0; i < memory_.size(); ++i)
      if (program_.buffers[i].kind == BufferKind::Temporary) memory_[i] = workspace[i];
  }

  void emit_steps(Value* t0, Value* count) {
    const int copies = program_.unroll;
    const auto step = [&](Value* in_block) {
      const Moment now = at_step(b_.CreateAdd(t0, in_block), in_block);
      emit_nests(program_.step, now, make_lists(program_.step, Rows::Samples, now));
      exchange_states();
    };
    const auto turn = [&](Value* in_block) {
      for (int copy = 0; copy < copies; ++copy)
        step(b_.CreateAdd(in_block, b_.getInt64(static_cast<uint64_t>(copy))));
    };
    const bool exact =
        program_.time && program_.time_block == 0 && *program_.time % copies == 0 && !program_.input_length;
    if (exact && *program_.time == copies)
      return team_.emit_loop({&program_.step}, [&] {
        emit_carrying_branch(b_.CreateICmpSGT(count, b_.getInt64(0)), "step", [&] { turn(b_.getInt64(0)); });
      });
    const auto loop = [&](Value* begin, Value* end, int steps, const char* name, const LoopBody& body) {
      team_.emit_loop({&program_.step}, [&] {
        emit_carrying_loop(begin, end, b_.getInt64(static_cast<uint64_t>(steps)), name, body);
      });
    };
    // The body has `copies` steps; what is left over runs one by one.
    Value* whole_turns =
        b_.CreateSub(count, b_.CreateSRem(count, b_.getInt64(static_cast<uint64_t>(copies))));
    loop(b_.getInt64(0), copies > 1 ? whole_turns : count, copies, "step", turn);
    if (copies > 1 && !exact) loop(whole_turns, count, 1, "rest", step);
  }

  void exchange_states() {
    for (size_t i : exchanged_states()) std::swap(memory_[i].current, memory_[i].next);
  }

  std::vector<size_t> exchanged_states() const {
    std::vector<size_t> result;
    for (size_t i = 0; i < program_.buffers.size(); ++i)
      if (program_.buffers[i].kind == BufferKind::State && !program_.buffers[i].in_place) result.push_back(i);
    return result;
  }

  // What runs once or not at all, and leaves the places of the states as its steps exchange them.
  void emit_carrying_branch(Value* condition, const llvm::Twine& name, const std::function<void()>& body) {
    llvm::Function* function = b_.GetInsertBlock()->getParent();
    llvm::BasicBlock* before = b_.GetInsertBlock();
    auto* inside = llvm::BasicBlock::Create(b_.getContext(), name + ".body", function);
    auto* done = llvm::BasicBlock::Create(b_.getContext(), name + ".done", function);
    b_.CreateCondBr(condition, inside, done);
    const std::vector<BufferMemory> unchanged = memory_;
    b_.SetInsertPoint(inside);
    body();
    llvm::BasicBlock* behind = b_.GetInsertBlock();
    b_.CreateBr(done);
    b_.SetInsertPoint(done);
    for (size_t i : exchanged_states())
      for (Value* BufferMemory::* place : {&BufferMemory::current, &BufferMemory::next}) {
        llvm::PHINode* merged = b_.CreatePHI(b_.getPtrTy(), 2);
        merged->addIncoming(unchanged[i].*place, before);
        merged->addIncoming(memory_[i].*place, behind);
        memory_[i].*place = merged;
      }
  }

  // A loop that carries the places of the states, which each step exchanges.
  void emit_carrying_loop(Value* begin, Value* end, Value* step, const llvm::Twine& name,
                          const LoopBody& body) {
    llvm::Function* function = b_.GetInsertBlock()->getParent();
    llvm::BasicBlock* before = b_.GetInsertBlock();
    auto* head = llvm::BasicBlock::Create(b_.getContext(), name + ".head", function);
    auto* inside = llvm::BasicBlock::Create(b_.getContext(), name + ".body", function);
    auto* done = llvm::BasicBlock::Create(b_.getContext(), name + ".done", function);
    b_.CreateBr(head);
    b_.SetInsertPoint(head);
    llvm::PHINode* index = b_.CreatePHI(b_.getInt64Ty(), 2, name);
    index->addIncoming(begin, before);
    std::vector<std::pair<Value**, llvm::PHINode*>> carried;
    for (size_t i : exchanged_states())
      for (Value** place : {&memory_[i].current, &memory_[i].next}) {
        carried.emplace_back(place, b_.CreatePHI(b_.getPtrTy(), 2));
        carried.back().second->addIncoming(*place, before);
        *place = carried.back().second;
      }
    b_.CreateCondBr(b_.CreateICmpSLT(index, end), inside, done);
    b_.SetInsertPoint(inside);
    body(index);
    index->addIncoming(b_.CreateAdd(index, step), b_.GetInsertBlock());
    for (auto& [place, phi] : carried) {
      phi->addIncoming(*place, b_.GetInsertBlock());
      *place = phi;
    }
    b_.CreateBr(head);
    b_.SetInsertPoint(done);
  }

  const LoopProgram& program_;
  const Target& target_;
  std::string name_;
  WeightPlace weights_;
  WorkspaceLayout layout_;
  PreparedLayout prepared_;
  std::unique_ptr<llvm::Module> module_;
  llvm::IRBuilder<> b_;
  TeamEmitter team_;
  CallSizes sizes_;
  Value* prepared_memory_ = nullptr;
  Value* steps_ = nullptr;
  Value* sample_block_ = nullptr;  // null: all samples run together
  Value *row_tables_ = nullptr, *sums_ = nullptr, *sample_lists_ = nullptr, *step_lists_ = nullptr;
  std::vector<BufferMemory> memory_;
  StackArrays stack_;
  Outlining outlining_;
};

}  // namespace

std::unique_ptr<llvm::Module> emit_module(const LoopProgram& program, const Target& target,
                                          const std::string& name, llvm::LLVMContext& context,
                                          const WeightPlace& weights, Origins origins, Part part) {
  return KernelEmitter(program, target, name, context, weights, origins).run(part);
}

}  // namespace rondo::codegen
