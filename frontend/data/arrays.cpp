#include "frontend/data/arrays.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frontend/data/bytes.h"
#include "frontend/data/file_kind.h"
#include "frontend/data/npy.h"
#include "frontend/data/npz.h"
#include "frontend/data/safetensors.h"
#include "ir/visible_text.h"

namespace rondo::data {

std::optional<ir::Tensor> read_array(const std::string& path, ir::Diagnostics& diagnostics) {
  return read_npy(path, diagnostics);
}

namespace {

using Arrays = std::optional<std::map<std::string, ir::Tensor>>;

// Names are shown and typed: what steers a terminal is none.
Arrays with_names(Arrays arrays, const std::string& path, ir::Diagnostics& diagnostics) {
  if (!arrays) return arrays;
  for (const auto& [name, tensor] : *arrays)
    if (!name.empty() && !ir::can_be_name(name)) {
      diagnostics.error(fmt::format(
          "{}: the name of the array '{}' has backquotes or control characters in it", path, name));
      return std::nullopt;
    }
  return arrays;
}

}  // namespace

std::optional<std::map<std::string, ir::Tensor>> read_arrays(const std::string& path,
                                                             ir::Diagnostics& diagnostics) {
  if (has_extension(path, ".npz")) return with_names(read_npz(path, diagnostics), path, diagnostics);
  if (has_extension(path, ".safetensors"))
    return with_names(read_safetensors(path, diagnostics), path, diagnostics);
  const std::unique_ptr<FileSource> file = FileSource::open(path, diagnostics);
  if (!file) return std::nullopt;
  std::array<std::byte, 16> start{};
  const auto present = static_cast<size_t>(std::min<uint64_t>(start.size(), file->size()));
  if (!file->read(std::span(start).first(present), diagnostics)) return std::nullopt;
  switch (const FileKind kind = kind_of(std::span(start).first(present)); kind) {
    case FileKind::Npz:
      return with_names(read_npz(path, diagnostics), path, diagnostics);
    case FileKind::Safetensors:
      return with_names(read_safetensors(path, diagnostics), path, diagnostics);
    case FileKind::Npy:
      diagnostics.error(
          fmt::format("{}: expected named arrays (.npz or .safetensors), found a .npy file, which holds one "
                      "array without a name; "
                      "save it with numpy.savez(file, NAME=array)",
                      file->name()));
      return std::nullopt;
    case FileKind::Hdf5:
      diagnostics.error(
          fmt::format("{}: expected named arrays (.npz or .safetensors), found {}; load it in Python and "
                      "save its arrays with "
                      "numpy.savez",
                      file->name(), description_of(kind)));
      return std::nullopt;
    case FileKind::Empty:
    case FileKind::Pickle:
    case FileKind::Unknown:
      diagnostics.error(fmt::format("{}: expected named arrays (.npz or .safetensors), found {}",
                                    file->name(), description_of(kind)));
      return std::nullopt;
  }
  __builtin_unreachable();
}

}  // namespace rondo::data
