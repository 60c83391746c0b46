#include "runtime/workspace.h"

#include <cstdlib>
#include <cstring>

namespace rondo::runtime {

void Workspace::Free::operator()(void* memory) const {
  std::free(memory);
}

Workspace::Workspace(int64_t bytes) {
  if (bytes < 0) return;
  const size_t size = (static_cast<size_t>(bytes) + 127) / 64 * 64;
  memory_.reset(std::aligned_alloc(64, size));
  if (memory_) std::memset(memory_.get(), 0, size);
}

}  // namespace rondo::runtime
