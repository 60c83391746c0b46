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

/// Hands out names of one scope.
class Scope {
 public:
  /// The name, with underscores behind it where it is taken or a keyword.
  std::string take(std::string_view wanted);

 private:
  std::set<std::string> taken_;
};

}  // namespace rondo::aot
