#include "frontend/engine/measurement.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "frontend/engine/call.h"

namespace rondo::engine {

namespace {

// Small weights keep the states where activations are alive.
void fill(ir::Tensor& tensor, std::mt19937& random) {
  std::uniform_real_distribution<double> numbers(-0.1, 0.1);
  for (int64_t i = 0; i < tensor.count(); ++i) tensor.set(i, numbers(random));
}

class Maker {
 public:
  Maker(const ir::StepGraph& step, ir::Diagnostics& diagnostics) : step_(step), diagnostics_(diagnostics) {}

  bool make(std::map<std::string, ir::Tensor>& into, const std::vector<ir::Leaf>& leaves,
            const ir::Dims& leading) {
    for (const ir::Leaf& leaf : leaves) {
      if (into.contains(leaf.name)) continue;
      const ir::Type& type = step_.type(leaf.node);
      ir::Dims dims = leading;
      dims.insert(dims.end(), type.dims.begin(), type.dims.end());
      if (!add(into, leaf.name, type.dtype, std::move(dims))) return false;
    }
    return true;
  }

 private:
  bool add(std::map<std::string, ir::Tensor>& into, const std::string& name, ir::DType dtype, ir::Dims dims) {
    constexpr int64_t most_elements = int64_t{1} << 28;
    const std::optional<int64_t> count = ir::checked_count(dims);
    if (!count || *count > most_elements) {
      diagnostics_.error("an array made up for '" + name + "' would have the shape " + ir::to_string(dims) +
                         ": too large to measure with");
      return false;
    }
    fill(into.emplace(name, ir::Tensor(dtype, std::move(dims))).first->second, random_);
    return true;
  }

  const ir::StepGraph& step_;
  ir::Diagnostics& diagnostics_;
  std::mt19937 random_{1};
};

}  // namespace

std::optional<ir::Arguments> made_up_arguments(const ir::Recurrence& recurrence, int64_t batch, int64_t time,
                                               const std::map<std::string, ir::Tensor>& weights,
                                               ir::Diagnostics& diagnostics) {
  const ir::StepGraph& step = recurrence.step;
  const ir::Dims leading = recurrence.time_major ? ir::Dims{time, batch} : ir::Dims{batch, time};
  ir::Arguments arguments;
  arguments.weights = weights;
  Maker maker(step, diagnostics);
  if (!maker.make(arguments.weights, step.weights, {}) ||
      !maker.make(arguments.constants, step.constants, {batch}) ||
      !maker.make(arguments.inputs, step.inputs, leading))
    return std::nullopt;
  if (recurrence.masking == ir::Masking::Mask) {
    arguments.mask = ir::Tensor(ir::DType::Bool, leading);
    std::fill_n(arguments.mask->bytes(), arguments.mask->byte_count(), std::byte{1});
  }
  if (recurrence.masking == ir::Masking::Lengths) {
    arguments.lengths = ir::Tensor(ir::DType::I64, {batch});
    for (int64_t& length : arguments.lengths->as<int64_t>()) length = time;
  }
  return arguments;
}

std::optional<Measurement> measure(const Kernel& kernel, const ir::Arguments& arguments,
                                   ir::Diagnostics& diagnostics) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds enough(100);
  constexpr size_t fewest = 3, most = 1000;
  const auto extents = ir::check_arguments(kernel.recurrence(), arguments, diagnostics);
  if (!extents) return std::nullopt;
  std::optional<Call> call = Call::bind(kernel, arguments, diagnostics);
  if (!call) return std::nullopt;
  std::vector<double> seconds;
  const Clock::time_point end = Clock::now() + enough;
  while (seconds.size() < fewest || (seconds.size() < most && Clock::now() < end)) {
    const Clock::time_point begin = Clock::now();
    call->run();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2),
                   seconds.end());
  return Measurement{seconds[seconds.size() / 2], static_cast<int>(seconds.size()), extents->steps};
}

}  // namespace rondo::engine
