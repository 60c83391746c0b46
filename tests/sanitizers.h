// What tests do otherwise where all is built with sanitizers (`./x test --asan`, `--tsan`).
#pragma once

#include <map>
#include <string>

namespace rondo::test {

#ifdef RONDO_SANITIZER_RUNTIME
inline constexpr bool sanitized = true;
/// For programs that were built without sanitizers, and load a library that was built with them.
inline const std::map<std::string, std::string> loads_sanitized = {{"LD_PRELOAD", RONDO_SANITIZER_RUNTIME}};
#else
inline constexpr bool sanitized = false;
inline const std::map<std::string, std::string> loads_sanitized;
#endif

}  // namespace rondo::test
