#include "frontend/data/pending_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "frontend/data/bytes.h"

namespace rondo::data {

namespace fs = std::filesystem;

std::optional<PendingFile> PendingFile::create(const std::string& target, ir::Diagnostics& diagnostics) {
  if (target.empty() || target.find('\0') != std::string::npos) {
    diagnostics.error(fmt::format("'{}' is not the name of a file that can be written", printable(target)));
    return std::nullopt;
  }
  std::error_code failure;
  fs::path wanted(target);
  const fs::file_status status = fs::status(wanted, failure);
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status)) {
      // Renaming onto a device would replace the device.
      diagnostics.error(fmt::format("{}: cannot be written: expected a regular file, found a {}",
                                    printable(target),
                                    fs::is_directory(status) ? "directory" : "pipe or a device"));
      return std::nullopt;
    }
    // The file behind a link is replaced, not the link.
    if (const fs::path real = fs::canonical(wanted, failure); !failure) wanted = real;
  }
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const fs::path beside = wanted.parent_path() / fmt::format(".rondo-{}-{}.part", getpid(), attempt);
    if (std::FILE* file = std::fopen(beside.c_str(), "wbx")) {
      std::fclose(file);
      return PendingFile(beside.string(), wanted.string());
    }
    if (errno != EEXIST) break;
  }
  diagnostics.error(fmt::format("{}: cannot be written: {}", printable(target), std::strerror(errno)));
  return std::nullopt;
}

PendingFile::PendingFile(PendingFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), target_(std::move(other.target_)) {}

PendingFile::~PendingFile() {
  if (!path_.empty()) std::remove(path_.c_str());
}

bool PendingFile::commit(ir::Diagnostics& diagnostics) {
  if (std::rename(path_.c_str(), target_.c_str()) != 0) {
    diagnostics.error(fmt::format("{}: cannot be written: {}", printable(target_), std::strerror(errno)));
    return false;
  }
  path_.clear();
  return true;
}

bool PendingFile::write(const std::vector<std::span<const std::byte>>& parts, ir::Diagnostics& diagnostics) {
  std::FILE* file = std::fopen(path_.c_str(), "wb");
  bool written = file != nullptr;
  for (const std::span<const std::byte>& part : parts)
    written = written && std::fwrite(part.data(), 1, part.size(), file) == part.size();
  // A full disk may show only when the last buffer is flushed.
  if (file) written = std::fclose(file) == 0 && written;
  if (!written)
    diagnostics.error(fmt::format("{}: writing failed: {}", printable(target_), std::strerror(errno)));
  return written;
}

bool write_file(const std::string& path, const std::vector<std::span<const std::byte>>& parts,
                ir::Diagnostics& diagnostics) {
  std::optional<PendingFile> pending = PendingFile::create(path, diagnostics);
  return pending && pending->write(parts, diagnostics) && pending->commit(diagnostics);
}

}  // namespace rondo::data
