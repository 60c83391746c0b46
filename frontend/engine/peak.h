// What the machine can do at best, measured.
#pragma once

#include <optional>

namespace rondo::engine {

/// f32 multiply-adds a second in one thread, counted twice, over registers alone with the widest vectors that
/// the processor has: a few milliseconds' work. Nothing where the processor has none that we know how to ask
/// for.
std::optional<double> measured_peak_flops();

}  // namespace rondo::engine
