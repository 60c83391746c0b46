// LLVM's TargetMachine for a target of ours, set up as all of Rondo's code is made.
#pragma once

#include <llvm/Target/TargetMachine.h>

#include <memory>

#include "ir/target.h"

namespace rondo::codegen {

/// Small code model, position-independent, no fusing of what was not written as fused. The target's triple
/// must be the host's or one of `machine_named`; the backend that it needs, and no other, is started.
std::unique_ptr<llvm::TargetMachine> make_target_machine(const ir::Target& target);

}  // namespace rondo::codegen
