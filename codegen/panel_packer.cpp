#include "codegen/panel_packer.h"

#include <fmt/format.h>
#include <llvm/IR/Module.h>

#include "codegen/element_types.h"
#include "codegen/origin_mark.h"
#include "codegen/panel_layout.h"
#include "codegen/tile_emitter.h"

namespace rondo::codegen {

using namespace ir;
using llvm::Value;

namespace {

class Packer {
 public:
  Packer(llvm::IRBuilder<>& b, const std::vector<BufferMemory>& memory, const Stage& stage, Value* panels)
      : b_(b), memory_(memory), stage_(stage), layout_(lay_out_panels(stage)), panels_(panels) {}

  // For each index of the outer axes, each block.
  void emit() { walk({}, integer(0)); }

 private:
  Value* integer(int64_t value) { return b_.getInt64(static_cast<uint64_t>(value)); }

  void walk(const std::vector<Value*>& indices, Value* before) {
    const bool last = indices.size() + 1 == stage_.extents.size();
    const int64_t extent = last ? layout_.blocks : stage_.extents[indices.size()];
    emit_loop(b_, integer(0), integer(extent), 1, "pack", [&](Value* index) {
      Value* number = b_.CreateAdd(b_.CreateMul(before, integer(extent)), index);
      std::vector<Value*> next = indices;
      next.push_back(index);
      if (last)
        pack_block(next, number);
      else
        walk(next, number);
    });
  }

  // `indices`: those of the outer axes, and the block.
  void pack_block(const std::vector<Value*>& indices, Value* number) {
    Value* block =
        b_.CreateGEP(b_.getInt8Ty(), panels_, {b_.CreateMul(number, integer(layout_.block_bytes))});
    const auto& families = stage_.panels->families;
    for (size_t f = 0; f < families.size(); ++f)
      for (int unit = 0; unit < layout_.families[f].units; ++unit) {
        const auto contractions = static_cast<int>(families[f].contractions.size());
        const int contraction = families[f].contractions[static_cast<size_t>(unit % contractions)];
        const int64_t vectors = stage_.panels->vectors;
        Value* vector =
            b_.CreateAdd(b_.CreateMul(indices.back(), integer(vectors)), integer(unit / contractions));
        Value* first_column = b_.CreateMul(vector, integer(stage_.lanes));
        pack_unit(stage_.body[static_cast<size_t>(contraction)].rhs, indices, first_column,
                  layout_.families[f],
                  b_.CreateConstGEP1_64(b_.getInt8Ty(), block,
                                        static_cast<uint64_t>(layout_.families[f].unit_offset(unit))));
      }
  }

  void pack_unit(const Access& weights, const std::vector<Value*>& indices, Value* first_column,
                 const FamilyLayout& family, Value* to) {
    Value* offset = integer(weights.offset);
    for (size_t axis = 0; axis + 1 < weights.strides.size(); ++axis)
      offset = b_.CreateAdd(offset, b_.CreateMul(indices[axis], integer(weights.strides[axis])));
    offset = b_.CreateAdd(offset, b_.CreateMul(first_column, integer(weights.strides.back())));
    llvm::Type* element = memory_type(b_, family.dtype);
    Value* from = b_.CreateGEP(element, memory_[static_cast<size_t>(weights.buffer.index)].current, {offset});
    Value* columns = b_.CreateSub(integer(stage_.extents.back()), first_column);
    b_.CreateCall(function(family.dtype), {from, integer(weights.k_stride), integer(weights.strides.back()),
                                           columns, to, integer(family.term_bytes()), integer(family.terms)});
  }

  // void pack(from, k_stride, column_stride, columns, to, term_bytes, terms): one vector of each term; zeros
  // from `columns` on, of which there may be less than none. Strides of `from` count elements.
  llvm::Function* function(DType dtype) {
    llvm::Function* caller = b_.GetInsertBlock()->getParent();
    llvm::Module& module = *caller->getParent();
    const std::string name = fmt::format("pack.{}x{}", name_of(dtype), stage_.lanes);
    if (llvm::Function* known = module.getFunction(name)) return known;
    llvm::Type *pointer = b_.getPtrTy(), *number = b_.getInt64Ty();
    auto* type = llvm::FunctionType::get(b_.getVoidTy(),
                                         {pointer, number, number, number, pointer, number, number}, false);
    auto* result = llvm::Function::Create(type, llvm::Function::InternalLinkage, name, module);
    result->addFnAttrs(llvm::AttrBuilder(b_.getContext(), caller->getAttributes().getFnAttrs()));
    const llvm::IRBuilderBase::InsertPointGuard guard(b_);
    b_.SetInsertPoint(llvm::BasicBlock::Create(b_.getContext(), "entry", result));
    begin_function(b_, *result);
    llvm::Type* element = memory_type(b_, dtype);
    emit_loop(b_, integer(0), result->getArg(6), 1, "term", [&](Value* term) {
      Value* row = b_.CreateGEP(element, result->getArg(0), {b_.CreateMul(term, result->getArg(1))});
      Value* place = b_.CreateGEP(b_.getInt8Ty(), result->getArg(4), {b_.CreateMul(term, result->getArg(5))});
      emit_loop(b_, integer(0), integer(stage_.lanes), 1, "lane", [&](Value* lane) {
        Value* there = b_.CreateICmpSLT(lane, result->getArg(3));
        Value* from = b_.CreateGEP(element, row, {b_.CreateMul(lane, result->getArg(2))});
        Value* to = b_.CreateGEP(element, place, {lane});
        // Behind the last column there is nothing to read: what is there already is, for nothing.
        Value* loaded = b_.CreateLoad(element, b_.CreateSelect(there, from, to));
        b_.CreateStore(b_.CreateSelect(there, loaded, llvm::Constant::getNullValue(element)), to);
      });
    });
    b_.CreateRetVoid();
    return result;
  }

  llvm::IRBuilder<>& b_;
  const std::vector<BufferMemory>& memory_;
  const Stage& stage_;
  PanelLayout layout_;
  Value* panels_;
};

}  // namespace

void emit_packing(llvm::IRBuilder<>& builder, const std::vector<BufferMemory>& memory, const Stage& stage,
                  Value* panels) {
  Packer(builder, memory, stage, panels).emit();
}

}  // namespace rondo::codegen
