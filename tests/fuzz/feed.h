// A fuzzer's bytes, taken as the arguments of calls.
#pragma once

#include <cstring>
#include <limits>

#include "tests/fuzz/targets.h"

namespace rondo::fuzz {

/// Hands the bytes out from the first on; zeros when there are no more.
class Feed {
 public:
  explicit Feed(Bytes bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }

  uint8_t byte() {
    if (bytes_.empty()) return 0;
    const uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }

  /// A number below `count`.
  int64_t below(int64_t count) { return byte() % count; }

  /// Small as a rule, and now and then as large as can be.
  int64_t integer() {
    constexpr int64_t large[] = {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(),
                                 int64_t{1} << 31, -(int64_t{1} << 33), int64_t{1} << 45};
    const uint8_t kind = byte();
    if (kind < 240) return kind % 24 - 4;
    return large[kind % std::size(large)];
  }

 private:
  Bytes bytes_;
};

}  // namespace rondo::fuzz
