// Where the readers get their bytes from: a file, an entry of an archive, memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "ir/diagnostics.h"

namespace rondo::data {

/// A stretch of bytes of known size that is read from front to back. The size is what the file system or the
/// archive says; a source that ends before it is a failed read, never garbage.
class ByteSource {
 public:
  /// `name` is how messages call it: "x.npy", or "weights.npz: array 'W'".
  ByteSource(std::string name, uint64_t size) : name_(std::move(name)), remaining_(size) {}
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  const std::string& name() const { return name_; }
  uint64_t remaining() const { return remaining_; }
  /// Fills `out`; reports and returns false where fewer bytes are left or reading fails.
  bool read(std::span<std::byte> out, ir::Diagnostics& diagnostics);

 protected:
  /// Fills as much of `out` as it can and returns how much that was.
  virtual size_t read_some(std::span<std::byte> out) = 0;
  void set_remaining(uint64_t remaining) { remaining_ = remaining; }

 private:
  std::string name_;
  uint64_t remaining_;
};

class MemorySource final : public ByteSource {
 public:
  /// `bytes` must outlive the source.
  MemorySource(std::string name, std::span<const std::byte> bytes)
      : ByteSource(std::move(name), bytes.size()), bytes_(bytes) {}

 protected:
  size_t read_some(std::span<std::byte> out) override;

 private:
  std::span<const std::byte> bytes_;
};

class FileSource final : public ByteSource {
 public:
  /// Reports a file that is missing, not readable, or not a regular file.
  static std::unique_ptr<FileSource> open(const std::string& path, ir::Diagnostics& diagnostics);

  uint64_t size() const { return size_; }
  /// Goes on from `offset`, which must not exceed `size()`; false where the system refuses.
  bool seek(uint64_t offset);

 protected:
  size_t read_some(std::span<std::byte> out) override;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  FileSource(std::string name, uint64_t size, std::FILE* file)
      : ByteSource(std::move(name), size), size_(size), file_(file) {}
  uint64_t size_;
  std::unique_ptr<std::FILE, Close> file_;
};

/// The size of the regular file at `path`; reports what stands there instead.
std::optional<uint64_t> regular_file_size(const std::string& path, ir::Diagnostics& diagnostics);

/// What one read may allocate for its arrays: 16 GB, or the memory of this machine where that is less.
uint64_t memory_limit();

/// `text` from a file, fit for a message: control characters are shown as '?', and what is long is cut.
std::string printable(std::string_view text);

/// Runs `body`; memory that cannot be had becomes an error of the file `name` instead of an exception.
template <class Body>
auto reporting_exhaustion(const std::string& name, ir::Diagnostics& diagnostics, Body&& body)
    -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    diagnostics.error(name + ": there is not enough memory for what this file holds");
  } catch (const std::length_error&) {
    diagnostics.error(name + ": there is not enough memory for what this file holds");
  }
  return {};
}

}  // namespace rondo::data
