// How exactly functions are computed: the choice of `--math`.
#pragma once

#include <optional>
#include <string_view>

#include "ir/step_graph.h"

namespace rondo::ir {

enum class Math {
  Strict,  ///< within a few units in the last place (docs/semantics.md)
  Fast,    ///< tanh and sigmoid of f32 by fewer operations, with a bounded absolute error
           ///< (ir/elementary/fast.h)
};

/// "strict", "fast".
std::optional<Math> math_from_name(std::string_view name);

/// The graph with every function that has two forms in this one. Either way all engines give the same bits.
StepGraph with_math(const StepGraph& graph, Math math);

}  // namespace rondo::ir
