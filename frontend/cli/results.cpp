#include "frontend/cli/results.h"

#include <algorithm>
#include <cmath>

namespace rondo::cli {

std::vector<NamedResult> named_results(const ir::StepGraph& step, const ir::Results& results) {
  std::vector<NamedResult> named;
  const bool several = step.outputs.size() > 1;
  const auto add = [&](const std::string& prefix, const std::vector<ir::Tensor>& tensors) {
    for (size_t i = 0; i < tensors.size(); ++i)
      named.push_back({several ? prefix + "." + step.outputs[i].name : prefix, &tensors[i]});
  };
  add("last_output", results.last_output);
  add("outputs", results.outputs);
  for (size_t i = 0; i < results.new_states.size(); ++i)
    named.push_back({"state." + step.states[i].name, &results.new_states[i]});
  return named;
}

std::map<std::string, ir::Tensor> results_by_name(const ir::StepGraph& step, const ir::Results& results) {
  std::map<std::string, ir::Tensor> arrays;
  for (const NamedResult& result : named_results(step, results)) arrays.emplace(result.name, *result.tensor);
  return arrays;
}

Summary summary_of(const ir::Tensor& tensor) {
  Summary summary;
  double sum = 0;
  int64_t finite = 0;
  for (int64_t i = 0; i < tensor.count(); ++i) {
    const double value = tensor.at(i);
    if (!std::isfinite(value)) continue;
    summary.least = finite == 0 ? value : std::min(summary.least, value);
    summary.greatest = finite == 0 ? value : std::max(summary.greatest, value);
    sum += value;
    ++finite;
  }
  summary.not_finite = tensor.count() - finite;
  if (finite > 0) summary.mean = sum / static_cast<double>(finite);
  return summary;
}

Score score_of(const ir::Tensor& outputs, const ir::Tensor& truth, bool time_major, int64_t first_step) {
  Score score;
  score.first_step = first_step;
  const int64_t batch = outputs.dims()[time_major ? 1 : 0], time = outputs.dims()[time_major ? 0 : 1];
  if (outputs.count() == 0) return score;
  const int64_t behind_time = time_major ? outputs.count() / time : outputs.count() / batch / time;
  double squares = 0, sum = 0;
  for (int64_t i = 0; i < outputs.count(); ++i) {
    const int64_t step = i / behind_time % time;
    if (step < first_step) continue;
    const double error = outputs.at(i) - truth.at(i);
    squares += error * error;
    sum += std::abs(error);
    ++score.count;
  }
  if (score.count == 0) return score;
  score.root_mean_square_error = std::sqrt(squares / static_cast<double>(score.count));
  score.mean_absolute_error = sum / static_cast<double>(score.count);
  return score;
}

Difference difference_of(const ir::StepGraph& step, const ir::Results& a, const ir::Results& b) {
  Difference difference;
  const std::vector<NamedResult> first = named_results(step, a), second = named_results(step, b);
  for (size_t i = 0; i < first.size(); ++i) {
    difference.same_bits = difference.same_bits && ir::same_bits(*first[i].tensor, *second[i].tensor);
    difference.largest =
        std::max(difference.largest, ir::largest_difference(*first[i].tensor, *second[i].tensor));
  }
  return difference;
}

}  // namespace rondo::cli
