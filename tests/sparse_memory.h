// Memory of any size of which only what is touched is there.
#pragma once

#include <sys/mman.h>

#include <cstdint>

namespace rondo::test {

/// Zeros; a null `data` where the system gives no such range of addresses.
template <class T>
class SparseMemory {
 public:
  explicit SparseMemory(int64_t elements) : bytes_(static_cast<size_t>(elements) * sizeof(T)) {
    void* const memory =
        mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    data_ = memory == MAP_FAILED ? nullptr : static_cast<T*>(memory);
  }
  SparseMemory(const SparseMemory&) = delete;
  SparseMemory& operator=(const SparseMemory&) = delete;
  ~SparseMemory() {
    if (data_) munmap(data_, bytes_);
  }

  T* data() const { return data_; }
  T& operator[](int64_t index) const { return data_[index]; }

 private:
  size_t bytes_;
  T* data_;
};

}  // namespace rondo::test
