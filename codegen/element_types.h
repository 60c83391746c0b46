// LLVM types of element types: booleans are bytes in memory and bits in registers.
#pragma once

#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/IRBuilder.h>

#include <algorithm>

#include "ir/type.h"

namespace rondo::codegen {

inline llvm::Type* register_type(llvm::IRBuilder<>& b, ir::DType dtype) {
  switch (dtype) {
    case ir::DType::F32:
      return b.getFloatTy();
    case ir::DType::F64:
      return b.getDoubleTy();
    case ir::DType::I32:
      return b.getInt32Ty();
    case ir::DType::I64:
      return b.getInt64Ty();
    case ir::DType::Bool:
      return b.getInt1Ty();
  }
  __builtin_unreachable();
}

inline llvm::Type* memory_type(llvm::IRBuilder<>& b, ir::DType dtype) {
  return dtype == ir::DType::Bool ? b.getInt8Ty() : register_type(b, dtype);
}

inline llvm::Type* vector_of(llvm::Type* element, int lanes) {
  return lanes == 1 ? element : llvm::FixedVectorType::get(element, static_cast<unsigned>(lanes));
}

/// Of packed weights and of their sums: multiples of their own size, up to a line of a cache.
inline llvm::Align packed_alignment(llvm::Type* vector) {
  return llvm::Align(std::min<uint64_t>(vector->getPrimitiveSizeInBits() / 8, 64));
}

}  // namespace rondo::codegen
