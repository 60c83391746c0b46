// A plan for tests: work on the inputs alone ahead of the loop, whatever the passes would choose.
#pragma once

#include "ir/recurrence.h"
#include "ir/target.h"
#include "passes/pass_manager.h"

namespace rondo::tests {

/// Pins ahead of the loop all that may be there and costs something. `options` are those that the pins are
/// for.
passes::Pins inputs_ahead(const ir::Recurrence& recurrence, const ir::Target& target,
                          passes::Options options);

}  // namespace rondo::tests
