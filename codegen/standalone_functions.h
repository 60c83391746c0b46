// Functions that kernels have in common, taken out of the module of one.
#pragma once

#include <llvm/IR/Module.h>

#include <string>
#include <vector>

namespace rondo::codegen {

/// A function that refers to nothing outside itself, as a module of its own. Equal bitcode is equal code.
struct StandaloneFunction {
  std::string name;
  std::string bitcode;
  bool is_common = true;  ///< whether other kernels may have the same
};

/// Takes all internal functions of this kind out of the module: sums of packed products, the packing, long
/// functions such as erf. What stays in their place are declarations of functions that the module wants from
/// outside.
std::vector<StandaloneFunction> take_standalone_functions(llvm::Module& module);

}  // namespace rondo::codegen
