// The kernel cache: what is kept is found again, and whatever else stands in its folder does no harm.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <thread>

#include "frontend/engine/kernel_cache.h"
#include "tests/data/scratch.h"

using namespace rondo;
using engine::KernelCache;
namespace fs = std::filesystem;

namespace {

// No code that could run, but bytes that can be told apart.
runtime::CodeImage image_of(uint8_t value, size_t size = 200) {
  return {std::vector<std::byte>(size, std::byte{value}), {0, 16, 32, value}};
}

bool same(const std::optional<runtime::CodeImage>& found, const runtime::CodeImage& wanted) {
  return found && found->bytes == wanted.bytes && found->entries == wanted.entries;
}

// A cache in a folder of its own, and the files in it.
struct Desk {
  test::Scratch scratch;
  std::string folder = scratch.path("cache");
  std::shared_ptr<const KernelCache> cache = KernelCache::open(folder);

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().string());
    return names;
  }
  // The file of the only entry.
  std::string entry() const {
    const std::vector<std::string> names = files();
    REQUIRE(names.size() == 1);
    return names[0];
  }
  std::string keep(const std::string& key, const runtime::CodeImage& image) const {
    const std::vector<std::string> before = files();
    cache->keep(key, image);
    for (const std::string& name : files())
      if (std::find(before.begin(), before.end(), name) == before.end()) return name;
    return {};
  }
};

void overwrite(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

void set_age(const std::string& path, int seconds) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::seconds(seconds));
}

// Runs `body` in a process of its own, which it should not leave.
pid_t start(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child != 0) return child;
  body();
  _exit(0);
}

mode_t mode_of(const std::string& path) {
  struct stat status{};
  REQUIRE(lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("what is kept is found, by its own key alone", "[cache]") {
  const Desk desk;
  REQUIRE(desk.cache);
  CHECK_FALSE(desk.cache->find("one"));
  desk.cache->keep("one", image_of(1));
  desk.cache->keep("two", image_of(2));
  CHECK(same(desk.cache->find("one"), image_of(1)));
  CHECK(same(desk.cache->find("two"), image_of(2)));
  CHECK_FALSE(desk.cache->find("on"));
  CHECK_FALSE(desk.cache->find(""));
  desk.cache->keep("one", image_of(3));
  CHECK(same(desk.cache->find("one"), image_of(3)));
  CHECK(same(KernelCache::open(desk.folder)->find("two"), image_of(2)));
}

TEST_CASE("the cache is the user's own", "[cache]") {
  const mode_t before = umask(0);
  const test::Scratch scratch;
  const std::string folder = scratch.path("a/b/cache");
  const auto cache = KernelCache::open(folder);
  REQUIRE(cache);
  cache->keep("key", image_of(1));
  umask(before);
  CHECK(mode_of(scratch.path("a")) == 0700);
  CHECK(mode_of(folder) == 0700);
  CHECK(mode_of(fs::directory_iterator(folder)->path()) == 0600);
}

TEST_CASE("an entry of another key in the place of this one's is not taken", "[cache]") {
  const Desk desk;
  const std::string one = desk.keep("one", image_of(1)), two = desk.keep("two", image_of(2));
  fs::copy_file(two, one, fs::copy_options::overwrite_existing);
  CHECK_FALSE(desk.cache->find("one"));
}

TEST_CASE("an entry that was cut or changed anywhere is not taken, and replaced", "[cache]") {
  const Desk desk;
  desk.cache->keep("key", image_of(7));
  const std::string path = desk.entry(), whole = test::read_whole(path);
  for (size_t length = 0; length < whole.size(); ++length) {
    overwrite(path, whole.substr(0, length));
    if (desk.cache->find("key")) FAIL("taken after " << length << " bytes");
  }
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string changed = whole;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    overwrite(path, changed);
    if (desk.cache->find("key")) FAIL("taken with bit " << bit << " changed");
  }
  overwrite(path, whole + "x");
  CHECK_FALSE(desk.cache->find("key"));
  desk.cache->keep("key", image_of(8));
  CHECK(same(desk.cache->find("key"), image_of(8)));
  CHECK(desk.files().size() == 1);
}

TEST_CASE("what others own or may write to is not taken", "[cache]") {
  const Desk desk;
  desk.cache->keep("key", image_of(1));
  const std::string path = desk.entry();
  for (const mode_t mode : {0620, 0602, 0666}) {
    chmod(path.c_str(), mode);
    CHECK_FALSE(desk.cache->find("key"));
  }
  chmod(path.c_str(), 0600);
  CHECK(desk.cache->find("key"));
  chmod(desk.folder.c_str(), 0770);
  CHECK_FALSE(KernelCache::open(desk.folder));
  chmod(desk.folder.c_str(), 0702);
  CHECK_FALSE(KernelCache::open(desk.folder));
  chmod(desk.folder.c_str(), 0755);
  CHECK(KernelCache::open(desk.folder));
  if (geteuid() != 0) return;  // only root can give files away
  constexpr uid_t nobody = 65534;
  REQUIRE(chown(path.c_str(), nobody, nobody) == 0);
  CHECK_FALSE(desk.cache->find("key"));
  desk.cache->keep("key", image_of(2));
  CHECK(same(desk.cache->find("key"), image_of(2)));
  REQUIRE(chown(desk.folder.c_str(), nobody, nobody) == 0);
  CHECK_FALSE(KernelCache::open(desk.folder));
}

TEST_CASE("what is no file is not taken, and replaced", "[cache]") {
  const Desk desk;
  desk.cache->keep("key", image_of(1));
  const std::string path = desk.entry(), elsewhere = desk.scratch.path("elsewhere");
  fs::rename(path, elsewhere);

  SECTION("a link") {
    fs::create_symlink(elsewhere, path);
  }
  SECTION("a folder") {
    fs::create_directory(path);
  }
  SECTION("a pipe, which nobody writes to") {
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  }
  CHECK_FALSE(desk.cache->find("key"));
  desk.cache->keep("key", image_of(2));
  CHECK(same(desk.cache->find("key"), image_of(2)));
  CHECK(fs::is_regular_file(fs::symlink_status(path)));
}

TEST_CASE("a folder with something in it stays where an entry should be", "[cache]") {
  const Desk desk;
  desk.cache->keep("key", image_of(1));
  const std::string path = desk.entry();
  fs::remove(path);
  fs::create_directories(path + "/inside");
  desk.cache->keep("key", image_of(1));
  CHECK_FALSE(desk.cache->find("key"));
  CHECK(fs::exists(path + "/inside"));
  CHECK(desk.files().size() == 1);
}

TEST_CASE("a folder that cannot be had is no cache", "[cache]") {
  const test::Scratch scratch;
  const std::string file = scratch.write("file", "");
  CHECK_FALSE(KernelCache::open(""));
  CHECK_FALSE(KernelCache::open(file));
  CHECK_FALSE(KernelCache::open(file + "/below"));
  CHECK_FALSE(KernelCache::open("/proc/rondo"));
}

TEST_CASE("nothing is kept where nothing can be written", "[cache]") {
  const Desk desk;
  const pid_t child = start([&] {
    signal(SIGXFSZ, SIG_IGN);  // the write fails then, as it does on a full disk
    const rlimit limit{100, 100};
    setrlimit(RLIMIT_FSIZE, &limit);
    desk.cache->keep("key", image_of(1));
  });
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(desk.files().empty());
  fs::remove(desk.folder);
  desk.cache->keep("key", image_of(1));
  CHECK_FALSE(desk.cache->find("key"));
}

TEST_CASE("from a folder that cannot be written to kernels are read", "[cache]") {
  const Desk desk;
  desk.cache->keep("key", image_of(1));
  const std::string path = desk.entry();
  constexpr uid_t nobody = 65534;
  const bool root = geteuid() == 0;  // whom no mode holds up
  if (root)
    REQUIRE((chown(path.c_str(), nobody, nobody) == 0 && chown(desk.folder.c_str(), nobody, nobody) == 0));
  chmod(desk.folder.c_str(), 0500);
  const pid_t child = start([&] {
    if (root && setuid(nobody) != 0) _exit(1);
    const auto cache = KernelCache::open(desk.folder);
    if (!cache) _exit(2);
    cache->keep("other", image_of(2));
    _exit(same(cache->find("key"), image_of(1)) && !cache->find("other") ? 0 : 3);
  });
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  chmod(desk.folder.c_str(), 0700);
}

TEST_CASE("processes that keep the same kernel at once leave it whole", "[cache]") {
  const Desk desk;
  std::vector<pid_t> children;
  for (uint8_t value = 1; value <= 4; ++value)
    children.push_back(start([&desk, value] {
      for (int i = 0; i < 200; ++i) desk.cache->keep("key", image_of(value, 20000u + value));
    }));
  int found = 0;
  for (pid_t child : children)
    for (int status = -1; waitpid(child, &status, WNOHANG) == 0;) {
      const auto image = desk.cache->find("key");
      if (!image) continue;
      ++found;
      const auto value = static_cast<uint8_t>(image->bytes[0]);
      if (!same(image, image_of(value, 20000u + value))) FAIL("a mixture was found");
    }
  CHECK(found > 0);
  CHECK(desk.files().size() == 1);
}

TEST_CASE("a process that is killed while it keeps a kernel does no harm", "[cache]") {
  const Desk desk;
  const runtime::CodeImage image = image_of(9, 1 << 20);
  for (int i = 0; i < 20; ++i) {
    const pid_t child = start([&] {
      for (;;) desk.cache->keep("key", image);
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(3 + i));
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    const auto found = desk.cache->find("key");
    CHECK((!found || same(found, image)));
  }
  desk.cache->keep("key", image);
  CHECK(same(desk.cache->find("key"), image));

  // What they left behind goes once it is old.
  const std::vector<std::string> left = desk.files();
  for (const std::string& file : left)
    if (file.ends_with(".part")) set_age(file, 7200);
  desk.cache->keep("key", image);
  CHECK(desk.files().size() == 1);
}

TEST_CASE("what killed processes leave behind counts among the rest", "[cache]") {
  const test::Scratch scratch;
  const std::string folder = scratch.path("cache");
  constexpr uint64_t capacity = 5000;
  const auto cache = KernelCache::open(folder, capacity);
  REQUIRE(cache);
  for (int i = 0; i < 50; ++i)
    set_age(scratch.write(fmt::format("cache/{:032x}.1234-{}.part", i, i), std::string(1000, 'x')), 60);
  cache->keep("key", image_of(1));
  uint64_t total = 0;
  for (const auto& entry : fs::directory_iterator(folder)) total += entry.file_size();
  CHECK(total <= capacity);
  CHECK(same(cache->find("key"), image_of(1)));
}

TEST_CASE("what has not been used for longest goes first, and nothing that is not ours", "[cache]") {
  const test::Scratch scratch;
  const auto cache = KernelCache::open(scratch.path("cache"), 3500);
  REQUIRE(cache);
  const std::string stranger = scratch.write("cache/notes.kernel", std::string(9000, 'x'));
  set_age(stranger, 90);
  cache->keep("oldest", image_of(1, 900));
  for (const auto& entry : fs::directory_iterator(scratch.path("cache"))) set_age(entry.path(), 80);
  cache->keep("middle", image_of(2, 900));
  for (const auto& entry : fs::directory_iterator(scratch.path("cache")))
    if (fs::file_time_type::clock::now() - fs::last_write_time(entry.path()) < std::chrono::seconds(30))
      set_age(entry.path(), 60);
  CHECK(cache->find("oldest"));  // and is no longer the one not used for longest
  cache->keep("third", image_of(3, 900));
  cache->keep("fourth", image_of(4, 900));
  CHECK_FALSE(cache->find("middle"));
  CHECK(cache->find("oldest"));
  CHECK(cache->find("third"));
  CHECK(cache->find("fourth"));
  CHECK(fs::exists(stranger));
}
