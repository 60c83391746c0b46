#include "frontend/data/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frontend/data/element.h"
#include "frontend/data/file_kind.h"
#include "frontend/data/safetensors_header.h"

namespace rondo::data {

namespace {

using Arrays = std::map<std::string, ir::Tensor>;

std::optional<Encoding> encoding_of(std::string_view name) {
  struct Name {
    std::string_view name;
    Encoding encoding;
  };
  static constexpr Name names[] = {{"BOOL", Encoding::Bool}, {"I8", Encoding::I8},     {"U8", Encoding::U8},
                                   {"I16", Encoding::I16},   {"U16", Encoding::U16},   {"I32", Encoding::I32},
                                   {"U32", Encoding::U32},   {"I64", Encoding::I64},   {"U64", Encoding::U64},
                                   {"F16", Encoding::F16},   {"BF16", Encoding::BF16}, {"F32", Encoding::F32},
                                   {"F64", Encoding::F64}};
  for (const Name& known : names)
    if (known.name == name) return known.encoding;
  return std::nullopt;
}

// Reads the length and then as many bytes of JSON.
std::optional<std::string> read_header_text(FileSource& file, ir::Diagnostics& diagnostics) {
  std::array<std::byte, 16> start{};
  const auto present = static_cast<size_t>(std::min<uint64_t>(start.size(), file.size()));
  if (!file.read(std::span(start).first(present), diagnostics)) return std::nullopt;
  const FileKind kind = kind_of(std::span(start).first(present));
  if (present < 8 || (kind != FileKind::Safetensors && kind != FileKind::Unknown)) {
    diagnostics.error(
        fmt::format("{}: expected a .safetensors file, found {}", file.name(), description_of(kind)));
    return std::nullopt;
  }
  uint64_t length = 0;
  for (size_t i = 0; i < 8; ++i) length |= static_cast<uint64_t>(start[i]) << (8 * i);
  constexpr uint64_t longest = 100'000'000;
  if (length > longest) {
    diagnostics.error(
        fmt::format("{}: expected a .safetensors file with a header of at most {} bytes, found {}",
                    file.name(), longest, length));
    return std::nullopt;
  }
  if (length > file.size() - 8) {
    diagnostics.error(
        fmt::format("{}: the data ends too early: the header has {} bytes, found {}; the file is truncated",
                    file.name(), length, file.size() - 8));
    return std::nullopt;
  }
  std::string text(static_cast<size_t>(length), '\0');
  if (!file.seek(8) || !file.read(std::as_writable_bytes(std::span(text)), diagnostics)) return std::nullopt;
  return text;
}

// Holds one entry against the format: its type, its shape, and that its bytes follow those of the entry
// before.
bool check(const SafetensorsEntry& entry, const std::string& label, uint64_t expected_begin,
           uint64_t data_size, ir::Diagnostics& diagnostics) {
  const std::optional<Encoding> encoding = encoding_of(entry.dtype);
  if (!encoding) {
    diagnostics.error(
        fmt::format("{} has elements of type '{}', which are not supported; expected BOOL, I8 to I64, U8 "
                    "to U64, F16, BF16, F32 or F64: convert it",
                    label, printable(entry.dtype)));
    return false;
  }
  const uint64_t begin = entry.offsets[0], end = entry.offsets[1];
  if (begin > end || end > data_size) {
    diagnostics.error(
        fmt::format("{} stands at bytes {} to {} of {} bytes of data; the file is truncated or damaged",
                    label, begin, end, data_size));
    return false;
  }
  if (begin != expected_begin) {
    diagnostics.error(
        fmt::format("{} starts at byte {} of the data; expected {}, where the array before it ends", label,
                    begin, expected_begin));
    return false;
  }
  const std::optional<int64_t> count = ir::checked_count(entry.shape);
  if (!count || static_cast<uint64_t>(*count * stored_size(*encoding)) != end - begin) {
    diagnostics.error(fmt::format("{} has shape {} of {}, which does not take the {} bytes from {} to {}",
                                  label, ir::to_string(entry.shape), entry.dtype, end - begin, begin, end));
    return false;
  }
  return true;
}

std::optional<Arrays> read_arrays(FileSource& file, ir::Diagnostics& diagnostics) {
  const std::optional<std::string> text = read_header_text(file, diagnostics);
  if (!text) return std::nullopt;
  std::string problem;
  std::optional<std::vector<SafetensorsEntry>> entries = parse_safetensors_header(*text, problem);
  if (!entries) {
    diagnostics.error(
        fmt::format("{}: the header of the .safetensors file is damaged: {}", file.name(), problem));
    return std::nullopt;
  }
  std::sort(entries->begin(), entries->end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return a.offsets != b.offsets ? a.offsets < b.offsets : a.name < b.name;
  });

  // The arrays follow each other in the file, so it is read from front to back.
  Arrays arrays;
  uint64_t memory_left = memory_limit(), position = 0;
  const uint64_t data_size = file.remaining();
  for (const SafetensorsEntry& entry : *entries) {
    const std::string label = fmt::format("{}: array '{}'", file.name(), printable(entry.name));
    if (!check(entry, label, position, data_size, diagnostics)) return std::nullopt;
    position = entry.offsets[1];
    std::optional<ir::Tensor> tensor =
        read_elements(file, {*encoding_of(entry.dtype)}, entry.shape, memory_left, diagnostics);
    if (!tensor) return std::nullopt;
    arrays.emplace(entry.name, std::move(*tensor));
  }
  if (position != data_size) {
    diagnostics.error(fmt::format("{}: {} bytes of data belong to no array; the file is damaged", file.name(),
                                  data_size - position));
    return std::nullopt;
  }
  return arrays;
}

}  // namespace

std::optional<Arrays> read_safetensors(const std::string& path, ir::Diagnostics& diagnostics) {
  const std::unique_ptr<FileSource> file = FileSource::open(path, diagnostics);
  if (!file) return std::nullopt;
  return reporting_exhaustion(file->name(), diagnostics, [&] { return read_arrays(*file, diagnostics); });
}

}  // namespace rondo::data
