// Where the arrays of a call lie in memory, and whether a kernel can run over arrays that lie so.
#pragma once

#include <cstdint>
#include <span>

#include "ir/diagnostics.h"
#include "ir/loop_program.h"
#include "runtime/kernel_abi.h"

namespace rondo::engine {

/// Holds the arrays of a call of `batch` samples and `time` steps against what kernels rely on: each lies
/// within what memory can be, its elements at addresses that their size divides; what is written shares no
/// byte with any other array, nor one row with another, but for a final state that is the very array of its
/// initial state, and a last output that is that of its previous output. Arrays may lie between the rows of
/// others. Diagnostics name the arrays that do not fit.
///
/// Costs nanoseconds where the arrays lie apart from one another, and a pass over the rows of one where two
/// that are interleaved have different strides; more than 16 million such rows are refused.
void check_layout(std::span<const ir::Buffer> arguments, std::span<const rondo_array> arrays, int64_t batch,
                  int64_t time, ir::Diagnostics& diagnostics);

}  // namespace rondo::engine
