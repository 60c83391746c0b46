// One recurrence through every engine: what a program means must not depend on who runs it.
#pragma once

#include "ir/arguments.h"
#include "ir/recurrence.h"

namespace rondo::tests {

/// How many ways of compiling a recurrence are tried: each unrolling at each lane width and samples across
/// lanes (ten kernels), or one of each kind (four; long runs are not unrolled), where there are hundreds of
/// cases.
enum class Engines { All, Few };

/// Runs the interpreter, the loop interpreter, and native code that is looped, unrolled, and as the passes
/// choose. Requires equal bits from all, and the last slot of `outputs` as `last_output` (property P1).
/// Returns the interpreter's results. The `unroll` of the recurrence is overruled; it never changes a value.
ir::Results run_everywhere(const ir::Recurrence& recurrence, const ir::Arguments& arguments,
                           Engines engines = Engines::All);

/// The errors, one a line, for which all engines refuse to run the recurrence over the arguments.
std::string refused_everywhere(const ir::Recurrence& recurrence, const ir::Arguments& arguments);

}  // namespace rondo::tests
