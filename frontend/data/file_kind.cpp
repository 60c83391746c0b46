#include "frontend/data/file_kind.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace rondo::data {

FileKind kind_of(std::span<const std::byte> start) {
  using namespace std::string_view_literals;
  const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  if (text.empty()) return FileKind::Empty;
  if (text.starts_with("\x93NUMPY"sv)) return FileKind::Npy;
  if (text.starts_with("PK\x03\x04"sv) || text.starts_with("PK\x05\x06"sv)) return FileKind::Npz;
  if (text.starts_with("\x89HDF\r\n\x1a\n"sv)) return FileKind::Hdf5;
  // Eight bytes of header length, of which the upper four are zero in practice, then a JSON object.
  if (text.size() > 8 && text[8] == '{' && text.substr(4, 4) == "\0\0\0\0"sv) return FileKind::Safetensors;
  if (text.size() > 1 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5) return FileKind::Pickle;
  return FileKind::Unknown;
}

std::string_view description_of(FileKind kind) {
  switch (kind) {
    case FileKind::Empty:
      return "an empty file";
    case FileKind::Npy:
      return "a .npy file";
    case FileKind::Npz:
      return "a zip archive (.npz)";
    case FileKind::Safetensors:
      return "a .safetensors file";
    case FileKind::Hdf5:
      return "an HDF5 file (.h5)";
    case FileKind::Pickle:
      return "a pickle, which is never loaded since it can run code";
    case FileKind::Unknown:
      return "something else";
  }
  __builtin_unreachable();
}

bool has_extension(std::string_view path, std::string_view extension) {
  if (path.size() <= extension.size()) return false;
  const std::string_view end = path.substr(path.size() - extension.size());
  return std::equal(end.begin(), end.end(), extension.begin(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  });
}

}  // namespace rondo::data
