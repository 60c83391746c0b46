// From a series to the lines that are drawn, however long the series is.
#pragma once

#include <vector>

#include "frontend/data/axis.h"

namespace rondo::data {

struct Point {
  double x = 0;
  double y = 0;
};

/// The part of a drawing where the curves are; y goes down.
struct Area {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;

  Point at(const Axes& axes, double x, double y) const;
};

/// The lines of a series within `area`, in drawing units: one for each stretch without a gap. Points that
/// follow each other within the same `column_width` are reduced to the first, lowest, highest and last of
/// them, which look the same; of series that still have more points than can be told apart, every n-th point
/// is drawn.
std::vector<std::vector<Point>> trace(const Series& series, const Axes& axes, const Area& area,
                                      double column_width);

}  // namespace rondo::data
