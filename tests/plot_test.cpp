#include "frontend/data/plot.h"

#include <png.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <limits>
#include <sstream>

#include "frontend/data/axis.h"
#include "frontend/data/canvas.h"
#include "frontend/data/font.h"
#include "frontend/data/unicode.h"
#include "tests/data/scratch.h"

using namespace rondo;
using Catch::Matchers::Contains;
using data::Plot;
using data::Series;
using test::only_message;
using test::Scratch;

namespace {

Plot waves() {
  Plot plot{"Waves", "time", "height", {{"sine", {}, {}}, {"cosine", {}, {}}}, 60.0, "test"};
  for (int i = 0; i < 100; ++i) {
    plot.series[0].y.push_back(std::sin(i * 0.1));
    plot.series[1].y.push_back(std::cos(i * 0.1));
  }
  return plot;
}

size_t occurrences(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

struct Picture {
  unsigned width = 0, height = 0;
  std::vector<uint8_t> pixels;
  size_t count(data::Color color) const {
    size_t result = 0;
    for (size_t i = 0; i < pixels.size(); i += 3)
      result += pixels[i] == color.red && pixels[i + 1] == color.green && pixels[i + 2] == color.blue;
    return result;
  }
};

Picture draw(const Plot& plot) {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  REQUIRE(data::write_plot(plot, scratch.path("p.png"), diagnostics));
  CHECK(scratch.file_count() == 1);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_file(&image, scratch.path("p.png").c_str()));
  image.format = PNG_FORMAT_RGB;
  Picture picture{image.width, image.height, std::vector<uint8_t>(PNG_IMAGE_SIZE(image))};
  REQUIRE(png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr));
  return picture;
}

std::vector<std::string> labels(const data::Axis& axis) {
  std::vector<std::string> result;
  for (const data::Tick& tick : axis.ticks) result.push_back(tick.label);
  return result;
}

}  // namespace

TEST_CASE("plot: axes have round numbers with as many digits as they need", "[data]") {
  using Labels = std::vector<std::string>;
  CHECK(labels(data::make_axis({0, 100}, 5, 0)) == Labels{"0", "20", "40", "60", "80", "100"});
  CHECK(labels(data::make_axis({-1, 1}, 4, 0)) == Labels{"-1.0", "-0.5", "0", "0.5", "1.0"});
  CHECK(labels(data::make_axis({0.31, 0.39}, 4, 0)) == Labels{"0.32", "0.34", "0.36", "0.38"});
  CHECK(labels(data::make_axis({0, 3e7}, 3, 0)) == Labels{"0", "1e7", "2e7", "3e7"});
  CHECK(labels(data::make_axis({0, 2.5e-7}, 5, 0)) ==
        Labels{"0", "5e-8", "1e-7", "1.5e-7", "2e-7", "2.5e-7"});
  CHECK(labels(data::make_axis({5, 5}, 4, 0)) == Labels{"4.5", "5.0", "5.5"});
  const data::Axis loss = data::make_axis({0.01, 2}, 4, 0.05);
  CHECK(loss.range.low == 0);
}

TEST_CASE("plot: axes of hostile ranges stay finite", "[data]") {
  constexpr double most = std::numeric_limits<double>::max(),
                   least = std::numeric_limits<double>::denorm_min();
  for (const data::Range range : {data::Range{-most, most},
                                  {0, least},
                                  {-least, least},
                                  {0, 0},
                                  {most, most},
                                  {1e16, 1e16 + 2},
                                  {1, 1 + 1e-15},
                                  {1e-300, 2e-300},
                                  {-1e-281, 3e299}}) {
    const data::Axis axis = data::make_axis(range, 6, 0.05);
    CHECK(std::isfinite(axis.range.high - axis.range.low));
    CHECK(axis.range.high > axis.range.low);
    CHECK(axis.ticks.size() >= 2);
    CHECK(axis.ticks.size() < 20);
    for (const data::Tick& tick : axis.ticks) CHECK(tick.label.size() < 25);
    CHECK(std::isfinite(axis.position(range.low)));
  }
}

TEST_CASE("plot: SVG has the curves, the texts and the marker", "[data]") {
  const std::string svg = data::to_svg(waves());
  for (const char* text : {">Waves<", ">time<", ">height<", ">sine<", ">cosine<", ">test<", ">80<", ">-0.5<",
                           "stroke-dasharray", "#2563eb", "#ea6c1e"})
    CHECK_THAT(svg, Contains(text));
  CHECK_THAT(svg, Catch::Matchers::StartsWith("<svg ") && Catch::Matchers::EndsWith("</svg>\n"));
  Plot plot = waves();
  plot.marker_x = 1e6;
  CHECK_THAT(data::to_svg(plot), !Contains("stroke-dasharray"));
}

TEST_CASE("plot: texts from anyone stay texts", "[data]") {
  Plot plot = waves();
  plot.title = "a < b & c > d \x01\xff\xc3\xa9</text>";
  const std::string svg = data::to_svg(plot);
  CHECK_THAT(svg, Contains("a &lt; b &amp; c &gt; d \xef\xbf\xbd\xef\xbf\xbd\xc3\xa9&lt;/text&gt;"));
  plot.title = "\033[31m";
  CHECK_THAT(data::to_terminal(plot, 80, 20, false), !Contains("\033"));
  plot.title = plot.x_label = plot.y_label = plot.series[0].name = std::string(100000, 'w');
  CHECK(data::to_svg(plot).size() < 20000);
  CHECK(draw(plot).width == 1600);
}

TEST_CASE("plot: a gap at each value that is not a number", "[data]") {
  Plot plot;
  plot.series = {{"", {}, {1, 2, NAN, 3, INFINITY, 2, 4, 1}}};
  const std::string svg = data::to_svg(plot);
  CHECK(occurrences(svg, "stroke=\"#2563eb\"") == 2);
  CHECK(occurrences(svg, "<circle") == 1);
  plot.series[0].x = {0, 1, 2, 3, 4, 5, -INFINITY, 7};
  CHECK(occurrences(data::to_svg(plot), "<circle") == 3);
  CHECK_THAT(svg, !Contains("nan") && !Contains("inf"));
}

TEST_CASE("plot: nothing, constants, single points and unequal lengths", "[data]") {
  const std::vector<std::vector<Series>> odd = {{},
                                                {{"", {}, {}}},
                                                {{"", {}, {NAN, NAN}}},
                                                {{"a", {}, {3}}},
                                                {{"a", {}, {0, 0, 0}}},
                                                {{"a", {2, 2, 2}, {1, 2, 3}}},
                                                {{"a", {1, 2, 3}, {1}}, {"", {}, {-1e300, 1e300}}},
                                                {{"a", {}, {-1.7e308, 1.7e308}}}};
  for (const std::vector<Series>& series : odd) {
    Plot plot;
    plot.series = series;
    const std::string svg = data::to_svg(plot);
    CHECK_THAT(svg, !Contains("nan") && !Contains("inf"));
    CHECK(draw(plot).height == 900);
    CHECK(std::ranges::count(data::to_terminal(plot, 60, 12, false), '\n') == 12);
  }
}

TEST_CASE("plot: PNG shows each series in its colour", "[data]") {
  const Picture picture = draw(waves());
  CHECK(picture.width == 1600);
  CHECK(picture.height == 900);
  CHECK(picture.count(data::series_color(0)) > 3000);
  CHECK(picture.count(data::series_color(1)) > 3000);
  CHECK(picture.count({255, 255, 255}) > 1000000);
}

TEST_CASE("plot: lines are smooth, do not darken themselves, and end at the edges", "[data]") {
  data::Canvas canvas(20, 20, 1);
  canvas.draw(data::Line{{{-50, 10}, {70, 11}, {-50, 10}, {10, -1000}, {10, 1000}}, {0, 0, 0}, 2, 0});
  const auto at = [&](size_t x, size_t y) { return canvas.pixels()[(y * 20 + x) * 3]; };
  CHECK(at(10, 10) == 0);
  CHECK(at(0, 0) == 255);
  CHECK(at(15, 15) == 255);
  bool grey = false;
  for (size_t y = 0; y < 20; ++y) grey = grey || (at(3, y) > 40 && at(3, y) < 215);
  CHECK(grey);
  canvas.draw(data::Line{{{5, 5}, {5, 5}}, {0, 0, 0}, 2, 3});
  canvas.draw(data::Label{{-100, 5}, "beyond the edge, and on to the other side", 30, {0, 0, 0}});
}

TEST_CASE("plot: the font has letters, and a sign for what it lacks", "[data]") {
  for (char32_t c = 0x21; c < 0x7F; ++c) {
    const data::Glyph& glyph = data::glyph_of(c);
    CHECK(&glyph != &data::glyph_of(U'\uFFFD'));
    CHECK(glyph.coverage(0, 0, glyph.width, glyph.height) > 0.05);
    CHECK(glyph.coverage(0, 0, glyph.width, glyph.height) <= 1);
  }
  CHECK(&data::glyph_of(U'\u4e00') == &data::glyph_of(U'\uFFFD'));
  CHECK(data::text_width("wide", 20) == Approx(2 * data::text_width("wide", 10)));
}

TEST_CASE("plot: UTF-8 in and out", "[data]") {
  const std::string text = "a\xc3\xa9\xe2\x88\x92\xf0\x9f\x99\x82";
  CHECK(data::decode_utf8(text) == U"a\u00e9\u2212\U0001F642");
  CHECK(data::encode_utf8(data::decode_utf8(text)) == text);
  CHECK(data::decode_utf8("\xc0\x80\xed\xa0\x80\xf5") == std::u32string(6, U'\uFFFD'));
  CHECK(data::decode_utf8("\xe2\x88") == std::u32string(2, U'\uFFFD'));
  CHECK(data::shortened(U"abcdef", 4) == U"abc\u2026");
}

TEST_CASE("plot: the terminal gets no more rows and columns than it has", "[data]") {
  for (const bool color : {false, true})
    for (const int columns : {24, 40, 80, 200})
      for (const int rows : {6, 7, 8, 9, 12, 24, 60}) {
        const std::string text = data::to_terminal(waves(), columns, rows, color);
        CHECK(std::ranges::count(text, '\n') == rows);
        CHECK((text.find("\033[94m") != std::string::npos) == color);
        if (color) continue;
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);)
          CHECK(data::decode_utf8(line).size() <= static_cast<size_t>(columns));
      }
  CHECK(std::ranges::count(data::to_terminal(waves(), -5, -5, false), '\n') == 6);
  CHECK(std::ranges::count(data::to_terminal(waves(), 2000000000, 2000000000, false), '\n') == 1000);
}

TEST_CASE("plot: the terminal shows titles, legend, numbers, marker and a whole line", "[data]") {
  const std::string text = data::to_terminal(waves(), 80, 24, false);
  for (const char* part : {"Waves\n", "A sine   B cosine\n", "height\n", "time\n", "\u2524", "\u252c",
                           "\u2506", " test", "80", "0.5"})
    CHECK_THAT(text, Contains(part));
  CHECK(occurrences(text, " A\n") + occurrences(text, " B\n") + occurrences(text, "A\n") >= 2);
  Plot flat;
  flat.series = {{"", {}, {1, 1, 1}}};
  // Two dots in each cell, from end to end.
  CHECK_THAT(data::to_terminal(flat, 60, 12, false),
             Contains("\u2524\u2824\u2824\u2824") || Contains("\u2524\u2812\u2812") ||
                 Contains("\u2524\u2809\u2809") || Contains("\u2524\u28c0\u28c0"));
}

TEST_CASE("plot: a million points are drawn quickly, and their extremes are not lost", "[data]") {
  Plot plot;
  plot.series = {{"long", {}, std::vector<double>(1'000'000, 0.0)}, {"wild", {}, {}}};
  plot.series[0].y[654321] = 9;
  uint32_t random = 1;
  for (int i = 0; i < 1'000'000; ++i)
    for (std::vector<double>* values : {&plot.series[1].x, &plot.series[1].y})
      values->push_back((random = random * 1664525 + 1013904223) / 4294967296.0);
  const auto start = std::chrono::steady_clock::now();
  const std::string svg = data::to_svg(plot);
  CHECK_FALSE(data::to_terminal(plot, 80, 24, false).empty());
  CHECK(draw(plot).width == 1600);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  CHECK(took.count() < 20);  // about one, but tests run under sanitizers as well
  CHECK(svg.size() < 2'000'000);
  plot.series.pop_back();
  // The top of the lonely spike: nothing else in the curve's path is above the foot.
  CHECK(draw(plot).count(data::series_color(0)) > 800);
  CHECK(std::ranges::count(data::to_terminal(plot, 80, 24, false), '\n') == 24);
}

TEST_CASE("plot: the extension says what is written", "[data]") {
  const Scratch scratch;
  ir::Diagnostics diagnostics;
  CHECK(data::write_plot(waves(), scratch.path("p.SVG"), diagnostics));
  CHECK(test::read_whole(scratch.path("p.SVG")) == data::to_svg(waves()));
  CHECK_FALSE(data::write_plot(waves(), "chart.jpg", diagnostics));
  CHECK(only_message(diagnostics) == "chart.jpg: expected the name of a chart to end in .png or .svg");
  diagnostics = {};
  CHECK_FALSE(data::write_plot(waves(), scratch.path("no/p.png"), diagnostics));
  CHECK_THAT(only_message(diagnostics), Contains("cannot be written: No such file or directory"));
}
