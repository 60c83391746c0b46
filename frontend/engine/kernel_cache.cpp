#include "frontend/engine/kernel_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "frontend/engine/kernel_entry.h"

namespace rondo::engine {

namespace {

constexpr size_t digits = 32;
constexpr std::string_view kept_suffix = ".kernel", pending_suffix = ".part";

// A file descriptor that is closed at the end.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool open() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

  bool read_all(std::span<std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t got = read(descriptor_, bytes.data(), bytes.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      bytes = bytes.subspan(static_cast<size_t>(got));
    }
    return true;
  }

  bool write_all(std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t done = write(descriptor_, bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return false;
      bytes = bytes.subspan(static_cast<size_t>(done));
    }
    return true;
  }

 private:
  int descriptor_;
};

bool only_ours(const struct stat& status) {
  return status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// Keys are compared in full when an entry is read: two that meet here only replace each other.
std::string entry_name(std::string_view key) {
  const XXH128_hash_t hash = XXH3_128bits(key.data(), key.size());
  return fmt::format("{:016x}{:016x}{}", hash.high64, hash.low64, kept_suffix);
}

// Files of ours, and no others: the folder may be one that the user keeps more in.
bool is_our_name(std::string_view name) {
  if (name.size() < digits) return false;
  const std::string_view hash = name.substr(0, digits), rest = name.substr(digits);
  return hash.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         (rest == kept_suffix || rest.ends_with(pending_suffix));
}

void make_folders(const std::string& path) {
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    mkdir(path.substr(0, end).c_str(), 0700);
    if (end == std::string::npos) return;
  }
}

struct Kept {
  std::string name;
  timespec used;
  uint64_t size;
};

// The files of ours in a folder, what has not been used for longest first.
std::vector<Kept> files_by_use(int folder) {
  std::vector<Kept> files;
  const int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (again < 0) return files;
  DIR* listing = fdopendir(again);
  if (!listing) {
    close(again);
    return files;
  }
  while (const dirent* found = readdir(listing)) {
    struct stat status{};
    if (is_our_name(found->d_name) && fstatat(folder, found->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(status.st_mode))
      files.push_back({found->d_name, status.st_mtim, static_cast<uint64_t>(status.st_size)});
  }
  closedir(listing);
  std::sort(files.begin(), files.end(), [](const Kept& a, const Kept& b) {
    return std::pair(a.used.tv_sec, a.used.tv_nsec) < std::pair(b.used.tv_sec, b.used.tv_nsec);
  });
  return files;
}

// What a variable says, where it says anything.
std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value || !*value) return std::nullopt;
  return value;
}

}  // namespace

std::shared_ptr<const KernelCache> KernelCache::open(const std::string& folder, uint64_t capacity) {
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  int descriptor = ::open(folder.c_str(), flags);
  if (descriptor < 0 && errno == ENOENT) {
    make_folders(folder);
    descriptor = ::open(folder.c_str(), flags);
  }
  if (descriptor < 0) return nullptr;
  std::shared_ptr<const KernelCache> cache(new KernelCache(descriptor, capacity));
  struct stat status{};
  return fstat(descriptor, &status) == 0 && only_ours(status) ? cache : nullptr;
}

std::shared_ptr<const KernelCache> KernelCache::open_usual() {
  if (const auto folder = environment("RONDO_CACHE_DIR")) return open(*folder);
  // The XDG base directory specification has relative paths ignored.
  if (const auto folder = environment("XDG_CACHE_HOME"); folder && folder->front() == '/')
    return open(*folder + "/rondo");
  if (const auto home = environment("HOME"); home && home->front() == '/')
    return open(*home + "/.cache/rondo");
  return nullptr;
}

KernelCache::~KernelCache() {
  close(folder_);
}

std::optional<runtime::CodeImage> KernelCache::find(std::string_view key) const {
  // Not to be held up by a pipe, should one stand in the place of the entry.
  const File file(openat(folder_, entry_name(key).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status{};
  if (!file.open() || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || !only_ours(status) ||
      static_cast<uint64_t>(status.st_size) > capacity_)
    return std::nullopt;
  std::vector<std::byte> bytes(static_cast<size_t>(status.st_size));
  if (!file.read_all(bytes)) return std::nullopt;
  std::optional<runtime::CodeImage> image = decode_entry(bytes, key);
  if (image) futimens(file.get(), nullptr);  // used just now
  return image;
}

void KernelCache::keep(std::string_view key, const runtime::CodeImage& image) const {
  static std::atomic<int> next{0};
  const std::string name = entry_name(key);
  const std::string pending =
      fmt::format("{}.{}-{}{}", name.substr(0, digits), getpid(), next++, pending_suffix);
  bool written = false;
  {
    const File file(
        openat(folder_, pending.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.open()) return;
    written = file.write_all(encode_entry(key, image));
  }
  const auto rename = [&] { return renameat(folder_, pending.c_str(), folder_, name.c_str()) == 0; };
  // A folder in the place of the entry must go first.
  written = written &&
            (rename() || (errno == EISDIR && unlinkat(folder_, name.c_str(), AT_REMOVEDIR) == 0 && rename()));
  if (!written) unlinkat(folder_, pending.c_str(), 0);
  evict();
}

void KernelCache::evict() const {
  const std::vector<Kept> files = files_by_use(folder_);
  uint64_t total = 0;
  for (const Kept& file : files) total += file.size;
  for (const Kept& file : files) {
    // What a process that was killed has left behind would not be asked for again.
    constexpr time_t abandoned_seconds = 3600;
    const bool abandoned =
        file.name.ends_with(pending_suffix) && file.used.tv_sec + abandoned_seconds < std::time(nullptr);
    if (total <= capacity_ && !abandoned) continue;
    unlinkat(folder_, file.name.c_str(), 0);
    total -= file.size;
  }
}

}  // namespace rondo::engine
