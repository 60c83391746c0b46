// The innermost loops of products with packed weights: internal functions of the module, one for each shape
// of tile, which all nests share.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include "codegen/numerics.h"
#include "codegen/panel_layout.h"

namespace rondo::codegen {

/// One call: the sums of a family for the rows of a tile and the vectors of a block.
struct SumCall {
  llvm::Value* rows = nullptr;    ///< array of pointers to the left side of each row, at the first term
  llvm::Value* panel = nullptr;   ///< the family's weights in the block
  llvm::Value* result = nullptr;  ///< unit u of row r goes to vector `r * units + u`
  /// Of a single row: blocks behind one another that are summed as one; null: one.
  llvm::Value* blocks = nullptr;
  /// Of a single row: 1 where its groups are summed upwards, -1 downwards; the same sums.
  llvm::Value* direction = nullptr;
  /// Of a function that fetches: weights that will be wanted next, half as many as the tile reads.
  llvm::Value* ahead = nullptr;
};

/// What a tile of rows brings into the second-level cache beside what it reads.
enum class Fetching { Nothing, Ahead };

class SumFunctions {
 public:
  SumFunctions(llvm::IRBuilder<>& builder, llvm::Module& module, Numerics numerics)
      : b_(builder), module_(module), numerics_(numerics) {}

  /// The function that sums `rows` rows of families with this element type, group and kind of length, whose
  /// left side has its terms `left_stride` elements apart. One row never fetches. Emits it where the module
  /// does not have it yet; the builder stays where it is.
  llvm::Function* get(const FamilyLayout& family, int lanes, int rows, int64_t left_stride,
                      Fetching fetching = Fetching::Nothing);
  /// Calls one of these functions.
  void call(llvm::Value* function, const FamilyLayout& family, const SumCall& call);

 private:
  llvm::FunctionType* type() const;

  llvm::IRBuilder<>& b_;
  llvm::Module& module_;
  Numerics numerics_;
};

}  // namespace rondo::codegen
