// What a user is told about a mistake: where, what was expected, what was found, what to do.
//
// Rondo has one way to report mistakes of the user: a function that can fail takes a `Diagnostics&`, reports
// to it, and returns nothing (or `false`). It goes on where it can, so that one run names several mistakes.
// Mistakes of our own are not diagnostics: they end in `RONDO_CHECK`, which throws, so that a program with
// Rondo in it goes on.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace rondo::ir {

/// A text that locations point into. `name` is what the user calls it: a file name, or "<stdin>".
struct SourceText {
  std::string name;
  std::string text;

  /// Line `number` (from 1) without its line feed; empty where there is none.
  std::string_view line(int number) const;
};

/// A stretch of one line. Line and column count from 1; line 0 means "nowhere in particular".
struct Location {
  std::shared_ptr<const SourceText> source;
  int line = 0;
  int column = 0;
  int length = 1;
};

enum class Severity { Error, Warning, Note };

struct Diagnostic {
  Severity severity = Severity::Error;
  Location where;
  std::string message;
};

/// Collects diagnostics in the order in which they are found. After `limit` errors the rest are counted only.
class Diagnostics {
 public:
  static constexpr int limit = 20;

  void error(Location where, std::string message);
  void error(std::string message) { error({}, std::move(message)); }
  void warning(Location where, std::string message);
  /// Belongs to the diagnostic before it: says what to do, or where the other half of a conflict stands.
  void note(Location where, std::string message);
  void note(std::string message) { note({}, std::move(message)); }

  bool has_errors() const { return errors_ > 0; }
  int error_count() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return diagnostics_; }

  /// All of them as text, each with its line of source and a caret:
  ///
  ///     gru.rondo:7:15: error: cannot add f32[4] and f32[3]
  ///       7 |   z = sigmoid(x + h)
  ///         |               ^~~~~
  ///
  /// `color` adds terminal colours.
  std::string render(bool color = false) const;

 private:
  std::vector<Diagnostic> diagnostics_;
  int errors_ = 0;
  bool muted_ = false;
};

/// A mistake of Rondo's own, with file and line.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws an InternalError: for states that only a bug of Rondo can produce.
[[noreturn]] void internal_error(const char* file, int line, const std::string& message);

}  // namespace rondo::ir

#define RONDO_CHECK(condition, message)                                           \
  do {                                                                            \
    if (!(condition)) ::rondo::ir::internal_error(__FILE__, __LINE__, (message)); \
  } while (false)
