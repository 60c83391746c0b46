#include "frontend/cli/chart.h"

#include <fmt/format.h>

#include <algorithm>

namespace rondo::cli {

namespace {

// More lines than this nobody tells apart.
constexpr int64_t most_lines = 8;

// One feature of sample 0 over time.
data::Series line_of(const ir::Tensor& tensor, bool time_major, int64_t feature, int64_t features,
                     std::string name) {
  const int64_t batch = tensor.dims()[time_major ? 1 : 0], time = tensor.dims()[time_major ? 0 : 1];
  const int64_t step = time_major ? batch * features : features;
  data::Series series;
  series.name = std::move(name);
  series.y.reserve(static_cast<size_t>(time));
  for (int64_t t = 0; t < time; ++t) series.y.push_back(tensor.at(t * step + feature));
  return series;
}

}  // namespace

std::optional<Chart> make_chart(const ir::Recurrence& recurrence, const ir::Results& results,
                                const std::optional<ir::Tensor>& truth, std::optional<int64_t> test_from,
                                ir::Diagnostics& diagnostics) {
  const ir::StepGraph& step = recurrence.step;
  const ir::Tensor& outputs = results.outputs.front();
  const int64_t samples = outputs.dims()[recurrence.time_major ? 1 : 0];
  const int64_t features = step.type(step.outputs.front().node).count();
  if (outputs.count() == 0) {
    diagnostics.error("there is nothing to plot: the outputs have no elements");
    return std::nullopt;
  }
  const std::string name = step.outputs.front().name.empty() ? "output" : step.outputs.front().name;
  const int64_t shown = std::min(features, truth ? most_lines / 2 : most_lines);
  Chart chart;
  for (int64_t feature = 0; feature < shown; ++feature) {
    const std::string place = features == 1 ? "" : fmt::format("[{}]", feature);
    if (truth)
      chart.plot.series.push_back(line_of(*truth, recurrence.time_major, feature, features, "truth" + place));
    chart.plot.series.push_back(line_of(outputs, recurrence.time_major, feature, features, name + place));
  }
  chart.plot.title = step.name;
  chart.plot.x_label = "step";
  if (test_from) {
    chart.plot.marker_x = static_cast<double>(*test_from);
    chart.plot.marker_label = "test";
  }
  const auto leave_out = [&chart](std::string what) {
    chart.note += (chart.note.empty() ? "" : "; ") + std::move(what);
  };
  if (shown < features) leave_out(fmt::format("the first {} of {} features are shown", shown, features));
  if (samples > 1) leave_out(fmt::format("sample 0 of {} is shown", samples));
  if (step.outputs.size() > 1)
    leave_out(fmt::format("output '{}' of {} is shown", name, step.outputs.size()));
  return chart;
}

}  // namespace rondo::cli
