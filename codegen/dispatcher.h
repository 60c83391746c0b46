// One kernel for several processors: which of them runs is said by what was prepared.
#pragma once

#include <llvm/IR/Module.h>

#include <string>
#include <vector>

namespace rondo::codegen {

/// Bytes ahead of what a kernel prepares, where it is one of several: its level, a number of 64 bits, and
/// nothing.
inline constexpr int64_t bytes_ahead = 64;

/// A kernel, emitted under its name and this one: NAME_v3.
struct KernelOfLevel {
  int level;  ///< of x86-64
  std::string name;
};

/// Emits the functions of runtime/kernel_abi.h under `name`, each of which calls the one of a kernel: of the
/// level that stands ahead in `prepared`, which whoever calls NAME_prepare has written there. NAME answers 1
/// where there is no kernel of that level. The workspace is the largest of all.
///
/// And NAME_choose: the highest level that the processor has and a kernel is of; 0 where there is none.
void emit_dispatcher(llvm::Module& module, const std::string& name,
                     const std::vector<KernelOfLevel>& kernels);

}  // namespace rondo::codegen
