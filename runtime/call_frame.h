// What kernels that run in the process of their compiler are called with.
#pragma once

#include "runtime/bounds.h"
#include "runtime/kernel_abi.h"
#include "runtime/team.h"

namespace rondo::runtime {

/// The frame, and behind it what kernels in object files do not have.
struct CallFrame {
  rondo_frame frame{};
  Team::Member* member = nullptr;        ///< which of the threads of the call this is; null: there is but one
  Bounds::Check check = &Bounds::check;  ///< read by kernels that check
  Bounds* bounds = nullptr;
};

/// The checked form of rondo_prepare_function; of the frame only what checks counts.
using CheckedPrepare = void (*)(const rondo_array* weights, void* prepared, const CallFrame* frame);

}  // namespace rondo::runtime
