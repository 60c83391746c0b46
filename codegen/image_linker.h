// From an object file to code that runs wherever it is put.
#pragma once

#include <llvm/Support/Error.h>
#include <llvm/Support/MemoryBufferRef.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codegen/kernel_emitter.h"
#include "runtime/code_image.h"

namespace rondo::codegen {

/// Instructions and constants in which every reference is relative.
struct LinkedImage {
  std::vector<std::byte> bytes;
  std::vector<uint64_t> entries;  ///< where the functions begin that were asked for
  uint64_t alignment = 0;         ///< of the places where it runs: machines may count references in pages
};

/// A function of another image, which has only this one: it becomes part of the new one.
struct LinkedFunction {
  std::string name;
  std::shared_ptr<const LinkedImage> image;
};

/// Links the object with these functions and nothing else; `entries` are those asked for. Only what they need
/// is kept of the object. An error where it wants variables or anything else from outside, or has a reference
/// that is not relative.
llvm::Expected<LinkedImage> link_image(llvm::MemoryBufferRef object, std::span<const std::string> entries,
                                       std::span<const LinkedFunction> functions = {});

/// The same, of the functions that codegen/kernel_emitter.h emits by this name: of all of them, or of one
/// part alone.
llvm::Expected<runtime::CodeImage> link_kernel(llvm::MemoryBufferRef object, const std::string& name);
llvm::Expected<LinkedImage> link_part(Part part, llvm::MemoryBufferRef object, const std::string& name,
                                      std::span<const LinkedFunction> functions);

/// One image of both parts.
runtime::CodeImage joined(LinkedImage kernel, const LinkedImage& ahead);

}  // namespace rondo::codegen
