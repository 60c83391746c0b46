// How the processor treats numbers too small for all their digits.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace rondo::ir {

/// While it lives, floats of this thread that are denormal count as zeros and come out as zeros. Does nothing
/// where `wanted` is false, or on processors of which Rondo knows no way.
class FlushDenormals {
 public:
  explicit FlushDenormals(bool wanted) : before_(control()) {
    if (wanted) set_control(before_ | flush_bits);
  }
  ~FlushDenormals() { set_control(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__x86_64__)
  static constexpr uint64_t flush_bits = 0x8040;  // MXCSR: flush to zero, denormals are zeros
  static uint64_t control() { return _mm_getcsr(); }
  static void set_control(uint64_t bits) { _mm_setcsr(static_cast<unsigned>(bits)); }
#elif defined(__aarch64__)
  static constexpr uint64_t flush_bits = uint64_t{1} << 24;  // FPCR: flush to zero
  static uint64_t control() { return __builtin_aarch64_get_fpcr64(); }
  static void set_control(uint64_t bits) { __builtin_aarch64_set_fpcr64(bits); }
#else
  static constexpr uint64_t flush_bits = 0;
  static uint64_t control() { return 0; }
  static void set_control(uint64_t) {}
#endif

  uint64_t before_;
};

}  // namespace rondo::ir
