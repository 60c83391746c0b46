// From a scheduled loop program to native code that can be called.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ir/arguments.h"
#include "ir/loop_program.h"
#include "ir/target.h"

namespace rondo::codegen {

/// A compiled recurrence. Copies share the code, which goes when the last of them does. May run in many
/// threads at once.
class Kernel {
 public:
  struct Code;
  explicit Kernel(std::shared_ptr<const Code> code) : code_(std::move(code)) {}

  /// Runs over the arguments; nothing, and diagnostics, where they do not fit or memory does not suffice.
  std::optional<ir::Results> run(const ir::Arguments& arguments, ir::Diagnostics& diagnostics) const;

  /// LLVM IR and assembly of the kernel, as text.
  std::string llvm_text() const;
  std::string assembly() const;
  /// Bytes of the object file; milliseconds for IR, code generation and linking.
  size_t object_bytes() const;
  double compile_milliseconds() const;

 private:
  std::shared_ptr<const Code> code_;
};

/// Makes kernels for one target. Keeps LLVM's JIT; may be used by one thread at a time.
class Compiler {
 public:
  /// Nothing, and a diagnostic, where the machine forbids making code executable.
  static std::optional<Compiler> create(const ir::Target& target, ir::Diagnostics& diagnostics);

  /// The recurrence is the one that the program was lowered from.
  std::optional<Kernel> compile(const ir::LoopProgram& program, const ir::Recurrence& recurrence,
                                ir::Diagnostics& diagnostics) const;

 private:
  struct Jit;
  explicit Compiler(std::shared_ptr<Jit> jit) : jit_(std::move(jit)) {}
  friend struct Kernel::Code;
  std::shared_ptr<Jit> jit_;
};

}  // namespace rondo::codegen
