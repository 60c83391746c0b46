// `rondo repl` and `rondo -e`: a session with a person, a pipe, or a few lines.
#pragma once

#include <string>

#include "frontend/cli/command.h"

namespace rondo::repl {

cli::Command add_repl_command(CLI::App& program);

/// Works on the lines of `text`, as `rondo -e` does. The exit status: 1 where a statement failed, which ends
/// it.
int run_text(const std::string& text);

}  // namespace rondo::repl
