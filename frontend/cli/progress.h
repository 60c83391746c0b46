// A line that says what takes so long.
#pragma once

#include <string_view>

namespace rondo::cli {

/// Shows "running ..." on standard error while it lives, then wipes it out. Does nothing where standard error
/// is no terminal.
class Progress {
 public:
  explicit Progress(std::string_view what);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

 private:
  bool shown_;
};

}  // namespace rondo::cli
