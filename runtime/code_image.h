// The code of one kernel as bytes: how it is kept in a file, and how it comes to run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>
#include <vector>

#include "runtime/native_code.h"

namespace rondo::runtime {

/// Linked instructions and constants in which every reference is relative: they run wherever they are put,
/// from the beginning of a page.
struct CodeImage {
  std::vector<std::byte> bytes;
  /// Where the functions begin, in the order of `EntryPoints`.
  std::array<uint64_t, 4> entries{};
};

/// A copy of the image that can run; its memory is never writable and executable at once. Null, and why,
/// where the system forbids it or memory does not suffice.
std::shared_ptr<const NativeCode> make_executable(const CodeImage& image, std::error_code& problem);

}  // namespace rondo::runtime
