// LLVM's TargetMachine for a target of ours, set up as all of Rondo's code is made.
#pragma once

#include <llvm/Target/TargetMachine.h>

#include <memory>

#include "ir/target.h"

namespace rondo::codegen {

/// Small code model, position-independent, no fusing of what was not written as fused. The target's
/// architecture must be the host's.
std::unique_ptr<llvm::TargetMachine> make_target_machine(const ir::Target& target);

}  // namespace rondo::codegen
