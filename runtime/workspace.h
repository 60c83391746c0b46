// The workspace of a kernel call: zeroed memory, aligned to 64 bytes, and in large pages where it is large.
#pragma once

#include <cstddef>
#include <memory>

namespace rondo::runtime {

class Workspace {
 public:
  /// Empty where the memory is not there (`data()` is null then).
  explicit Workspace(int64_t bytes);

  void* data() const { return memory_.get(); }

 private:
  struct Free {
    void operator()(void* memory) const;
  };
  std::unique_ptr<void, Free> memory_;
};

}  // namespace rondo::runtime
