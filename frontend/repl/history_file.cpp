#include "frontend/repl/history_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <span>

#include "frontend/data/pending_file.h"

namespace rondo::repl {

namespace {

// Longer lines are not worth keeping; a file beyond the other bound is not read: it is none of ours.
constexpr size_t longest_line = 4096, largest_file = size_t{16} << 20;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

void make_folders(const std::string& path) {
  for (size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
    mkdir(path.substr(0, end).c_str(), 0700);
}

std::string read_whole(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  std::string text;
  struct stat status{};
  if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
      static_cast<size_t>(status.st_size) <= largest_file) {
    text.resize(static_cast<size_t>(status.st_size));
    const ssize_t got = read(file, text.data(), text.size());
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  }
  if (file >= 0) close(file);
  return text;
}

}  // namespace

HistoryFile::HistoryFile() {
  const std::string state = environment("XDG_STATE_HOME"), home = environment("HOME");
  if (!state.empty())
    path_ = state + "/rondo/history";
  else if (!home.empty())
    path_ = home + "/.local/state/rondo/history";
}

std::vector<std::string> HistoryFile::lines() const {
  std::vector<std::string> all;
  const std::string text = read_whole(path_);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    all.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (all.size() <= most_lines) return all;
  all.erase(all.begin(), all.end() - most_lines);
  // Now and then the file is cut to what is kept.
  if (text.size() > largest_file / 16) {
    std::string kept;
    for (const std::string& line : all) kept += line + "\n";
    ir::Diagnostics quiet;
    data::write_file(path_, {std::as_bytes(std::span(kept))}, quiet);
    chmod(path_.c_str(), 0600);
  }
  return all;
}

void HistoryFile::append(const std::string& line) const {
  if (path_.empty() || line.size() > longest_line) return;
  make_folders(path_);
  const int file =
      open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
  if (file < 0) return;
  const std::string text = line + "\n";
  // In one piece, so that sessions side by side do not mix their lines.
  static_cast<void>(!write(file, text.data(), text.size()));
  close(file);
}

}  // namespace rondo::repl
