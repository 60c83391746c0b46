#include "frontend/page/html.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rondo::page {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  return out;
}

std::string lines_attribute(const std::vector<int>& lines) {
  return lines.empty() ? "" : fmt::format(" data-lines=\"{}\"", fmt::join(lines, " "));
}

}  // namespace rondo::page
