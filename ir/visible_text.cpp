#include "ir/visible_text.h"

#include <fmt/format.h>

namespace rondo::ir {

namespace {

struct Character {
  unsigned point;  // of bytes that are no UTF-8: the first of them
  size_t bytes;
  bool is_valid;
};

// The first character of a text that is not empty (RFC 3629, but for surrogates and the like: they steer
// nothing).
Character first_of(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {lead, 1, false};
  unsigned point = lead & (0x7fU >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {lead, 1, false};
    point = (point << 6U) | (byte(i) & 0x3fU);
  }
  return {point, bytes, true};
}

bool is_control(unsigned point) {
  return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

bool turns_writing(unsigned point) {
  return point == 0x61c || point == 0x200e || point == 0x200f || (point >= 0x202a && point <= 0x202e) ||
         (point >= 0x2066 && point <= 0x2069);
}

}  // namespace

std::string visible(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Character c = first_of(text);
    if (!c.is_valid || (is_control(c.point) && c.point != '\n' && c.point != '\t'))
      result += fmt::format("\\x{:02x}", c.point);
    else if (turns_writing(c.point))
      result += fmt::format("\\u{:04x}", c.point);
    else
      result += text.substr(0, c.bytes);
    text.remove_prefix(c.bytes);
  }
  return result;
}

bool can_be_name(std::string_view text) {
  return !text.empty() && text.find_first_of("`\n\t") == std::string_view::npos && visible(text) == text;
}

}  // namespace rondo::ir
