#include "runtime/code_image.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

namespace rondo::runtime {

namespace {

// Valgrind, which a host may run under, reads a few bytes beyond the instructions that it translates: behind
// code that ends with a page there may be no memory.
constexpr size_t read_ahead = 64;

class MappedCode : public NativeCode {
 public:
  MappedCode() = default;
  ~MappedCode() override {
    if (memory_ != MAP_FAILED) munmap(memory_, bytes_ + read_ahead);
  }

  // False, with errno set, where the system refuses.
  bool map(const CodeImage& image) {
    bytes_ = image.bytes.size();
    if (bytes_ == 0) {
      errno = EINVAL;
      return false;
    }
    memory_ = mmap(nullptr, bytes_ + read_ahead, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) return false;
    std::memcpy(memory_, image.bytes.data(), bytes_);
    if (mprotect(memory_, bytes_ + read_ahead, PROT_READ | PROT_EXEC) != 0) return false;
    auto* begin = static_cast<char*>(memory_);
    // Machines whose instruction cache does not see what was written need to be told.
    __builtin___clear_cache(begin, begin + bytes_);
    entries_.run = reinterpret_cast<rondo_run_function>(begin + image.entries[0]);
    entries_.workspace_size = reinterpret_cast<rondo_workspace_function>(begin + image.entries[1]);
    entries_.prepare = reinterpret_cast<rondo_prepare_function>(begin + image.entries[2]);
    entries_.prepared_size = reinterpret_cast<rondo_prepared_size_function>(begin + image.entries[3]);
    return true;
  }

 private:
  void* memory_ = MAP_FAILED;
};

}  // namespace

std::shared_ptr<const NativeCode> make_executable(const CodeImage& image, std::error_code& problem) {
  auto code = std::make_shared<MappedCode>();
  if (code->map(image)) return code;
  problem = std::error_code(errno, std::generic_category());
  return nullptr;
}

}  // namespace rondo::runtime
