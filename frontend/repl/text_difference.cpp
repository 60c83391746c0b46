#include "frontend/repl/text_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace rondo::repl {

namespace {

using Lines = std::vector<std::string_view>;

struct Marked {
  char mark;  // ' ', '-' or '+'
  std::string_view line;
};

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The longest common subsequence, by the table of all lengths.
void mark_by_table(const Lines& a, const Lines& b, std::vector<Marked>& marked) {
  const size_t width = b.size() + 1;
  std::vector<uint32_t> longest((a.size() + 1) * width);
  for (size_t i = a.size(); i-- > 0;)
    for (size_t j = b.size(); j-- > 0;)
      longest[i * width + j] = a[i] == b[j]
                                   ? longest[(i + 1) * width + j + 1] + 1
                                   : std::max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      marked.push_back({' ', a[i++]});
      ++j;
    } else if (j == b.size() ||
               (i < a.size() && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) {
      marked.push_back({'-', a[i++]});
    } else {
      marked.push_back({'+', b[j++]});
    }
  }
}

std::vector<Marked> mark(Lines a, Lines b) {
  std::vector<Marked> marked;
  size_t same = 0;
  while (same < std::min(a.size(), b.size()) && a[same] == b[same]) marked.push_back({' ', a[same++]});
  a.erase(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(same));
  b.erase(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(same));
  Lines tail;
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    tail.push_back(a.back());
    a.pop_back();
    b.pop_back();
  }
  // Beyond this the table would take more memory than the answer is worth.
  constexpr size_t largest_table = 16'000'000;
  if (a.size() * b.size() <= largest_table) {
    mark_by_table(a, b, marked);
  } else {
    for (std::string_view line : a) marked.push_back({'-', line});
    for (std::string_view line : b) marked.push_back({'+', line});
  }
  for (size_t i = tail.size(); i-- > 0;) marked.push_back({' ', tail[i]});
  return marked;
}

}  // namespace

std::string text_difference(const std::string& before, const std::string& after, bool color) {
  constexpr size_t around = 3;
  const std::vector<Marked> marked = mark(lines_of(before), lines_of(after));
  std::vector<bool> shown(marked.size());
  for (size_t i = 0; i < marked.size(); ++i)
    if (marked[i].mark != ' ')
      for (size_t j = i - std::min(i, around); j < std::min(marked.size(), i + around + 1); ++j)
        shown[j] = true;
  std::string text;
  bool skipped = false;
  for (size_t i = 0; i < marked.size(); ++i) {
    if (shown[i]) {
      if (skipped) text += "  ...\n";
      const char* paint = !color || marked[i].mark == ' ' ? ""
                          : marked[i].mark == '-'         ? "\x1b[31m"
                                                          : "\x1b[32m";
      text += fmt::format("{}{} {}{}\n", paint, marked[i].mark, marked[i].line, *paint ? "\x1b[0m" : "");
    }
    skipped = !shown[i];
  }
  return std::find(shown.begin(), shown.end(), true) == shown.end() ? "" : text;
}

}  // namespace rondo::repl
