// Statements from a file.
#pragma once

#include <string>

#include "frontend/repl/session.h"
#include "frontend/repl/turn.h"

namespace rondo::repl {

/// Works on all statements of a file, up to one that fails: what came before it stays. Names of files in it
/// are relative to its folder.
void load_script(Session& session, const std::string& path, Turn& turn);

}  // namespace rondo::repl
