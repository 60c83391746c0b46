// Names for C: identifiers that compile as C99 and as C++, each once.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace rondo::aot {

/// Whether the text can stand as a name in C and C++: an identifier that is no keyword of either.
bool is_c_name(std::string_view text);

/// The nearest identifier: other characters become underscores ("x.left" is x_left).
std::string c_name(std::string_view text);

/// "LSTM_CELL" for "lstm_cell".
std::string upper_case(std::string_view name);

/// Any text as part of a comment, which it does not end.
std::string c_comment(std::string_view text);

/// Any text as a string of C, with its quotes.
std::string c_string(std::string_view text);

/// Hands out names of one scope.
class Scope {
 public:
  /// With a prefix: names that begin with it, as those of the header do, are taken.
  explicit Scope(std::string prefix = {}) : prefix_(std::move(prefix)) {}

  /// The name, with underscores behind it where it is taken, a keyword, or a name of <stdint.h> or
  /// <stddef.h>.
  std::string take(std::string_view wanted);

 private:
  std::string prefix_;
  std::set<std::string> taken_;
};

}  // namespace rondo::aot
