#include "codegen/outlining.h"

#include <llvm/Transforms/Utils/CodeExtractor.h>

#include "ir/diagnostics.h"

namespace rondo::codegen {

namespace {

// Fewer instructions than this are compiled in less time than it takes to take them out.
constexpr size_t least_instructions = 200;

size_t instructions_of(const std::vector<llvm::BasicBlock*>& loop) {
  size_t count = 0;
  for (const llvm::BasicBlock* block : loop) count += block->size();
  return count;
}

const char* const outlined = "rondo-outlined";

}  // namespace

bool is_outlined(const llvm::Function& function) {
  return function.hasFnAttribute(outlined);
}

// Blocks are appended to the function as they are made.
void Outlining::note(llvm::IRBuilder<>& builder, const std::function<void()>& emit) {
  llvm::Function& function = *builder.GetInsertBlock()->getParent();
  auto* first = llvm::BasicBlock::Create(builder.getContext(), "outlined", &function);
  builder.CreateBr(first);
  builder.SetInsertPoint(first);
  emit();
  auto* behind = llvm::BasicBlock::Create(builder.getContext(), "behind", &function);
  builder.CreateBr(behind);
  builder.SetInsertPoint(behind);
  std::vector<llvm::BasicBlock*>& blocks = loops_.emplace_back();
  for (auto block = first->getIterator(); &*block != behind; ++block) blocks.push_back(&*block);
}

void Outlining::run() {
  for (const std::vector<llvm::BasicBlock*>& loop : loops_) {
    if (instructions_of(loop) < least_instructions) continue;
    llvm::Function& function = *loop.front()->getParent();
    const llvm::CodeExtractorAnalysisCache cache(function);
    llvm::CodeExtractor extractor(loop, nullptr, false, nullptr, nullptr, nullptr, false, false, nullptr,
                                  "rest");
    llvm::Function* own = extractor.extractCodeRegion(cache);
    RONDO_CHECK(own, "a loop cannot become a function");
    own->addFnAttr(outlined);
  }
  loops_.clear();
}

}  // namespace rondo::codegen
