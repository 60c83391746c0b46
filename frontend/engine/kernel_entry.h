// A kernel with its key as the contents of a file.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/code_image.h"

namespace rondo::engine {

std::vector<std::byte> encode_entry(std::string_view key, const runtime::CodeImage& image);

/// Nothing where the bytes are not, to the last bit, what was encoded under this key.
std::optional<runtime::CodeImage> decode_entry(std::span<const std::byte> bytes, std::string_view key);

}  // namespace rondo::engine
