#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "frontend/data/plot.h"
#include "frontend/data/trace.h"
#include "frontend/data/unicode.h"

namespace rondo::data {

namespace {

// A grid of characters with a colour each; 0 is the terminal's own.
class Grid {
 public:
  Grid(int columns, int rows)
      : columns_(columns), rows_(rows), cells_(static_cast<size_t>(columns) * static_cast<size_t>(rows)) {}

  struct Cell {
    char32_t character = U' ';
    int color = 0;
  };
  bool contains(int column, int row) const {
    return column >= 0 && row >= 0 && column < columns_ && row < rows_;
  }
  Cell& at(int column, int row) {
    return cells_[static_cast<size_t>(row) * static_cast<size_t>(columns_) + static_cast<size_t>(column)];
  }
  void put(int column, int row, const std::u32string& text, int color = 0) {
    for (const char32_t character : text) {
      if (contains(column, row)) at(column, row) = {character, color};
      ++column;
    }
  }

  // Sets the dot at (x, y), in a raster of 2 x 4 dots a cell.
  void dot(int x, int y, int color) {
    if (x < 0 || y < 0 || !contains(x / 2, y / 4)) return;
    static constexpr std::array<std::array<char32_t, 2>, 4> bits = {
        {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};
    Cell& cell = at(x / 2, y / 4);
    if (cell.character < braille || cell.character > braille + 0xFF) cell.character = braille;
    cell.character |= bits[static_cast<size_t>(y % 4)][static_cast<size_t>(x % 2)];
    cell.color = color;
  }

  std::string text(bool color) {
    std::string result;
    for (int row = 0; row < rows_; ++row) {
      int last = columns_ - 1, current = 0;
      while (last >= 0 && at(last, row).character == U' ') --last;
      for (int column = 0; column <= last; ++column) {
        const Cell& cell = at(column, row);
        if (color && cell.color != current)
          result += cell.color ? fmt::format("\033[{}m", cell.color) : "\033[0m";
        current = cell.color;
        result += encode_utf8({&cell.character, 1});
      }
      if (color && current) result += "\033[0m";
      result += '\n';
    }
    return result;
  }

 private:
  static constexpr char32_t braille = 0x2800;
  int columns_, rows_;
  std::vector<Cell> cells_;
};

constexpr int dim = 90;  // bright black

class TerminalPlot {
 public:
  TerminalPlot(const Plot& plot, int columns, int rows, bool color)
      : plot_(plot), columns_(columns), rows_(rows), color_(color), grid_(columns, rows) {}

  std::string draw() {
    named_ = std::any_of(plot_.series.begin(), plot_.series.end(),
                         [](const Series& s) { return !s.name.empty(); });
    lettered_ = !color_ && plot_.series.size() > 1;
    layout();
    frame();
    marker();
    for (size_t i = 0; i < plot_.series.size(); ++i) curve(i);
    marker_label();
    if (lettered_) letters();
    return grid_.text(color_);
  }

 private:
  static std::u32string cut(const std::string& text, int length) {
    return shortened(decode_utf8(text), static_cast<size_t>(std::max(length, 0)));
  }
  static int color_of(size_t series) {
    static constexpr std::array<int, 6> colors = {94, 33, 32, 95, 36, 31};
    return colors[series % colors.size()];
  }
  static char32_t letter_of(size_t series) { return U'A' + static_cast<char32_t>(series % 26); }

  void layout() {
    // What does not fit is left out, the least needed first; the curves keep three rows.
    int spare = rows_ - 5;
    const auto claim = [&](bool wanted) {
      if (!wanted || spare <= 0) return false;
      --spare;
      return true;
    };
    const bool legend_row = claim(named_ || lettered_);
    const bool title_row = claim(!plot_.title.empty());
    const bool y_row = claim(!plot_.y_label.empty());
    // The label of the x axis stands in a row of its own, below the numbers.
    x_label_row_ = claim(!plot_.x_label.empty());
    if (title_row) grid_.put(0, top_++, cut(plot_.title, columns_));
    if (legend_row) legend(top_++);
    if (y_row) grid_.put(0, top_++, cut(plot_.y_label, columns_), dim);
    bottom_ = rows_ - 2 - (x_label_row_ ? 1 : 0);
    height_ = bottom_ - top_;
    axes_ = axes_of(plot_, std::max(columns_ / 12, 2), std::max(height_ / 3, 2));
    size_t widest = 1;
    for (const Tick& tick : axes_.y.ticks) widest = std::max(widest, tick.label.size());
    label_width_ = std::min(static_cast<int>(widest), columns_ / 2);
    left_ = label_width_ + 2;
    width_ = columns_ - left_ - (lettered_ ? 2 : 0);
  }

  void legend(int row) {
    int column = 0;
    for (size_t i = 0; i < plot_.series.size(); ++i) {
      const std::string& name = plot_.series[i].name;
      const std::u32string text = cut(name.empty() ? fmt::format("series {}", i + 1) : name, columns_ / 2);
      const std::u32string sign = color_      ? U"\u2501\u2501 "
                                  : lettered_ ? std::u32string{letter_of(i), U' '}
                                              : U"";
      const bool is_last = i + 1 == plot_.series.size();
      const int needed = static_cast<int>(sign.size() + text.size());
      if (column + needed + (is_last ? 0 : 8) > columns_ && i > 0) {
        grid_.put(column, row, decode_utf8(fmt::format("+{} more", plot_.series.size() - i)), dim);
        return;
      }
      grid_.put(column, row, sign, color_of(i));
      grid_.put(column + static_cast<int>(sign.size()), row, text);
      column += needed + 3;
    }
  }

  int row_of(double y) const {
    return top_ + static_cast<int>(std::lround((1 - axes_.y.position(y)) * (height_ - 1)));
  }
  int column_of(double x) const {
    return left_ + static_cast<int>(std::lround(axes_.x.position(x) * (width_ - 1)));
  }

  void frame() {
    for (int row = top_; row < bottom_; ++row) grid_.put(left_ - 1, row, U"\u2502", dim);
    grid_.put(left_ - 1, bottom_, U"\u2514" + std::u32string(static_cast<size_t>(width_), U'\u2500'), dim);
    for (const Tick& tick : axes_.y.ticks) {
      const int row = row_of(tick.value);
      const std::u32string text = cut(tick.label, label_width_);
      grid_.put(label_width_ - static_cast<int>(text.size()), row, text);
      grid_.put(left_ - 1, row, U"\u2524", dim);
    }
    int free_from = 0;
    for (const Tick& tick : axes_.x.ticks) {
      const int column = column_of(tick.value);
      grid_.put(column, bottom_, U"\u252c", dim);
      const std::u32string text = cut(tick.label, columns_);
      const int length = static_cast<int>(text.size());
      const int start = std::clamp(column - (length - 1) / 2, 0, columns_ - length);
      if (start < free_from) continue;
      grid_.put(start, bottom_ + 1, text);
      free_from = start + length + 1;
    }
    if (x_label_row_) {
      const std::u32string text = cut(plot_.x_label, columns_);
      const int length = static_cast<int>(text.size());
      grid_.put(std::clamp(left_ + (width_ - length) / 2, 0, columns_ - length), rows_ - 1, text, dim);
    }
  }

  void marker() {
    const std::optional<double> at = visible_marker(plot_, axes_.x);
    if (!at) return;
    const int column = column_of(*at);
    for (int row = top_; row < bottom_; ++row) grid_.put(column, row, U"\u2506", dim);
  }

  // Beside the marker, in the first row in which it hides nothing.
  void marker_label() {
    const std::optional<double> at = visible_marker(plot_, axes_.x);
    const std::u32string text = decode_utf8(plot_.marker_label);
    if (!at || text.empty()) return;
    const int start = column_of(*at) + 2;
    if (text.size() > static_cast<size_t>(std::max(left_ + width_ - start, 0))) return;
    for (int row = top_; row < bottom_; ++row) {
      bool free = true;
      for (size_t i = 0; i < text.size(); ++i)
        free = free && grid_.at(start + static_cast<int>(i), row).character == U' ';
      if (!free) continue;
      grid_.put(start, row, text, dim);
      return;
    }
  }

  void curve(size_t index) {
    // In dots; a dot's middle is half a dot from its edge.
    const Area area{left_ * 2.0, top_ * 4.0, width_ * 2.0 - 1, height_ * 4.0 - 1};
    for (const std::vector<Point>& points : trace(plot_.series[index], axes_, area, 1)) {
      Point from = points[0];
      for (const Point& to : points) {
        const int steps = std::max(
            1, static_cast<int>(std::ceil(std::max(std::abs(to.x - from.x), std::abs(to.y - from.y)))));
        for (int step = 0; step <= steps; ++step) {
          const double share = static_cast<double>(step) / steps;
          grid_.dot(static_cast<int>(std::lround(from.x + (to.x - from.x) * share)),
                    static_cast<int>(std::lround(from.y + (to.y - from.y) * share)), color_of(index));
        }
        from = to;
      }
    }
  }

  // A letter for each series at the right edge, in the row where its line ends or the nearest that is free.
  void letters() {
    for (size_t i = 0; i < plot_.series.size(); ++i) {
      const Series& series = plot_.series[i];
      for (size_t last = sample_count(series); last-- > 0;) {
        const Sample point = sample(series, last);
        if (!point.finite) continue;
        const int wanted = row_of(point.y);
        for (int away = 0; away < 2 * height_; ++away) {
          const int row = wanted + (away % 2 ? -(away + 1) / 2 : away / 2);
          if (row < top_ || row >= bottom_ || grid_.at(columns_ - 1, row).character != U' ') continue;
          grid_.put(columns_ - 1, row, {letter_of(i)});
          break;
        }
        break;
      }
    }
  }

  const Plot& plot_;
  int columns_, rows_;
  bool color_;
  Grid grid_;
  Axes axes_;
  bool named_ = false, lettered_ = false, x_label_row_ = false;
  int top_ = 0, bottom_ = 0, height_ = 0, left_ = 0, width_ = 0, label_width_ = 0;
};

}  // namespace

std::string to_terminal(const Plot& plot, int columns, int rows, bool color) {
  return TerminalPlot(plot, std::clamp(columns, 24, 1000), std::clamp(rows, 6, 1000), color).draw();
}

}  // namespace rondo::data
