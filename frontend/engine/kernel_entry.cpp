#include "frontend/engine/kernel_entry.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>

namespace rondo::engine {

namespace {

constexpr std::array<char, 8> magic = {'R', 'O', 'N', 'D', 'O', 'K', 'C', '1'};

// What the file begins with; key and code follow. In the byte order of the machine, as the code is.
struct Header {
  std::array<char, 8> magic;
  uint64_t checksum;  // of all bytes behind it
  uint64_t key_size;
  uint64_t code_size;
  std::array<uint64_t, 4> entries;
};

uint64_t checksum_of(std::span<const std::byte> file) {
  constexpr size_t begin = offsetof(Header, key_size);
  return XXH3_64bits(file.data() + begin, file.size() - begin);
}

}  // namespace

std::vector<std::byte> encode_entry(std::string_view key, const runtime::CodeImage& image) {
  Header header{magic, 0, key.size(), image.bytes.size(), image.entries};
  std::vector<std::byte> file(sizeof header + key.size() + image.bytes.size());
  std::memcpy(file.data(), &header, sizeof header);
  const auto behind_key = std::ranges::copy(std::as_bytes(std::span(key)), file.begin() + sizeof header).out;
  std::ranges::copy(image.bytes, behind_key);
  header.checksum = checksum_of(file);
  std::memcpy(file.data(), &header, sizeof header);
  return file;
}

std::optional<runtime::CodeImage> decode_entry(std::span<const std::byte> bytes, std::string_view key) {
  Header header{};
  if (bytes.size() < sizeof header + key.size()) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != magic || header.key_size != key.size() ||
      header.code_size != bytes.size() - sizeof header - key.size() ||
      std::memcmp(bytes.data() + sizeof header, key.data(), key.size()) != 0 ||
      header.checksum != checksum_of(bytes))
    return std::nullopt;
  const auto code = bytes.subspan(sizeof header + key.size());
  return runtime::CodeImage{{code.begin(), code.end()}, header.entries};
}

}  // namespace rondo::engine
