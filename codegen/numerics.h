// How arithmetic is emitted, where that is more than the operation's name.
#pragma once

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>

#include "ir/target.h"

namespace rondo::codegen {

/// What of a machine matters to arithmetic, and how the code around it wants its numbers.
struct Numerics {
  bool has_fma = true;
  /// Whether the numbers of functions are loaded as whole vectors (`load_number`) rather than constants.
  bool numbers_in_memory = false;

  /// For code that waits for results: numbers are constants.
  static Numerics for_latency(const ir::Target& target) { return {target.has_fma, false}; }
  /// For code that always has something else to run, and so is as quick as its instructions are few. LLVM
  /// spreads a constant from a scalar by an instruction of its own; a load of a whole vector it makes part
  /// of the instruction that wants it, on x86-64 with AVX2. (With AVX-512 there are registers enough; without
  /// AVX2 LLVM has whole vectors in memory by itself.) An LSTM's activations by themselves take 7 % less
  /// time so. Where a single small row waits for itself, the other order that LLVM gives the instructions
  /// then costs up to 20 %.
  static Numerics for_throughput(const ir::Target& target);
};

/// A vector of numbers from memory of the module: one place for all loads of it.
llvm::Value* load_number(llvm::IRBuilder<>& builder, llvm::Constant* number);

}  // namespace rondo::codegen
