// The results of a run under the names that files and reports give them, and figures about them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/arguments.h"

namespace rondo::cli {

struct NamedResult {
  std::string name;
  const ir::Tensor* tensor;
};

/// "last_output", "outputs" (with several outputs "outputs.NAME"), then "state.NAME" for each state.
std::vector<NamedResult> named_results(const ir::StepGraph& step, const ir::Results& results);

/// The same for a file.
std::map<std::string, ir::Tensor> results_by_name(const ir::StepGraph& step, const ir::Results& results);

/// Of the finite elements; all zeros where there are none.
struct Summary {
  double least = 0, mean = 0, greatest = 0;
  int64_t not_finite = 0;
};
Summary summary_of(const ir::Tensor& tensor);

/// How far outputs are from what they should be.
struct Score {
  int64_t first_step = 0;
  int64_t count = 0;  ///< of numbers compared
  double root_mean_square_error = 0;
  double mean_absolute_error = 0;
};

/// Compares from step `first_step` on. Both (B, T, ...) or, where `time_major`, (T, B, ...), of one shape.
Score score_of(const ir::Tensor& outputs, const ir::Tensor& truth, bool time_major, int64_t first_step);

/// How two runs of the same job differ.
struct Difference {
  bool same_bits = true;
  double largest = 0;  ///< relative to max(1, |b|)
};
Difference difference_of(const ir::StepGraph& step, const ir::Results& a, const ir::Results& b);

}  // namespace rondo::cli
