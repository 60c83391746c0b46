#include "codegen/numerics.h"

#include <llvm/IR/Module.h>
#include <llvm/TargetParser/Triple.h>

namespace rondo::codegen {

namespace {

llvm::GlobalVariable* memory_of(llvm::Module& module, llvm::Constant* number, llvm::Align align) {
  for (llvm::GlobalVariable& other : module.globals())
    if (other.isConstant() && other.hasInitializer() && other.getInitializer() == number) return &other;
  auto* memory = new llvm::GlobalVariable(module, number->getType(), true, llvm::GlobalValue::PrivateLinkage,
                                          number, "number");
  memory->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
  memory->setAlignment(align);
  return memory;
}

}  // namespace

Numerics Numerics::for_throughput(const ir::Target& target) {
  const bool avx2_alone = llvm::Triple(target.triple).isX86() && target.vector_bits == 256 &&
                          target.vector_registers == 16 && target.has_fma;
  return {target.has_fma, avx2_alone};
}

llvm::Value* load_number(llvm::IRBuilder<>& builder, llvm::Constant* number) {
  llvm::Module& module = *builder.GetInsertBlock()->getModule();
  const llvm::Align align(module.getDataLayout().getTypeStoreSize(number->getType()));
  return builder.CreateAlignedLoad(number->getType(), memory_of(module, number, align), align);
}

}  // namespace rondo::codegen
