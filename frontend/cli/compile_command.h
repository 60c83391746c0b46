// `rondo compile`: a cell as an object and a header, ahead of time.
#pragma once

#include "frontend/cli/command.h"

namespace rondo::cli {

Command add_compile_command(CLI::App& program);

}  // namespace rondo::cli
