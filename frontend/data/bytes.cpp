#include "frontend/data/bytes.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace rondo::data {

bool ByteSource::read(std::span<std::byte> out, ir::Diagnostics& diagnostics) {
  if (out.size() > remaining_) {
    diagnostics.error(
        fmt::format("{}: the data ends too early: expected {} more bytes, found {}; the file is truncated",
                    name_, out.size(), remaining_));
    return false;
  }
  const size_t got = out.empty() ? 0 : read_some(out);
  remaining_ -= got;
  if (got == out.size()) return true;
  diagnostics.error(fmt::format(
      "{}: reading failed: expected {} bytes, got {}; the file is damaged or it changed while it was read",
      name_, out.size(), got));
  return false;
}

size_t MemorySource::read_some(std::span<std::byte> out) {
  const size_t take = std::min(out.size(), bytes_.size());
  std::memcpy(out.data(), bytes_.data(), take);
  bytes_ = bytes_.subspan(take);
  return take;
}

std::optional<uint64_t> regular_file_size(const std::string& path, ir::Diagnostics& diagnostics) {
  // A null byte would silently end the name for the system.
  struct stat status{};
  if (path.empty() || path.find('\0') != std::string::npos) {
    diagnostics.error(fmt::format("'{}' is not the name of a file", printable(path)));
  } else if (stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT)
      diagnostics.error(fmt::format("{}: file not found", printable(path)));
    else
      diagnostics.error(fmt::format("{}: cannot be opened: {}", printable(path), std::strerror(errno)));
  } else if (S_ISDIR(status.st_mode)) {
    diagnostics.error(fmt::format("{}: expected a file, found a directory", printable(path)));
  } else if (!S_ISREG(status.st_mode)) {
    diagnostics.error(fmt::format("{}: expected a regular file, found a pipe or a device", printable(path)));
  } else {
    return static_cast<uint64_t>(status.st_size);
  }
  return std::nullopt;
}

std::unique_ptr<FileSource> FileSource::open(const std::string& path, ir::Diagnostics& diagnostics) {
  // Asked first: opening a pipe would wait for a writer.
  const std::optional<uint64_t> size = regular_file_size(path, diagnostics);
  if (!size) return nullptr;
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (!file) {
    diagnostics.error(fmt::format("{}: cannot be opened: {}", printable(path), std::strerror(errno)));
    return nullptr;
  }
  return std::unique_ptr<FileSource>(new FileSource(printable(path), *size, file));
}

bool FileSource::seek(uint64_t offset) {
  RONDO_CHECK(offset <= size_, "FileSource::seek beyond the end");
  if (fseeko(file_.get(), static_cast<off_t>(offset), SEEK_SET) != 0) return false;
  set_remaining(size_ - offset);
  return true;
}

size_t FileSource::read_some(std::span<std::byte> out) {
  return std::fread(out.data(), 1, out.size(), file_.get());
}

uint64_t memory_limit() {
  constexpr uint64_t most = uint64_t{16} << 30;
  const long pages = sysconf(_SC_PHYS_PAGES), page_size = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_size <= 0) return most;
  return std::min(most, static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_size));
}

std::string printable(std::string_view text) {
  constexpr size_t longest = 300;
  std::string result(text.substr(0, longest));
  if (text.size() > longest) {
    // Not in the middle of a UTF-8 sequence.
    while (!result.empty() && (static_cast<unsigned char>(result.back()) & 0xC0) == 0x80) result.pop_back();
    if (!result.empty() && static_cast<unsigned char>(result.back()) >= 0xC0) result.pop_back();
    result += "...";
  }
  for (char& c : result)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return result;
}

}  // namespace rondo::data
