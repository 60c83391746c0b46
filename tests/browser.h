// A headless Chromium, driven through its debugging pipe: what a person would see of a page.
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/data/scratch.h"

namespace rondo::test {

class Browser {
 public:
  /// Starts, and opens the page at `path`; throws std::runtime_error where that fails.
  explicit Browser(const std::string& path);
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  /// The value of a JavaScript expression in the page.
  nlohmann::json evaluate(const std::string& expression);
  /// Moves the pointer to the middle of the first element that the CSS selector finds, having scrolled there.
  void hover(const std::string& selector);
  /// The window as a PNG file.
  std::string screenshot();

 private:
  nlohmann::json call(const std::string& method, nlohmann::json parameters);
  nlohmann::json receive();
  void wait_for_event(const std::string& method);

  Scratch profile_;
  pid_t process_ = -1;
  int to_ = -1, from_ = -1;
  int next_id_ = 1;
  std::string session_;
  std::string unread_;
  std::vector<std::string> events_;
};

}  // namespace rondo::test
