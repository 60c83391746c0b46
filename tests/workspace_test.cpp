#include "runtime/workspace.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>

using namespace rondo;

TEST_CASE("a workspace is zeroed and begins at a line of a cache, in small pages and in large ones",
          "[runtime]") {
  for (const int64_t bytes : {0, 1, 64, 1000, (4 << 20) - 65, (4 << 20) - 64, 4 << 20, (6 << 20) + 1}) {
    const runtime::Workspace workspace(bytes);
    const auto* begin = static_cast<const char*>(workspace.data());
    REQUIRE(begin != nullptr);
    CHECK(reinterpret_cast<uintptr_t>(begin) % 64 == 0);
    CHECK(std::all_of(begin, begin + bytes, [](char byte) { return byte == 0; }));
  }
}

TEST_CASE("a workspace that there is no memory for is empty", "[runtime]") {
  CHECK(runtime::Workspace(-1).data() == nullptr);
  CHECK(runtime::Workspace(INT64_MAX - 4096).data() == nullptr);
}
