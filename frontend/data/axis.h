// An axis of a chart: from where to where it goes, and which numbers stand on it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/data/plot.h"

namespace rondo::data {

struct Range {
  double low = 0;
  double high = 1;
};

struct Tick {
  double value = 0;
  std::string label;
};

struct Axis {
  Range range;
  std::vector<Tick> ticks;

  /// Where `value` stands: 0 at the low end, 1 at the high end. Values beyond the ends go to the ends.
  double position(double value) const;
};

/// One point of a series, and whether both its numbers are finite.
struct Sample {
  double x = 0;
  double y = 0;
  bool finite = false;
};
size_t sample_count(const Series& series);
Sample sample(const Series& series, size_t index);

/// An axis over `range`, or over a stretch around it where that is a point. About `ticks` round numbers are
/// on it. `padding` is the share of the range that is added at either end.
Axis make_axis(Range range, int ticks, double padding);

struct Axes {
  Axis x, y;
};

/// The axes that hold all finite points of a plot; 0 to 1 where there are none.
Axes axes_of(const Plot& plot, int x_ticks, int y_ticks);

/// The marker of a plot, where it has one within `axis`.
std::optional<double> visible_marker(const Plot& plot, const Axis& axis);

}  // namespace rondo::data
