// The hint to a processor that its thread waits in a loop.
#pragma once

namespace rondo::runtime {

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace rondo::runtime
