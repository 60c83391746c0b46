// A chart as shapes in a plane, before it becomes SVG or pixels.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "frontend/data/trace.h"

namespace rondo::data {

struct Color {
  uint8_t red = 0;
  uint8_t green = 0;
  uint8_t blue = 0;
};

/// A filled rectangle.
struct Box {
  Area area;
  Color color;
};

/// A line through points, with round caps and joints; of one point, a dot three times as wide. `dash` is the
/// length of the dashes and of the gaps between them; 0 for none.
struct Line {
  std::vector<Point> points;
  Color color;
  double width = 1;
  double dash = 0;
};

enum class Anchor : uint8_t { Start, Middle, End };

/// One line of UTF-8 text; `at` is on the baseline. Vertical text reads upwards.
struct Label {
  Point at;
  std::string text;
  double size = 12;
  Color color;
  Anchor anchor = Anchor::Start;
  bool vertical = false;
};

/// Shapes in drawing order; the origin is the upper left corner.
struct Scene {
  double width = 0;
  double height = 0;
  std::vector<std::variant<Box, Line, Label>> shapes;
};

/// The colour of a series by its position; 24 differ.
Color series_color(size_t index);

/// Lays a chart out.
Scene compose(const Plot& plot, double width, double height);

}  // namespace rondo::data
