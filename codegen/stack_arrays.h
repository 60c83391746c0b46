// Arrays on the stack of a kernel, and the sums of a stage that are put aside in them.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <map>
#include <vector>

#include "ir/loop_program.h"

namespace rondo::codegen {

/// One array for each type and length, shared by all nests.
class StackArrays {
 public:
  llvm::Value* get(llvm::IRBuilder<>& builder, llvm::Type* type, int count);

 private:
  std::map<std::pair<llvm::Type*, int>, llvm::Value*> arrays_;
};

/// The sums of all contractions of a stage at `count` positions, until the rest of the body takes them.
class SumsAside {
 public:
  SumsAside(llvm::IRBuilder<>& builder, StackArrays& stack, const ir::Stage& stage, int lanes, int count);

  /// `sums`: for each contraction in the order of the body, those of the positions from `first` on.
  void store(const std::vector<std::vector<llvm::Value*>>& sums, llvm::Value* first);
  /// Those of `count` positions from `first` on, of one contraction after another.
  std::vector<llvm::Value*> load(llvm::Value* first, int count);

 private:
  // Of one contraction.
  struct Array {
    llvm::Type* type;
    llvm::Value* memory;
  };
  llvm::Value* at(const Array& array, llvm::Value* first, int position);

  llvm::IRBuilder<>& b_;
  std::vector<Array> arrays_;
};

}  // namespace rondo::codegen
