// Lines to statements, and statements to what they do.
#pragma once

#include <string>
#include <vector>

#include "frontend/repl/session.h"
#include "frontend/repl/turn.h"

namespace rondo::repl {

/// Puts lines together: a cell goes on until its braces close, anything else until its brackets do. Comments
/// above a cell belong to it.
class StatementReader {
 public:
  /// The statements that are whole with this line; a semicolon parts several.
  std::vector<std::string> take(const std::string& line);
  /// Whether a statement waits for its end.
  bool is_waiting() const { return waiting_; }
  /// What was begun and never ended; empty where nothing was.
  std::string give_up();

 private:
  std::string text_;
  bool waiting_ = false;
};

/// Works on one statement. Where it fails, the session is as it was.
Ending execute(Session& session, const std::string& statement);

}  // namespace rondo::repl
