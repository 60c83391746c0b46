#include <fmt/format.h>
#include <png.h>

#include "frontend/data/bytes.h"
#include "frontend/data/canvas.h"
#include "frontend/data/pending_file.h"
#include "frontend/data/plot.h"

namespace rondo::data {

namespace {

// The file's bytes; empty where libpng fails, which then says why in `image.message`.
std::vector<std::byte> encode(const Canvas& canvas, png_image& image) {
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(canvas.width());
  image.height = static_cast<png_uint_32>(canvas.height());
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<std::byte> bytes(size);
  if (!png_image_write_to_memory(&image, bytes.data(), &size, 0, canvas.pixels().data(), 0, nullptr))
    return {};
  bytes.resize(size);
  return bytes;
}

}  // namespace

bool write_png(const Plot& plot, const std::string& path, ir::Diagnostics& diagnostics) {
  constexpr double scale = 2;
  const Scene scene = compose(plot, 800, 450);
  Canvas canvas(static_cast<int>(scene.width * scale), static_cast<int>(scene.height * scale), scale);
  for (const auto& shape : scene.shapes) std::visit([&](const auto& one) { canvas.draw(one); }, shape);
  png_image image{};
  const std::vector<std::byte> bytes = encode(canvas, image);
  if (!bytes.empty()) return write_file(path, {bytes}, diagnostics);
  diagnostics.error(fmt::format("{}: the picture cannot be encoded: {}", printable(path), image.message));
  return false;
}

}  // namespace rondo::data
