// The lines of former sessions.
#pragma once

#include <string>
#include <vector>

namespace rondo::repl {

/// $XDG_STATE_HOME/rondo/history, else below ~/.local/state: a line each, for its owner alone. Sessions side
/// by side add to it; what cannot be read or written is no error.
class HistoryFile {
 public:
  static constexpr int most_lines = 2000;

  HistoryFile();

  /// The last of them, oldest first.
  std::vector<std::string> lines() const;
  void append(const std::string& line) const;

 private:
  std::string path_;  // empty where the environment tells of no place
};

}  // namespace rondo::repl
