#include "frontend/data/canvas.h"

#include <algorithm>
#include <cmath>

#include "frontend/data/font.h"
#include "frontend/data/unicode.h"

namespace rondo::data {

Canvas::Canvas(int width, int height, double scale)
    : width_(width),
      height_(height),
      scale_(scale),
      pixels_(static_cast<size_t>(width) * static_cast<size_t>(height) * 3, 255),
      covered_(static_cast<size_t>(width) * static_cast<size_t>(height), 0),
      first_row_(height) {}

void Canvas::blend(int x, int y, Color color, double coverage) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_) return;
  uint8_t* pixel =
      &pixels_[(static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x)) * 3];
  const auto mix = [&](uint8_t below, uint8_t above) {
    return static_cast<uint8_t>(std::lround(below + (above - below) * coverage));
  };
  pixel[0] = mix(pixel[0], color.red);
  pixel[1] = mix(pixel[1], color.green);
  pixel[2] = mix(pixel[2], color.blue);
}

void Canvas::draw(const Box& box) {
  const auto bound = [](double value, int most) {
    return static_cast<int>(std::clamp(std::round(value), 0.0, 1.0 * most));
  };
  const int left = bound(box.area.left * scale_, width_), top = bound(box.area.top * scale_, height_);
  const int right = bound((box.area.left + box.area.width) * scale_, width_);
  const int bottom = bound((box.area.top + box.area.height) * scale_, height_);
  for (int y = top; y < bottom; ++y)
    for (int x = left; x < right; ++x) blend(x, y, box.color, 1);
}

void Canvas::draw(const Line& line) {
  if (line.points.empty()) return;
  const auto scaled = [&](Point point) { return Point{point.x * scale_, point.y * scale_}; };
  const double radius = line.width * scale_ / 2;
  if (line.points.size() == 1) {
    cover_segment(scaled(line.points[0]), scaled(line.points[0]), 3 * radius);
  } else if (line.dash > 0) {
    cover_dashes(line, radius);
  } else if (line.points.size() == 2 &&
             (line.points[0].x == line.points[1].x || line.points[0].y == line.points[1].y)) {
    // Grid lines and axes are sharp when they fill whole pixels.
    const auto sharp = [&](double value) {
      return std::floor(value) + (std::lround(2 * radius) % 2 ? 0.5 : 0.0);
    };
    Point from = scaled(line.points[0]), to = scaled(line.points[1]);
    if (from.x == to.x) from.x = to.x = sharp(from.x);
    if (from.y == to.y) from.y = to.y = sharp(from.y);
    cover_segment(from, to, static_cast<double>(std::lround(2 * radius)) / 2);
  } else {
    for (size_t i = 1; i < line.points.size(); ++i)
      cover_segment(scaled(line.points[i - 1]), scaled(line.points[i]), radius);
  }
  blend_covered(line.color);
}

void Canvas::cover_dashes(const Line& line, double radius) {
  double phase = 0;
  for (size_t i = 1; i < line.points.size(); ++i) {
    const Point from = line.points[i - 1], to = line.points[i];
    const double length = std::hypot(to.x - from.x, to.y - from.y);
    const auto along = [&](double distance) {
      const double share = distance / length;
      return Point{(from.x + (to.x - from.x) * share) * scale_, (from.y + (to.y - from.y) * share) * scale_};
    };
    for (double start = -phase; start < length; start += 2 * line.dash) {
      const double end = std::min(start + line.dash, length);
      if (end > 0) cover_segment(along(std::max(start, 0.0)), along(end), radius);
    }
    phase = std::fmod(phase + length, 2 * line.dash);
  }
}

// Covers all pixels by their distance from the segment: one pixel wide, the edge goes from all to nothing.
void Canvas::cover_segment(Point from, Point to, double radius) {
  const double reach = radius + 0.5;
  const double dx = to.x - from.x, dy = to.y - from.y, squared = dx * dx + dy * dy;
  const int top = std::max(0, static_cast<int>(std::floor(std::min(from.y, to.y) - reach)));
  const int bottom = std::min(height_ - 1, static_cast<int>(std::ceil(std::max(from.y, to.y) + reach)));
  first_row_ = std::min(first_row_, top);
  last_row_ = std::max(last_row_, bottom);
  for (int row = top; row <= bottom; ++row) {
    const double y = row + 0.5;
    // Only the part of the segment that is near this row can reach its pixels.
    double low = 0, high = 1;
    if (dy != 0) {
      const double a = (y - reach - from.y) / dy, b = (y + reach - from.y) / dy;
      low = std::clamp(std::min(a, b), 0.0, 1.0);
      high = std::clamp(std::max(a, b), 0.0, 1.0);
    }
    const double x0 = from.x + dx * low, x1 = from.x + dx * high;
    const int left = std::max(0, static_cast<int>(std::floor(std::min(x0, x1) - reach)));
    const int right = std::min(width_ - 1, static_cast<int>(std::ceil(std::max(x0, x1) + reach)));
    uint8_t* pixels = &covered_[static_cast<size_t>(row) * static_cast<size_t>(width_)];
    for (int column = left; column <= right; ++column) {
      const double x = column + 0.5;
      const double share =
          squared > 0 ? std::clamp(((x - from.x) * dx + (y - from.y) * dy) / squared, 0.0, 1.0) : 0.0;
      const double across = x - from.x - dx * share, along = y - from.y - dy * share;
      const double coverage = reach - std::sqrt(across * across + along * along);
      if (coverage <= 0) continue;
      pixels[column] = std::max(pixels[column], static_cast<uint8_t>(std::min(coverage, 1.0) * 255));
    }
  }
}

void Canvas::blend_covered(Color color) {
  for (int y = first_row_; y <= last_row_; ++y) {
    uint8_t* row = &covered_[static_cast<size_t>(y) * static_cast<size_t>(width_)];
    for (int x = 0; x < width_; ++x)
      if (row[x]) blend(x, y, color, row[x] / 255.0);
    std::fill(row, row + width_, uint8_t{0});
  }
  first_row_ = height_;
  last_row_ = -1;
}

void Canvas::draw(const Label& label) {
  const double size = label.size * scale_;
  const double unit = font_em / size;  // bitmap pixels of the font for one of ours
  double pen = 0;
  if (label.anchor != Anchor::Start)
    pen = -text_width(label.text, size) * (label.anchor == Anchor::Middle ? 0.5 : 1.0);
  const Point origin{label.at.x * scale_, label.at.y * scale_};
  for (const char32_t character : decode_utf8(label.text)) {
    const Glyph& glyph = glyph_of(character);
    // The pixels of the glyph, as if the text stood at the origin and read to the right.
    const double left = pen + glyph.left / unit, top = glyph.top / unit;
    const int width = static_cast<int>(glyph.width / unit) + 3,
              height = static_cast<int>(glyph.height / unit) + 3;
    // Where in our pixels the origin lies must count, or letters would jump to whole pixels.
    const double start_x = label.vertical ? -origin.y : origin.x,
                 start_y = label.vertical ? origin.x : origin.y;
    const double base_x = std::floor(start_x + left), base_y = std::floor(start_y + top);
    for (int row = 0; row < height; ++row)
      for (int column = 0; column < width; ++column) {
        const double x = (base_x + column - start_x - left) * unit, y = (base_y + row - start_y - top) * unit;
        const double coverage = glyph.coverage(x, y, x + unit, y + unit);
        if (coverage <= 0) continue;
        const int across = static_cast<int>(base_x) + column, down = static_cast<int>(base_y) + row;
        if (label.vertical)
          blend(down, -across - 1, label.color, coverage);
        else
          blend(across, down, label.color, coverage);
      }
    pen += glyph.advance / unit;
  }
}

}  // namespace rondo::data
