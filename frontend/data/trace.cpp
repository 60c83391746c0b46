#include "frontend/data/trace.h"

#include <algorithm>
#include <cmath>

namespace rondo::data {

namespace {

// Takes the points of one line and keeps those that matter.
class Reducer {
 public:
  explicit Reducer(double column_width) : column_width_(column_width) {}

  void add(Point point) {
    const double column = std::floor(point.x / column_width_);
    if (count_ > 0 && column == column_) {
      if (point.y < lowest_.y) lowest_ = point, lowest_index_ = count_;
      if (point.y > highest_.y) highest_ = point, highest_index_ = count_;
      last_ = point;
      ++count_;
      return;
    }
    flush();
    column_ = column;
    first_ = last_ = lowest_ = highest_ = point;
    lowest_index_ = highest_index_ = 0;
    count_ = 1;
  }

  std::vector<Point> finish() {
    flush();
    return std::move(line_);
  }

 private:
  // Emits the points of a column in the order in which they came.
  void flush() {
    if (count_ == 0) return;
    line_.push_back(first_);
    const bool low_first = lowest_index_ < highest_index_;
    for (const bool low : {low_first, !low_first}) {
      const size_t index = low ? lowest_index_ : highest_index_;
      if (index > 0 && index < count_ - 1) line_.push_back(low ? lowest_ : highest_);
    }
    if (count_ > 1) line_.push_back(last_);
    count_ = 0;
  }

  double column_width_;
  double column_ = 0;
  size_t count_ = 0, lowest_index_ = 0, highest_index_ = 0;
  Point first_, last_, lowest_, highest_;
  std::vector<Point> line_;
};

}  // namespace

Point Area::at(const Axes& axes, double x, double y) const {
  return {left + axes.x.position(x) * width, top + (1 - axes.y.position(y)) * height};
}

std::vector<std::vector<Point>> trace(const Series& series, const Axes& axes, const Area& area,
                                      double column_width) {
  std::vector<std::vector<Point>> lines;
  const size_t count = sample_count(series);
  size_t kept = 0;
  for (size_t i = 0; i < count;) {
    Reducer reducer(column_width);
    bool any = false;
    for (; i < count; ++i) {
      const Sample point = sample(series, i);
      if (!point.finite) break;
      reducer.add(area.at(axes, point.x, point.y));
      any = true;
    }
    ++i;
    if (!any) continue;
    lines.push_back(reducer.finish());
    kept += lines.back().size();
  }
  // Only a curve that runs to and fro, or is full of gaps, has so many left: it fills an area, and part of it
  // does too.
  constexpr size_t enough = 40000;
  if (kept <= enough) return lines;
  const size_t every = (kept + enough - 1) / enough;
  std::vector<std::vector<Point>> thinned;
  size_t position = 0;
  for (const std::vector<Point>& line : lines) {
    std::vector<Point> part;
    for (const Point& point : line)
      if (position++ % every == 0) part.push_back(point);
    if (!part.empty()) thinned.push_back(std::move(part));
  }
  return thinned;
}

}  // namespace rondo::data
