// The machines that one object is for, by name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/diagnostics.h"
#include "ir/target.h"

namespace rondo::aot {

/// The targets of `Options`: `triple` and `cpus` as codegen::machine_named takes them, several processors
/// with commas between them. Nothing, and a diagnostic, where one is not known.
std::optional<std::vector<ir::Target>> targets_named(const std::string& triple, const std::string& cpus,
                                                     ir::Diagnostics& diagnostics);

}  // namespace rondo::aot
