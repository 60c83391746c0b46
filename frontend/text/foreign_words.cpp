#include "frontend/text/foreign_words.h"

namespace rondo::text {

std::string_view instead_of(std::string_view word) {
  constexpr std::string_view choice = "write where(condition, a, b)",
                             loop = "there are no loops: a cell is one step, and running it repeats it",
                             cell = "write 'cell NAME(parameters) { ... }'",
                             binding = "a name is bound without it, as in 'y = ...'";
  constexpr struct {
    std::string_view theirs, ours;
  } words[] = {
      {"if", choice},
      {"else", choice},
      {"for", loop},
      {"while", loop},
      {"def", cell},
      {"fn", cell},
      {"function", cell},
      {"class", cell},
      {"let", binding},
      {"var", binding},
      {"const", binding},
      {"return", "write 'output ...'"},
      {"None", "leave the argument out"},
  };
  for (const auto& [theirs, ours] : words)
    if (theirs == word) return ours;
  return {};
}

}  // namespace rondo::text
