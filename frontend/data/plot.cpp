#include "frontend/data/plot.h"

#include <fmt/format.h>

#include "frontend/data/bytes.h"
#include "frontend/data/file_kind.h"
#include "frontend/data/pending_file.h"

namespace rondo::data {

bool write_plot(const Plot& plot, const std::string& path, ir::Diagnostics& diagnostics) {
  if (has_extension(path, ".png")) return write_png(plot, path, diagnostics);
  if (has_extension(path, ".svg")) {
    const std::string svg = to_svg(plot);
    return write_file(path, {std::as_bytes(std::span(svg))}, diagnostics);
  }
  diagnostics.error(fmt::format("{}: expected the name of a chart to end in .png or .svg", printable(path)));
  return false;
}

}  // namespace rondo::data
