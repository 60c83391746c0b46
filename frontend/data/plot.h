// Line charts: for a file (SVG, PNG) or a terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/diagnostics.h"

namespace rondo::data {

/// A line through the points (x[i], y[i]). An empty `x` stands for 0, 1, 2, ...; of unequal lengths the
/// shorter counts. A point with a NaN or an infinity is a gap in the line; a point between two gaps is drawn
/// as a dot.
struct Series {
  std::string name;
  std::vector<double> x, y;
};

/// Texts are UTF-8; those that are empty take no room. The legend is left out where no series has a name.
struct Plot {
  std::string title, x_label, y_label;
  std::vector<Series> series;
  /// A vertical line, for instance where the test part begins; not drawn where it is beyond the points.
  std::optional<double> marker_x;
  std::string marker_label;
};

/// 800 x 450, scalable.
std::string to_svg(const Plot& plot);

/// 1600 x 900 pixels, whole or not at all; reports what the system says.
bool write_png(const Plot& plot, const std::string& path, ir::Diagnostics& diagnostics);

/// At most `rows` lines of at most `columns` characters, each with a line feed, the curves in Braille dots;
/// at least 6 rows and 24 columns are used. With `color`, the series differ by ANSI colours; without, by
/// letters at their ends.
std::string to_terminal(const Plot& plot, int columns, int rows, bool color);

/// Writes what the extension asks for: .svg or .png; reports any other, and what the system says.
bool write_plot(const Plot& plot, const std::string& path, ir::Diagnostics& diagnostics);

}  // namespace rondo::data
