#include "frontend/data/scene.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "frontend/data/font.h"
#include "frontend/data/unicode.h"

namespace rondo::data {

namespace {

constexpr Color paper{255, 255, 255}, ink{31, 41, 55}, soft_ink{92, 102, 117}, grid{232, 235, 240},
    frame{176, 184, 196}, marker_ink{120, 130, 146}, behind_marker{246, 248, 251};
constexpr double edge = 18, title_size = 18, label_size = 13, tick_size = 12;

class Composer {
 public:
  Composer(const Plot& plot, double width, double height) : plot_(plot), scene_{width, height, {}} {}

  Scene compose() {
    scene_.shapes.emplace_back(Box{{0, 0, scene_.width, scene_.height}, paper});
    double top = edge;
    if (!plot_.title.empty()) {
      top += title_size * 0.8;
      label({edge, top}, fitting(plot_.title, title_size, scene_.width - 2 * edge), title_size, ink,
            Anchor::Start);
      top += title_size * 0.55;
    }
    top = legend(top);
    measure(top + (plot_.title.empty() ? 0 : 4));
    background();
    curves();
    axis_labels();
    return std::move(scene_);
  }

 private:
  void label(Point at, std::string text, double size, Color color, Anchor anchor, bool vertical = false) {
    scene_.shapes.emplace_back(Label{at, std::move(text), size, color, anchor, vertical});
  }

  void line(std::vector<Point> points, Color color, double width, double dash = 0) {
    scene_.shapes.emplace_back(Line{std::move(points), color, width, dash});
  }

  static std::string fitting(const std::string& text, double size, double room) {
    std::u32string characters = decode_utf8(text);
    // No text of a thousand characters fits, however narrow they are.
    size_t length = std::min<size_t>(characters.size(), 1000);
    std::string result = encode_utf8(shortened(characters, length));
    while (length > 1 && text_width(result, size) > room)
      result = encode_utf8(shortened(characters, --length));
    return result;
  }

  // Names in rows above the curves, where they cannot hide any; returns where the next thing may begin.
  double legend(double top) {
    if (std::none_of(plot_.series.begin(), plot_.series.end(),
                     [](const Series& s) { return !s.name.empty(); }))
      return top;
    constexpr double swatch = 20, gap = 7, between = 20, row = 19, longest_name = 220;
    constexpr size_t most_rows = 3;
    double x = edge, y = top + row * 0.7;
    size_t rows = 1;
    const size_t count = plot_.series.size();
    for (size_t i = 0; i < count; ++i) {
      const Series& series = plot_.series[i];
      const std::string name = series.name.empty() ? fmt::format("series {}", i + 1)
                                                   : fitting(series.name, label_size, longest_name);
      const double width = swatch + gap + text_width(name, label_size);
      // The last row keeps room for saying how many are not named.
      const double reserved = rows == most_rows && i + 1 < count ? 90 : 0;
      if (x > edge && x + width + reserved > scene_.width - edge) {
        if (rows == most_rows) {
          label({x, y}, fmt::format("and {} more", count - i), label_size, soft_ink, Anchor::Start);
          break;
        }
        x = edge;
        y += row;
        ++rows;
      }
      line({{x + 1, y - 4.5}, {x + swatch - 1, y - 4.5}}, series_color(i), 3);
      label({x + swatch + gap, y}, name, label_size, ink, Anchor::Start);
      x += width + between;
    }
    return y + row * 0.5;
  }

  void measure(double top) {
    const double foot = edge + (plot_.x_label.empty() ? 0 : label_size + 9) + tick_size + 8;
    area_.top = top + 8;
    area_.height = std::max(scene_.height - area_.top - foot, 40.0);
    axes_ = axes_of(plot_, static_cast<int>(scene_.width / 100),
                    std::max(static_cast<int>(area_.height / 55), 2));
    double widest = 0;
    for (const Tick& tick : axes_.y.ticks) widest = std::max(widest, text_width(tick.label, tick_size));
    area_.left = edge + (plot_.y_label.empty() ? 0 : label_size + 10) + widest + 10;
    area_.width = std::max(scene_.width - area_.left - edge - 8, 40.0);
  }

  void background() {
    const double right = area_.left + area_.width, bottom = area_.top + area_.height;
    const std::optional<double> marker = visible_marker(plot_, axes_.x);
    const double marker_at = marker ? area_.at(axes_, *marker, axes_.y.range.low).x : right;
    if (marker)
      scene_.shapes.emplace_back(Box{{marker_at, area_.top, right - marker_at, area_.height}, behind_marker});
    for (const Tick& tick : axes_.y.ticks) {
      const double y = area_.at(axes_, axes_.x.range.low, tick.value).y;
      line({{area_.left, y}, {right, y}}, grid, 1);
      label({area_.left - 9, y + tick_size * 0.36}, tick.label, tick_size, soft_ink, Anchor::End);
    }
    double free_from = -1e9;
    for (const Tick& tick : axes_.x.ticks) {
      const double x = area_.at(axes_, tick.value, axes_.y.range.low).x;
      line({{x, bottom}, {x, bottom + 4}}, frame, 1);
      // Long numbers may leave no room for all of them, or for one at the very edge.
      const double half = text_width(tick.label, tick_size) / 2;
      const double center = std::min(x, scene_.width - half - 4);
      if (center - half < free_from) continue;
      free_from = center + half + 10;
      label({center, bottom + tick_size + 7}, tick.label, tick_size, soft_ink, Anchor::Middle);
    }
    line({{area_.left, bottom}, {right, bottom}}, frame, 1.2);
    if (!marker) return;
    line({{marker_at, area_.top}, {marker_at, bottom}}, marker_ink, 1.2, 4);
    if (plot_.marker_label.empty()) return;
    const bool to_the_right = right - marker_at >= marker_at - area_.left ||
                              right - marker_at > text_width(plot_.marker_label, tick_size) + 12;
    label({marker_at + (to_the_right ? 6 : -6), area_.top + tick_size},
          fitting(plot_.marker_label, tick_size,
                  (to_the_right ? right - marker_at : marker_at - area_.left) - 8),
          tick_size, soft_ink, to_the_right ? Anchor::Start : Anchor::End);
  }

  void curves() {
    for (size_t i = 0; i < plot_.series.size(); ++i)
      for (std::vector<Point>& points : trace(plot_.series[i], axes_, area_, 0.5)) {
        // Where the line is dense, a thinner one shows more of it.
        const double width = static_cast<double>(points.size()) > 2 * area_.width ? 1.2 : 2;
        line(std::move(points), series_color(i), width);
      }
  }

  void axis_labels() {
    if (!plot_.x_label.empty())
      label({area_.left + area_.width / 2, scene_.height - edge + 2},
            fitting(plot_.x_label, label_size, scene_.width - 2 * edge), label_size, ink, Anchor::Middle);
    if (!plot_.y_label.empty())
      label({edge + label_size * 0.6, area_.top + area_.height / 2},
            fitting(plot_.y_label, label_size, scene_.height - 2 * edge), label_size, ink, Anchor::Middle,
            true);
  }

  const Plot& plot_;
  Scene scene_;
  Area area_;
  Axes axes_;
};

}  // namespace

Color series_color(size_t index) {
  static constexpr std::array<Color, 8> colors = {{{37, 99, 235},
                                                   {234, 108, 30},
                                                   {22, 150, 98},
                                                   {200, 50, 105},
                                                   {124, 84, 205},
                                                   {14, 155, 180},
                                                   {160, 120, 30},
                                                   {90, 100, 116}}};
  const Color color = colors[index % colors.size()];
  // The second time around darker, the third paler.
  const size_t round = index / colors.size() % 3;
  if (round == 0) return color;
  const auto shade = [&](uint8_t value) {
    return static_cast<uint8_t>(round == 1 ? value * 0.55 : 255 - (255 - value) * 0.5);
  };
  return {shade(color.red), shade(color.green), shade(color.blue)};
}

Scene compose(const Plot& plot, double width, double height) {
  return Composer(plot, width, height).compose();
}

}  // namespace rondo::data
