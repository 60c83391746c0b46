#include "runtime/workspace.h"

#include <cstdlib>
#include <cstring>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace rondo::runtime {

namespace {

constexpr size_t line = 64, large_page = size_t{2} << 20;
// Below, what is added to fill large pages would be a good part.
constexpr size_t least_in_large_pages = 2 * large_page;

size_t rounded_up(size_t bytes, size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

// Where a kernel reads megabytes in every step, small pages make it wait for their addresses.
void* allocate(size_t bytes) {
  if (bytes < least_in_large_pages) return std::aligned_alloc(line, rounded_up(bytes, line));
  const size_t size = rounded_up(bytes, large_page);
  void* memory = std::aligned_alloc(large_page, size);
#ifdef MADV_HUGEPAGE
  if (memory) madvise(memory, size, MADV_HUGEPAGE);  // an advice: as good without
#endif
  return memory;
}

}  // namespace

void Workspace::Free::operator()(void* memory) const {
  std::free(memory);
}

Workspace::Workspace(int64_t bytes) {
  if (bytes < 0) return;
  const size_t size = static_cast<size_t>(bytes) + line;
  memory_.reset(allocate(size));
  if (memory_) std::memset(memory_.get(), 0, size);
}

}  // namespace rondo::runtime
