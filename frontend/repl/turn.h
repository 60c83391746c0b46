// What one statement leaves behind, and how statements are worked on: apart from the session, in a process of
// their own.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "frontend/repl/session.h"

namespace rondo::repl {

struct Turn {
  std::string text;                           ///< what the user asked to see
  std::map<std::string, ir::Tensor> tensors;  ///< names that get a value
  std::optional<TimeCursor> cursor;           ///< where `:step` has gone
  ir::Diagnostics diagnostics;
};

/// The same, as it comes back: with the diagnostics as text.
struct Ending {
  std::string text, problems;
  std::map<std::string, ir::Tensor> tensors;
  std::optional<TimeCursor> cursor;
  bool failed = false;
  bool interrupted = false;
  bool quit = false;
};

Ending ending_of(Turn turn);

/// Works in a forked process: whatever happens there (Ctrl-C, a crash, no memory left), this one goes on with
/// all that is defined. An interrupt ends the work at once, wherever it is.
Ending work_apart(const std::function<void(Turn&)>& work);

}  // namespace rondo::repl
