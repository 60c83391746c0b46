#include "frontend/cli/checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace rondo::cli {

namespace {

constexpr int64_t no_end = std::numeric_limits<int64_t>::max();

std::string in_words(int64_t least, int64_t most) {
  return most == no_end ? fmt::format("a whole number, {} or more", least)
                        : fmt::format("a whole number from {} to {}", least, most);
}

}  // namespace

Check one_of(std::vector<std::string> words) {
  return [words = std::move(words)](const std::string& word) {
    if (std::find(words.begin(), words.end(), word) != words.end()) return std::string();
    return fmt::format("expected one of {}, found '{}'", fmt::join(words, ", "), word);
  };
}

Check whole_number_between(int64_t least, int64_t most) {
  return [least, most](const std::string& word) {
    int64_t value = 0;
    const char* const end = word.data() + word.size();
    const auto [stop, problem] = std::from_chars(word.data(), end, value);
    if (problem == std::errc() && stop == end && value >= least && value <= most) return std::string();
    return fmt::format("expected {}, found '{}'", in_words(least, most), word);
  };
}

Check whole_number_from(int64_t least) {
  return whole_number_between(least, no_end);
}

}  // namespace rondo::cli
