// A file that comes into being whole or not at all.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/diagnostics.h"

namespace rondo::data {

/// An empty file beside the wanted one. Write to `path()`, then `commit()` gives it the wanted name in one
/// step; without that it is removed again, and what stood under the wanted name is untouched.
class PendingFile {
 public:
  /// Reports a folder that is missing or not writable, and a `target` that is no regular file.
  static std::optional<PendingFile> create(const std::string& target, ir::Diagnostics& diagnostics);
  PendingFile(PendingFile&& other) noexcept;
  PendingFile& operator=(PendingFile&&) = delete;
  ~PendingFile();

  const std::string& path() const { return path_; }
  /// Makes the parts, one behind the other, its contents.
  bool write(const std::vector<std::span<const std::byte>>& parts, ir::Diagnostics& diagnostics);
  bool commit(ir::Diagnostics& diagnostics);

 private:
  PendingFile(std::string path, std::string target) : path_(std::move(path)), target_(std::move(target)) {}
  std::string path_;
  std::string target_;
};

/// Writes the parts one behind the other, whole or not at all.
bool write_file(const std::string& path, const std::vector<std::span<const std::byte>>& parts,
                ir::Diagnostics& diagnostics);

}  // namespace rondo::data
