// A small rasteriser: smooth lines and text on a bitmap.
#pragma once

#include <cstdint>
#include <vector>

#include "frontend/data/scene.h"

namespace rondo::data {

/// A bitmap of 8-bit RGB. Shapes come in the units of a scene and are drawn `scale` times as large; what is
/// beyond the edges is left out.
class Canvas {
 public:
  Canvas(int width, int height, double scale);

  int width() const { return width_; }
  int height() const { return height_; }
  /// Row-major, three bytes a pixel.
  const std::vector<uint8_t>& pixels() const { return pixels_; }

  void draw(const Box& box);
  void draw(const Line& line);
  void draw(const Label& label);

 private:
  void cover_segment(Point from, Point to, double radius);
  void cover_dashes(const Line& line, double radius);
  void blend_covered(Color color);
  void blend(int x, int y, Color color, double coverage);

  int width_;
  int height_;
  double scale_;
  std::vector<uint8_t> pixels_;
  // How much of each pixel the line at hand covers: where it crosses itself, it is not drawn twice.
  std::vector<uint8_t> covered_;
  int first_row_;
  int last_row_ = -1;
};

}  // namespace rondo::data
