// From an object file to code that runs wherever it is put.
#pragma once

#include <llvm/Support/Error.h>
#include <llvm/Support/MemoryBufferRef.h>

#include <array>
#include <string>

#include "runtime/code_image.h"

namespace rondo::codegen {

/// Links the object by itself; `entries` names the functions of the image. Only what they need is kept. An
/// error where the object wants variables or anything outside itself, or has a reference that is not
/// relative.
llvm::Expected<runtime::CodeImage> link_image(llvm::MemoryBufferRef object,
                                              const std::array<std::string, 4>& entries);

}  // namespace rondo::codegen
