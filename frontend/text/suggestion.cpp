#include "frontend/text/suggestion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rondo::text {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Insertions, removals, replacements and swaps of neighbours. A difference of case alone counts half of one,
// so distances are counted in halves.
int distance(std::string_view a, std::string_view b) {
  std::vector<int> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(2 * j);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(2 * i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int replace = a[i - 1] == b[j - 1] ? 0 : lower(a[i - 1]) == lower(b[j - 1]) ? 1 : 2;
      row[j] = std::min({last[j] + 2, row[j - 1] + 2, last[j - 1] + replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 2);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string suggest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr size_t longest = 64;
  if (word.size() > longest) return {};
  const std::string* best = nullptr;
  int best_distance = static_cast<int>(word.size() <= 2   ? 1
                                       : word.size() <= 4 ? 2
                                       : word.size() <= 8 ? 4
                                                          : 6) +
                      1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > longest) continue;
    const int found = distance(word, candidate);
    if (found >= best_distance) continue;
    best_distance = found;
    best = &candidate;
  }
  if (best) return fmt::format("; did you mean '{}'?", *best);
  const size_t dot = word.rfind('.');
  const bool behind = dot != std::string_view::npos && std::find(candidates.begin(), candidates.end(),
                                                                 word.substr(dot + 1)) != candidates.end();
  return behind ? fmt::format("; did you mean '{}'?", word.substr(dot + 1)) : "";
}

std::string suggest_or_list(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr size_t few = 12;
  std::string nearest = suggest(word, candidates);
  if (!nearest.empty() || candidates.size() > few) return nearest;
  if (candidates.empty()) return "; there is none";
  return fmt::format("; there {} {}", candidates.size() == 1 ? "is" : "are", fmt::join(candidates, ", "));
}

std::string no_function(std::string_view name, std::vector<std::string> functions) {
  const std::string nearest = suggest(name, functions);
  std::sort(functions.begin(), functions.end());
  return fmt::format("there is no function '{}'{}", name,
                     nearest.empty() ? fmt::format("; there are {}", fmt::join(functions, ", ")) : nearest);
}

}  // namespace rondo::text
