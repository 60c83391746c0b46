#include "frontend/data/unicode.h"

namespace rondo::data {

namespace {

constexpr char32_t replacement = 0xFFFD;

// The code point at the start of `text`, which is not empty; its bytes are removed. Where it is invalid, one
// byte is.
char32_t take_code_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  char32_t code = length == 1 ? lead : lead & (0xFFu >> (length + 1));
  bool valid = length <= text.size() && (lead < 0x80 || (lead >= 0xC2 && lead < 0xF5));
  for (size_t i = 1; valid && i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    valid = (next & 0xC0) == 0x80;
    code = code << 6 | (next & 0x3Fu);
  }
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  valid = valid && code >= smallest[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  text.remove_prefix(valid ? length : 1);
  const bool is_control = code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0xFFFE || code == 0xFFFF;
  return valid && !is_control ? code : replacement;
}

}  // namespace

std::u32string decode_utf8(std::string_view utf8) {
  std::u32string result;
  while (!utf8.empty()) result += take_code_point(utf8);
  return result;
}

std::string encode_utf8(std::u32string_view text) {
  std::string result;
  for (const char32_t code : text) {
    const auto tail = [&](int shift) { result += static_cast<char>(0x80 | (code >> shift & 0x3F)); };
    if (code < 0x80) {
      result += static_cast<char>(code);
    } else if (code < 0x800) {
      result += static_cast<char>(0xC0 | code >> 6);
      tail(0);
    } else if (code < 0x10000) {
      result += static_cast<char>(0xE0 | code >> 12);
      tail(6), tail(0);
    } else {
      result += static_cast<char>(0xF0 | code >> 18);
      tail(12), tail(6), tail(0);
    }
  }
  return result;
}

std::u32string shortened(std::u32string text, size_t length) {
  if (text.size() <= length) return text;
  text.resize(length);
  if (length > 0) text.back() = U'\u2026';
  return text;
}

}  // namespace rondo::data
