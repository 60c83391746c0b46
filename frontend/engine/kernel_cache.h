// Kernels that were compiled before, in a folder of the user's own.
//
// An entry is a file with the whole key, the code and a checksum. It is written under another name and then
// renamed, so that others see it whole or not at all; whatever is not as it was written is taken for absent
// and replaced. Only what the user alone can have written is trusted, as it will be run.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/code_image.h"

namespace rondo::engine {

/// May be used by any number of threads and processes at once. What fails is no error: a kernel that cannot
/// be kept is compiled again.
class KernelCache {
 public:
  static constexpr uint64_t usual_capacity = uint64_t{64} << 20;

  /// Makes the folder where it is not there. Null where it cannot be had: also where it is another's, or
  /// others may write to it. Beyond `capacity` bytes the entries that have not been used for longest go.
  static std::shared_ptr<const KernelCache> open(const std::string& folder,
                                                 uint64_t capacity = usual_capacity);
  /// The user's: in $RONDO_CACHE_DIR, else in rondo below $XDG_CACHE_HOME, else below ~/.cache. Null also
  /// where the environment tells of none of them.
  static std::shared_ptr<const KernelCache> open_usual();

  ~KernelCache();
  KernelCache(const KernelCache&) = delete;
  KernelCache& operator=(const KernelCache&) = delete;

  std::optional<runtime::CodeImage> find(std::string_view key) const;
  void keep(std::string_view key, const runtime::CodeImage& image) const;

 private:
  KernelCache(int folder, uint64_t capacity) : folder_(folder), capacity_(capacity) {}
  void evict() const;

  int folder_;  // a file descriptor: what is renamed or replaced on the way to it does not matter
  uint64_t capacity_;
};

}  // namespace rondo::engine
