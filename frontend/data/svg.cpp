#include <fmt/format.h>

#include <iterator>

#include "frontend/data/plot.h"
#include "frontend/data/scene.h"
#include "frontend/data/unicode.h"

namespace rondo::data {

namespace {

class SvgWriter {
 public:
  std::string write(const Scene& scene) {
    print(
        R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0:g}" height="{1:g}" viewBox="0 0 {0:g} {1:g}" )",
        scene.width, scene.height);
    print("font-family=\"'DejaVu Sans', Verdana, 'Helvetica Neue', Arial, sans-serif\">\n");
    for (const auto& shape : scene.shapes) std::visit([&](const auto& one) { draw(one); }, shape);
    print("</svg>\n");
    return std::move(out_);
  }

 private:
  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  static std::string hex(Color color) {
    return fmt::format("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue);
  }

  // Valid XML whatever the text holds.
  static std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : encode_utf8(decode_utf8(text))) switch (c) {
        case '&':
          result += "&amp;";
          break;
        case '<':
          result += "&lt;";
          break;
        case '>':
          result += "&gt;";
          break;
        default:
          result += c;
      }
    return result;
  }

  void draw(const Box& box) {
    print("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", box.area.left,
          box.area.top, box.area.width, box.area.height, hex(box.color));
  }

  void draw(const Line& line) {
    if (line.points.size() == 1) {
      print("<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"{:g}\" fill=\"{}\"/>\n", line.points[0].x,
            line.points[0].y, 1.5 * line.width, hex(line.color));
      return;
    }
    print("<path fill=\"none\" stroke=\"{}\" stroke-width=\"{:g}\"", hex(line.color), line.width);
    if (line.dash > 0)
      print(" stroke-dasharray=\"{0:g}\"", line.dash);
    else
      print(" stroke-linecap=\"round\" stroke-linejoin=\"round\"");
    print(" d=\"");
    char command = 'M';
    for (const Point& point : line.points) {
      print("{}{:.2f} {:.2f}", command, point.x, point.y);
      command = 'L';
    }
    print("\"/>\n");
  }

  void draw(const Label& label) {
    static constexpr const char* anchors[] = {"start", "middle", "end"};
    print("<text x=\"{0:.1f}\" y=\"{1:.1f}\" font-size=\"{2:g}\" fill=\"{3}\" text-anchor=\"{4}\"",
          label.at.x, label.at.y, label.size, hex(label.color), anchors[static_cast<size_t>(label.anchor)]);
    if (label.vertical) print(" transform=\"rotate(-90 {:.1f} {:.1f})\"", label.at.x, label.at.y);
    print(">{}</text>\n", escaped(label.text));
  }

  std::string out_;
};

}  // namespace

std::string to_svg(const Plot& plot) {
  return SvgWriter().write(compose(plot, 800, 450));
}

}  // namespace rondo::data
