// `rondo check`: finds mistakes in files of cells.
#pragma once

#include "frontend/cli/command.h"

namespace rondo::cli {

Command add_check_command(CLI::App& program);

}  // namespace rondo::cli
