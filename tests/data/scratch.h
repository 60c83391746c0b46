// A folder for the files of one test, and whole files as strings.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "ir/diagnostics.h"

namespace rondo::test {

/// Removed with all it holds at the end of the test.
class Scratch {
 public:
  Scratch() {
    static int number = 0;
    folder_ = std::filesystem::temp_directory_path() /
              ("rondo-test-" + std::to_string(getpid()) + "-" + std::to_string(number++));
    std::filesystem::create_directories(folder_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, std::string_view bytes) const {
    // A new file each time: some file systems wait for the disk where an old one is cut and written again.
    std::filesystem::remove(path(name));
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  size_t file_count() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

 private:
  std::filesystem::path folder_;
};

inline std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The only message of `diagnostics`, or what is odd about them.
inline std::string only_message(const ir::Diagnostics& diagnostics) {
  if (diagnostics.all().size() != 1) return "NOT ONE MESSAGE BUT:\n" + diagnostics.render();
  return diagnostics.all()[0].message;
}

}  // namespace rondo::test
