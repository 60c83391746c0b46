// Machine code of functions that kernels have in common: compiled for the first of them, and kept.
#pragma once

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "codegen/image_linker.h"
#include "codegen/standalone_functions.h"
#include "ir/target.h"

namespace rondo::codegen {

/// Three tenths of the time to compile a cell with packed weights go into loops that sum, which know no cell:
/// the next cell has the same. May be used by any number of threads at once; those that want the same new
/// function at the same time may each compile it.
class FunctionLibrary {
 public:
  /// That of the process.
  static FunctionLibrary& instance();

  /// The code of each of the functions, kept if it is common, for a target of the host's architecture. What
  /// is not known yet is compiled meanwhile, in a thread of its own if there can be one; what goes wrong is
  /// thrown by the future. The target must stay until then.
  std::future<std::vector<LinkedFunction>> code_of(std::vector<StandaloneFunction> functions,
                                                   const ir::Target& target);

 private:
  using Image = std::shared_ptr<const LinkedImage>;

  Image find(const std::string& bitcode);
  Image find_or_compile(const StandaloneFunction& function, const ir::Target& target);

  std::mutex mutex_;
  std::map<std::string, Image> images_;  // by bitcode, which names the processor
};

}  // namespace rondo::codegen
