// A chart of outputs over time.
#pragma once

#include <optional>

#include "frontend/data/plot.h"
#include "ir/arguments.h"

namespace rondo::cli {

struct Chart {
  data::Plot plot;
  /// What was left out, for the reader; empty where all is there.
  std::string note;
};

/// The first features of the first output over time, for the first sample; with `truth`, of its shape, both.
/// From step `test_from` on there is a mark. Nothing, and a diagnostic, where there is nothing to draw.
std::optional<Chart> make_chart(const ir::Recurrence& recurrence, const ir::Results& results,
                                const std::optional<ir::Tensor>& truth, std::optional<int64_t> test_from,
                                ir::Diagnostics& diagnostics);

}  // namespace rondo::cli
