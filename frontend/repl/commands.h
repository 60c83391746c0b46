// The commands of a session: lines that begin with a colon.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "frontend/repl/session.h"
#include "frontend/repl/turn.h"

namespace rondo::repl {

/// What its arguments are, for completion.
enum class Completes { Nothing, Calls, Cells, Commands, Expressions, Files, Passes, Settings };

struct Command {
  std::string_view name;       ///< without the colon
  std::string_view arguments;  ///< as `:help` shows them
  std::string_view summary;    ///< one line
  std::string_view details;    ///< paragraphs with an example; may be empty
  Completes completes = Completes::Nothing;
  /// Whether it works on the session itself; the others work apart (`work_apart`) and only look.
  bool changes_session = false;
  void (*work)(Session& session, const std::string& arguments, Turn& turn);
};

/// In the order in which `:help` shows them.
std::span<const Command> commands();

/// By its name, or the beginning of one if it is the beginning of no other; reports what is neither.
const Command* find_command(const std::string& name, ir::Diagnostics& diagnostics);

}  // namespace rondo::repl
