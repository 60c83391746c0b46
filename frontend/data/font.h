// The built-in font of PNG charts: one bitmap a glyph, large, from which text of any smaller size is
// averaged.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace rondo::data {

/// The size in which the bitmaps are stored, in pixels.
inline constexpr int font_em = 64;

/// A glyph in the units of `font_em`: the upper left corner of its bitmap is at (`left`, `top`) from the pen
/// on the baseline, y down, and the next glyph follows after `advance`.
struct Glyph {
  int advance = 0;
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
  std::vector<uint8_t> bits;  // row-major, 0 or 1

  /// The share of the rectangle, in the bitmap's coordinates, that is covered: from 0 to 1.
  double coverage(double x0, double y0, double x1, double y1) const;
};

/// The glyph of a character; that of U+FFFD where the font has none. Latin, Greek and the usual signs are
/// there.
const Glyph& glyph_of(char32_t character);

/// Width of a line of UTF-8 text at `size`, in the units of `size`.
double text_width(std::string_view text, double size);

/// A glyph as it stands in font_glyphs.cpp; make_font.py says how `runs` is to be read.
struct EncodedGlyph {
  char32_t character;
  int advance, left, top, width, height;
  std::string_view runs;
};
const std::vector<EncodedGlyph>& encoded_glyphs();

}  // namespace rondo::data
