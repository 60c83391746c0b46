// Descriptions of machines that code can be made for.
#pragma once

#include <optional>
#include <string>

#include "ir/diagnostics.h"
#include "ir/target.h"

namespace rondo::codegen {

/// The machine that this program runs on, with all that its processor can do.
ir::Target host_target();

/// A processor of the host's architecture by LLVM's name ("x86-64-v3", "znver4"). Nothing, and a diagnostic,
/// where LLVM does not know it.
std::optional<ir::Target> named_target(const std::string& cpu, ir::Diagnostics& diagnostics);

}  // namespace rondo::codegen
