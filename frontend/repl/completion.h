// What a line may go on with.
#pragma once

#include <string>
#include <vector>

#include "frontend/repl/session.h"

namespace rondo::repl {

struct Completion {
  size_t begun = 0;                ///< characters of the words that are there already
  std::vector<std::string> words;  ///< whole, in order
  std::string ending = " ";        ///< what goes behind a word that is the only one
};

/// For the end of `line`: commands, cells, tensors, functions, options or files, as the place wants.
Completion complete(const Session& session, const std::string& line);

std::string common_beginning(const std::vector<std::string>& words);

/// Lines of at most `columns` characters.
std::string in_columns(const std::vector<std::string>& words, int columns);

}  // namespace rondo::repl
