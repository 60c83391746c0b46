// What the commands that compile have in common: the target, and what passes leave behind.
#pragma once

#include <optional>
#include <string>

#include "frontend/cli/options.h"
#include "ir/target.h"
#include "passes/pass_manager.h"

namespace rondo::cli {

/// The machine that --cpu names; else the one at hand.
std::optional<ir::Target> chosen_target(const CompileOptions& options, ir::Diagnostics& diagnostics);

/// What is pinned by options and, where there is one, by the plan; options count before the plan.
std::optional<passes::Options> chosen_options(const CompileOptions& options, ir::Diagnostics& diagnostics);

/// The dumps that were asked for; without any, the last state as text.
std::string what_passes_left(const passes::Pipeline& pipeline, const passes::Options& options);

}  // namespace rondo::cli
