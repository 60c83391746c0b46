// Numbers as operands in memory, where the machine takes whole vectors from there.
#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

namespace rondo::codegen {

/// Makes vectors of one floating-point number loads of constants, for x86-64 with AVX2 and without AVX-512.
/// LLVM would spread each from a scalar, by an instruction of its own, which activations have one of for
/// each operation; a load it makes part of the instruction that wants it. (With AVX-512 there are twice the
/// registers for them; without AVX2 LLVM has whole vectors in memory by itself.)
void put_numbers_in_memory(llvm::Module& module, const llvm::TargetMachine& machine);

}  // namespace rondo::codegen
