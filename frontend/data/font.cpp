#include "frontend/data/font.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "frontend/data/unicode.h"

namespace rondo::data {

namespace {

Glyph decode(const EncodedGlyph& encoded) {
  Glyph glyph{encoded.advance, encoded.left, encoded.top, encoded.width, encoded.height, {}};
  glyph.bits.assign(static_cast<size_t>(glyph.width) * static_cast<size_t>(glyph.height), 0);
  size_t position = 0;
  for (const char c : encoded.runs) {
    const int gap = c - '#' - (c > '?' ? 1 : 0) - (c > '\\' ? 1 : 0);
    constexpr int no_bit = 89;
    position += static_cast<size_t>(gap);
    if (gap == no_bit) continue;
    if (position < glyph.bits.size()) glyph.bits[position] = 1;
    ++position;
  }
  const auto width = static_cast<size_t>(glyph.width);
  for (size_t i = width; i < glyph.bits.size(); ++i) glyph.bits[i] ^= glyph.bits[i - width];
  return glyph;
}

}  // namespace

double Glyph::coverage(double x0, double y0, double x1, double y1) const {
  const double area = (x1 - x0) * (y1 - y0);
  x0 = std::max(x0, 0.0), y0 = std::max(y0, 0.0);
  x1 = std::min(x1, static_cast<double>(width)), y1 = std::min(y1, static_cast<double>(height));
  double covered = 0;
  for (int y = static_cast<int>(y0); y < y1; ++y) {
    const double rows = std::min(y1, y + 1.0) - std::max(y0, static_cast<double>(y));
    for (int x = static_cast<int>(x0); x < x1; ++x)
      if (bits[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)])
        covered += rows * (std::min(x1, x + 1.0) - std::max(x0, static_cast<double>(x)));
  }
  return covered / area;
}

const Glyph& glyph_of(char32_t character) {
  static const std::map<char32_t, Glyph> glyphs = [] {
    std::map<char32_t, Glyph> result;
    for (const EncodedGlyph& encoded : encoded_glyphs()) result.emplace(encoded.character, decode(encoded));
    return result;
  }();
  const auto found = glyphs.find(character);
  return found != glyphs.end() ? found->second : glyphs.at(U'\uFFFD');
}

double text_width(std::string_view text, double size) {
  int width = 0;
  for (const char32_t character : decode_utf8(text)) width += glyph_of(character).advance;
  return width * size / font_em;
}

}  // namespace rondo::data
