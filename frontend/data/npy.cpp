#include "frontend/data/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "frontend/data/element.h"
#include "frontend/data/file_kind.h"
#include "frontend/data/npy_header.h"
#include "frontend/data/pending_file.h"

namespace rondo::data {

namespace {

// The element type that numpy's type string names: byte order, kind, bytes.
std::optional<StoredType> stored_type(std::string_view descr) {
  struct Name {
    std::string_view name;
    Encoding encoding;
  };
  static constexpr Name names[] = {{"b1", Encoding::Bool}, {"i1", Encoding::I8},  {"u1", Encoding::U8},
                                   {"i2", Encoding::I16},  {"u2", Encoding::U16}, {"i4", Encoding::I32},
                                   {"u4", Encoding::U32},  {"i8", Encoding::I64}, {"u8", Encoding::U64},
                                   {"f2", Encoding::F16},  {"f4", Encoding::F32}, {"f8", Encoding::F64}};
  if (descr.size() != 3) return std::nullopt;
  for (const Name& known : names) {
    if (descr.substr(1) != known.name) continue;
    // '|' is "has no byte order", which only a single byte can claim.
    const bool is_byte = stored_size(known.encoding) == 1;
    if (descr[0] != '<' && descr[0] != '>' && !(descr[0] == '|' && is_byte)) return std::nullopt;
    return StoredType{known.encoding, descr[0] == '>'};
  }
  return std::nullopt;
}

void report_type(const std::string& name, const NpyHeader& header, ir::Diagnostics& diagnostics) {
  const std::string_view descr = header.descr;
  const char kind = descr.size() > 1 ? descr[1] : '\0';
  if (header.is_record || kind == 'V')
    diagnostics.error(
        fmt::format("{}: expected an array of numbers, found records (a structured dtype); save each field "
                    "as its own array",
                    name));
  else if (kind == 'O')
    diagnostics.error(fmt::format(
        "{}: this is an array of Python objects, which is refused since loading one can run code; save it as "
        "numbers (array.astype(numpy.float32))",
        name));
  else
    diagnostics.error(
        fmt::format("{}: elements of type '{}' are not supported; expected bool, int8 to int64, uint8 to "
                    "uint64, or float16 to float64: convert with array.astype",
                    name, printable(descr)));
}

// Reads magic, version and the header's text.
std::optional<std::string> read_header_text(ByteSource& source, ir::Diagnostics& diagnostics) {
  std::array<std::byte, 8> start{};
  const auto present = static_cast<size_t>(std::min<uint64_t>(start.size(), source.remaining()));
  if (!source.read(std::span(start).first(present), diagnostics)) return std::nullopt;
  if (const FileKind kind = kind_of(std::span(start).first(present)); kind != FileKind::Npy) {
    diagnostics.error(fmt::format("{}: expected a .npy file (written by numpy.save), found {}", source.name(),
                                  description_of(kind)));
    return std::nullopt;
  }
  if (present < start.size()) {
    diagnostics.error(fmt::format("{}: the data ends too early: a .npy file of {} bytes is truncated",
                                  source.name(), present));
    return std::nullopt;
  }
  const int major = static_cast<int>(start[6]), minor = static_cast<int>(start[7]);
  if (major < 1 || major > 3 || minor != 0) {
    diagnostics.error(fmt::format("{}: expected version 1.0, 2.0 or 3.0 of the .npy format, found {}.{}",
                                  source.name(), major, minor));
    return std::nullopt;
  }
  std::array<std::byte, 4> length_bytes{};
  if (!source.read(std::span(length_bytes).first(major == 1 ? 2 : 4), diagnostics)) return std::nullopt;
  size_t length = 0;
  for (size_t i = 0; i < length_bytes.size(); ++i) length |= static_cast<size_t>(length_bytes[i]) << (8 * i);
  constexpr size_t longest = 1 << 16;  // Those of arrays of numbers have a hundred bytes.
  if (length > longest) {
    diagnostics.error(
        fmt::format("{}: expected a header of at most {} bytes, found {}", source.name(), longest, length));
    return std::nullopt;
  }
  std::string text(length, '\0');
  if (!source.read(std::as_writable_bytes(std::span(text)), diagnostics)) return std::nullopt;
  return text;
}

}  // namespace

std::optional<ir::Tensor> read_npy(ByteSource& source, uint64_t& memory_left, ir::Diagnostics& diagnostics) {
  const std::optional<std::string> text = read_header_text(source, diagnostics);
  if (!text) return std::nullopt;
  std::string expected;
  const std::optional<NpyHeader> header = parse_npy_header(*text, expected);
  if (!header) {
    diagnostics.error(fmt::format("{}: the header of the .npy file is damaged: expected {}", source.name(),
                                  printable(expected)));
    return std::nullopt;
  }
  const std::optional<StoredType> type = stored_type(header->descr);
  if (!type) {
    report_type(source.name(), *header, diagnostics);
    return std::nullopt;
  }
  ir::Dims dims = header->shape;
  if (header->fortran_order) std::reverse(dims.begin(), dims.end());
  std::optional<ir::Tensor> tensor = read_elements(source, *type, dims, memory_left, diagnostics);
  if (!tensor) return std::nullopt;
  if (source.remaining() > 0) {
    diagnostics.error(
        fmt::format("{}: {} bytes stand behind the array of shape {}; expected one array and no more",
                    source.name(), source.remaining(), ir::to_string(header->shape)));
    return std::nullopt;
  }
  if (header->fortran_order && tensor->rank() > 1) return from_column_major(*tensor);
  return tensor;
}

std::optional<ir::Tensor> read_npy(const std::string& path, ir::Diagnostics& diagnostics) {
  const std::unique_ptr<FileSource> file = FileSource::open(path, diagnostics);
  if (!file) return std::nullopt;
  return reporting_exhaustion(file->name(), diagnostics, [&] {
    uint64_t memory_left = memory_limit();
    return read_npy(*file, memory_left, diagnostics);
  });
}

std::string npy_header(const ir::Tensor& tensor) {
  const auto descr = [&]() -> std::string_view {
    switch (tensor.dtype()) {
      case ir::DType::F32:
        return "<f4";
      case ir::DType::F64:
        return "<f8";
      case ir::DType::I32:
        return "<i4";
      case ir::DType::I64:
        return "<i8";
      case ir::DType::Bool:
        return "|b1";
    }
    __builtin_unreachable();
  }();
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", descr,
                                 fmt::join(tensor.dims(), ", "), tensor.rank() == 1 ? "," : "");
  // The elements start at a multiple of 64 bytes, so that they can be mapped into memory; a line feed ends
  // the header.
  constexpr size_t preamble = 10, alignment = 64;
  text.resize((preamble + text.size() + 1 + alignment - 1) / alignment * alignment - preamble, ' ');
  text.back() = '\n';
  RONDO_CHECK(text.size() < (1 << 16), "npy_header: too many axes for version 1");
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 0xFF);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

bool write_npy(const std::string& path, const ir::Tensor& tensor, ir::Diagnostics& diagnostics) {
  const std::string header = npy_header(tensor);
  return write_file(path, {std::as_bytes(std::span(header)), {tensor.bytes(), tensor.byte_count()}},
                    diagnostics);
}

}  // namespace rondo::data
