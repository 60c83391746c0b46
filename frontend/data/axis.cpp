#include "frontend/data/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rondo::data {

namespace {

// Differences and multiples of numbers up to here do not overflow.
constexpr double largest = 1e300;

// The smallest of 1, 2, 5, 10, 20, ... (and 0.5, 0.2, ...) that is not below `step`.
double nice_step(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= step * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

int decimal_exponent(double value) {
  return static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
}

void drop_trailing_zeros(std::string& digits) {
  if (digits.find('.') == std::string::npos) return;
  while (digits.back() == '0') digits.pop_back();
  if (digits.back() == '.') digits.pop_back();
}

// 25, 0.50, 1.5e-7: with as many decimals as tell ticks that are `step` apart from each other.
std::string tick_label(double value, double step, double magnitude) {
  constexpr int most_decimals = 16;
  if (std::abs(value) < step / 2) return "0";
  if (magnitude >= 1e6 || magnitude < 1e-3) {
    const int exponent = decimal_exponent(value);
    const int decimals = std::clamp(exponent - decimal_exponent(step), 0, most_decimals);
    std::string digits = fmt::format("{:.{}e}", value, decimals);
    // "1.50e-07" has more in it than a reader needs.
    const size_t e = digits.find('e');
    const int shown_exponent = std::stoi(digits.substr(e + 1));
    digits.resize(e);
    drop_trailing_zeros(digits);
    return fmt::format("{}e{}", digits, shown_exponent);
  }
  return fmt::format("{:.{}f}", value, std::clamp(-decimal_exponent(step), 0, most_decimals));
}

Range widened(Range range, double padding) {
  range.low = std::clamp(range.low, -largest, largest);
  range.high = std::clamp(range.high, -largest, largest);
  const double magnitude = std::max(std::abs(range.low), std::abs(range.high));
  // Where the numbers hardly differ, a scale between them would show rounding errors.
  if (range.high - range.low <= magnitude * 1e-12 || magnitude < 1e-280) {
    const double around = magnitude < 1e-280 ? 1 : magnitude * 0.1;
    return {range.low - around, range.high + around};
  }
  const double pad = (range.high - range.low) * padding;
  Range result{range.low - pad, range.high + pad};
  // Losses and variances have no negative side.
  if (range.low >= 0) result.low = std::max(result.low, 0.0);
  if (range.high <= 0) result.high = std::min(result.high, 0.0);
  return result;
}

}  // namespace

double Axis::position(double value) const {
  return std::clamp((value - range.low) / (range.high - range.low), 0.0, 1.0);
}

size_t sample_count(const Series& series) {
  return series.x.empty() ? series.y.size() : std::min(series.x.size(), series.y.size());
}

Sample sample(const Series& series, size_t index) {
  const double x = series.x.empty() ? static_cast<double>(index) : series.x[index];
  const double y = series.y[index];
  return {x, y, std::isfinite(x) && std::isfinite(y)};
}

Axis make_axis(Range range, int ticks, double padding) {
  Axis axis{widened(range, padding), {}};
  const double span = axis.range.high - axis.range.low;
  const double step = nice_step(span / std::max(ticks, 1));
  const double magnitude = std::max(std::abs(axis.range.low), std::abs(axis.range.high));
  // Rounding must not lose the ticks at the very ends.
  const double slack = 1e-6;
  const double first = std::ceil(axis.range.low / step - slack),
               last = std::floor(axis.range.high / step + slack);
  for (double multiple = first; multiple <= last && axis.ticks.size() < 100; ++multiple)
    axis.ticks.push_back({multiple * step, tick_label(multiple * step, step, magnitude)});
  return axis;
}

Axes axes_of(const Plot& plot, int x_ticks, int y_ticks) {
  Range x{INFINITY, -INFINITY}, y{INFINITY, -INFINITY};
  for (const Series& series : plot.series)
    for (size_t i = 0; i < sample_count(series); ++i) {
      const Sample point = sample(series, i);
      if (!point.finite) continue;
      x = {std::min(x.low, point.x), std::max(x.high, point.x)};
      y = {std::min(y.low, point.y), std::max(y.high, point.y)};
    }
  if (x.low > x.high) x = y = {0, 1};
  return {make_axis(x, x_ticks, 0), make_axis(y, y_ticks, 0.05)};
}

std::optional<double> visible_marker(const Plot& plot, const Axis& axis) {
  if (!plot.marker_x || !(*plot.marker_x >= axis.range.low && *plot.marker_x <= axis.range.high))
    return std::nullopt;
  return plot.marker_x;
}

}  // namespace rondo::data
