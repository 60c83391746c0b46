// `rondo explain`: says what the compiler makes of a cell, and why.
#pragma once

#include "frontend/cli/command.h"

namespace rondo::cli {

Command add_explain_command(CLI::App& program);

}  // namespace rondo::cli
