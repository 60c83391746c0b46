// The machine that code is made for, as far as decisions above LLVM need to know it.
#pragma once

#include <string>

namespace rondo::ir {

/// A plain, comparable value. `codegen::host_machine()` describes the machine at hand.
struct Target {
  std::string triple;     ///< LLVM's, such as "x86_64-unknown-linux-gnu"
  std::string cpu;        ///< LLVM's name, such as "znver4"
  std::string features;   ///< LLVM's list, such as "+avx2,+fma"
  int vector_bits = 128;  ///< widest vectors that pay
  int vector_registers = 16;
  bool has_fma = true;  ///< without it multiply and add are emitted apart, and the promise of equal bits ends

  bool operator==(const Target&) const = default;
  /// "znver4 (512-bit vectors, 32 registers, fma)".
  std::string describe() const;
};

}  // namespace rondo::ir
