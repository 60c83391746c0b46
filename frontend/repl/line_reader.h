// Where lines come from: a person at a terminal, or a pipe.
#pragma once

#include <memory>
#include <string>

#include "frontend/repl/session.h"

namespace rondo::repl {

struct Line {
  enum class Kind { Text, End, Interrupted, TooLong };
  Kind kind = Kind::End;
  std::string text;  ///< without its line feed
};

class LineReader {
 public:
  virtual ~LineReader() = default;
  virtual Line read(const std::string& prompt) = 0;
};

/// From standard input as it is; prompts are not shown.
std::unique_ptr<LineReader> plain_reader();

/// From a terminal as it is, with prompts; null where standard input is none.
std::unique_ptr<LineReader> prompting_reader();

/// From the terminal, with editing, history and completion of what `session` has. Null where standard input
/// and output are no terminal that can do so.
std::unique_ptr<LineReader> editing_reader(const Session& session);

}  // namespace rondo::repl
