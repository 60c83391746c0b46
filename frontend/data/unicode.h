// Text from anyone, as code points.
#pragma once

#include <string>
#include <string_view>

namespace rondo::data {

/// The code points of `utf8`. What is not valid UTF-8, and every control character, becomes U+FFFD.
std::u32string decode_utf8(std::string_view utf8);
std::string encode_utf8(std::u32string_view text);

/// At most `length` code points of `text`, the last an ellipsis where it was longer.
std::u32string shortened(std::u32string text, size_t length);

}  // namespace rondo::data
