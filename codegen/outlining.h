// Long loops as functions of their own: LLVM takes less time for two functions than for one as long as both,
// and what stands alone is compiled beside the kernel (FunctionLibrary).
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <functional>
#include <vector>

namespace rondo::codegen {

/// Whether a function was taken out of a kernel, and is of no use to others.
bool is_outlined(const llvm::Function& function);

/// The loops of one function that may be taken out of it, noted while it is written.
class Outlining {
 public:
  /// Writes a loop. What it needs becomes an argument of the function that it may become; nothing that it
  /// makes is used behind it.
  void note(llvm::IRBuilder<>& builder, const std::function<void()>& emit);

  /// Takes those out that are worth a call. The function around them must be complete. Forgets all.
  void run();

 private:
  std::vector<std::vector<llvm::BasicBlock*>> loops_;
};

}  // namespace rondo::codegen
