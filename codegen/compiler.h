// From a scheduled loop program to native code.
#pragma once

#include <memory>
#include <string>

#include "ir/diagnostics.h"
#include "ir/loop_program.h"
#include "ir/target.h"
#include "runtime/native_code.h"

namespace rondo::codegen {

/// Makes code for one target. Keeps LLVM's JIT; may be used by one thread at a time.
class Compiler {
 public:
  /// Null, and a diagnostic, where the machine forbids making code executable.
  static std::unique_ptr<Compiler> create(const ir::Target& target, ir::Diagnostics& diagnostics);

  /// Null, and a diagnostic, where the code cannot be made executable.
  std::shared_ptr<const runtime::NativeCode> compile(const ir::LoopProgram& program,
                                                     ir::Diagnostics& diagnostics) const;

  class Jit;

 private:
  explicit Compiler(std::shared_ptr<Jit> jit) : jit_(std::move(jit)) {}

  std::shared_ptr<Jit> jit_;
};

/// The code of a program as text.
std::string llvm_text(const ir::LoopProgram& program, const ir::Target& target);
std::string assembly_text(const ir::LoopProgram& program, const ir::Target& target);

}  // namespace rondo::codegen
