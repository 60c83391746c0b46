// `rondo run`: runs a cell over arrays.
#pragma once

#include "frontend/cli/command.h"

namespace rondo::cli {

Command add_run_command(CLI::App& program);

}  // namespace rondo::cli
