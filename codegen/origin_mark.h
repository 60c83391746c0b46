// Which instruction of the loop program a piece of code comes from: carried through LLVM as line numbers.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include "ir/loop_listing.h"

namespace rondo::codegen {

/// Makes a module carry origins; in any other, marks do nothing. Before its first function.
void carry_origins(llvm::Module& module);

/// Where the module carries origins, so does what `b` makes in `function` from now on; it comes from no
/// instruction until a mark says so. Before the first instruction of the function.
void begin_function(llvm::IRBuilder<>& b, llvm::Function& function);

/// As long as it lives, what `b` makes comes from the instruction at `position` of a stage.
class OriginMark {
 public:
  OriginMark(llvm::IRBuilder<>& b, const ir::LoopProgram& program, const ir::Stage& stage, size_t position);
  ~OriginMark() { b_.SetCurrentDebugLocation(before_); }
  OriginMark(const OriginMark&) = delete;
  OriginMark& operator=(const OriginMark&) = delete;

 private:
  llvm::IRBuilder<>& b_;
  llvm::DebugLoc before_;
};

/// Origins are lines of the debug information: the number of the instruction and one; 0 where there is none.
inline unsigned line_of(ir::InstructionNumber number) {
  return static_cast<unsigned>(number) + 1;
}

}  // namespace rondo::codegen
