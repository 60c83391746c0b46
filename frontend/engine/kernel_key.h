// What makes two kernels the same.
#pragma once

#include <string>

#include "ir/recurrence.h"
#include "ir/target.h"
#include "passes/context.h"

namespace rondo::engine {

/// All that shapes the code of a kernel, as text: the recurrence, the options, the target and the build of
/// Rondo. Two kernels with one key have the same code.
std::string kernel_key(const ir::Recurrence& recurrence, const passes::Options& options,
                       const ir::Target& target, const std::string& build);

}  // namespace rondo::engine
