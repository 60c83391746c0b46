// The bounds of a call: which memory a checked kernel may touch, and what it tried to touch beside that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/kernel_abi.h"

namespace rondo::runtime {

/// An access that a checked kernel did not make.
struct Violation {
  int64_t place = 0;  ///< the number of the instruction in the loop program, from one; 0: none in particular
  bool writes = false;
  int64_t bytes = 0;
  std::string nearest;    ///< the memory that it is nearest to
  int64_t begins_at = 0;  ///< where the access begins, in bytes from the beginning of that memory
  int64_t memory_bytes = 0;
};

/// Memory of one call. Checked kernels ask about each load and store, and are sent to memory of the bounds'
/// own where it is none of the call's: they run to their end, damage nothing, and their results are worth
/// nothing.
class Bounds {
 public:
  /// What a checked kernel calls: the address, or another that may be read and written instead.
  using Check = void* (*)(Bounds* bounds, void* address, int64_t bytes, int64_t place, int32_t writes);

  void add(std::string name, const void* begin, int64_t bytes, bool writable);
  /// All elements of an array of `elements` a row, which has `batch` and `time` rows along its strides.
  void add_array(std::string name, const rondo_array& array, int64_t element_bytes, int64_t elements,
                 int64_t batch, int64_t time, bool writable);

  /// The first one.
  const std::optional<Violation>& violation() const { return violation_; }

  static void* check(Bounds* bounds, void* address, int64_t bytes, int64_t place, int32_t writes);

 private:
  struct Range {
    std::string name;
    uintptr_t begin, end;
    bool writable;
  };
  void report(uintptr_t begin, int64_t bytes, int64_t place, bool writes);

  std::vector<Range> ranges_;
  std::optional<Violation> violation_;
  alignas(64) std::byte elsewhere_[1024]{};
};

}  // namespace rondo::runtime
