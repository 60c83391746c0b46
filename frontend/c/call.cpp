// Whole recurrences over the caller's arrays.
#include <fmt/format.h>

#include <algorithm>

#include "frontend/c/border.h"

using namespace rondo;
using c::given;
using c::guarded;

namespace {

rondo_array array_of(const rondo_view& view) {
  return {view.data, view.batch_stride, view.time_stride};
}

// The arrays of a call, with memory of its own for what the caller did not give, or does not want.
class Arrays {
 public:
  Arrays(const ir::Recurrence& recurrence, const rondo_arguments& arguments, std::vector<ir::Tensor>& memory,
         ir::Diagnostics& diagnostics)
      : r_(recurrence), a_(arguments), memory_(memory), diagnostics_(diagnostics) {}

  std::optional<engine::CallArrays> build() {
    if (!check_extents()) return std::nullopt;
    const ir::StepGraph& step = r_.step;
    engine::CallArrays arrays;
    bool fine = required(a_.inputs, step.inputs, "input", arrays.inputs) &&
                required(a_.constants, step.constants, "constant", arrays.constants) &&
                required(a_.outputs, step.outputs, "output", arrays.outputs) &&
                optional(a_.initial_states, step.states, 1, arrays.initial_states) &&
                optional(a_.last_outputs, step.outputs, a_.batch, arrays.last_outputs) &&
                optional(a_.final_states, step.states, a_.batch, arrays.final_states);
    if (fine && ir::repeats_outputs(r_)) fine = optional(nullptr, step.outputs, 1, arrays.previous_outputs);
    if (r_.masking == ir::Masking::Mask) fine = fine && required(&a_.mask, "mask", arrays.mask);
    if (r_.masking == ir::Masking::Lengths) fine = fine && required(&a_.lengths, "lengths", arrays.lengths);
    if (!fine) return std::nullopt;
    return arrays;
  }

 private:
  bool check_extents() {
    if (a_.batch < 0 || a_.time < 0)
      diagnostics_.error(fmt::format("a call has 0 samples or more and 0 steps or more; found {} and {}",
                                     a_.batch, a_.time));
    if (r_.time && a_.time != *r_.time)
      diagnostics_.error(fmt::format("the cell is fixed to {} steps; found {}", *r_.time, a_.time));
    if (!all_samples_fit())
      diagnostics_.error(fmt::format("arrays of {} samples are larger than any memory", a_.batch));
    constexpr int32_t most_threads = 1024;
    if (a_.threads < 0 || a_.threads > most_threads)
      diagnostics_.error(fmt::format("a call has up to {} threads; found {}", most_threads, a_.threads));
    return !diagnostics_.has_errors();
  }

  // Whether one row for each sample could be in memory; no size of a call, its workspace included, overflows
  // then.
  bool all_samples_fit() const {
    constexpr int64_t most_bytes = int64_t{1} << 47;
    const auto fit = [&](const auto& leaves) {
      return std::all_of(leaves.begin(), leaves.end(), [&](const auto& leaf) {
        const ir::Type& type = r_.step.type(leaf.node);
        return a_.batch <= most_bytes / std::max<int64_t>(1, type.count() * ir::size_of(type.dtype));
      });
    };
    return fit(r_.step.states) && fit(r_.step.outputs);
  }

  bool required(const rondo_view* view, const std::string& name, rondo_array& array) {
    if (!given(view->data, name.c_str(), diagnostics_)) return false;
    array = array_of(*view);
    return true;
  }

  template <class Leaves>
  bool required(const rondo_view* views, const Leaves& leaves, const char* kind,
                std::vector<rondo_array>& arrays) {
    if (!leaves.empty() && !given(views, fmt::format("{}s", kind).c_str(), diagnostics_)) return false;
    bool fine = true;
    for (size_t i = 0; i < leaves.size(); ++i) {
      arrays.emplace_back();
      const std::string name = leaves[i].name.empty() ? kind : fmt::format("{} {}", kind, leaves[i].name);
      fine = required(&views[i], name, arrays.back()) && fine;
    }
    return fine;
  }

  // Where there are no views: zeroed rows, one for all samples or one for each.
  template <class Leaves>
  bool optional(const rondo_view* views, const Leaves& leaves, int64_t rows,
                std::vector<rondo_array>& arrays) {
    for (size_t i = 0; i < leaves.size(); ++i) {
      if (views && views[i].data) {
        arrays.push_back(array_of(views[i]));
        continue;
      }
      const ir::Type& type = r_.step.type(leaves[i].node);
      ir::Tensor& own = memory_.emplace_back(type.dtype, ir::Dims{rows, type.count()});
      arrays.push_back({own.bytes(), rows == 1 ? 0 : type.count(), 0});
    }
    return true;
  }

  const ir::Recurrence& r_;
  const rondo_arguments& a_;
  std::vector<ir::Tensor>& memory_;
  ir::Diagnostics& diagnostics_;
};

}  // namespace

rondo_status rondo_call_new(const rondo_model* model, const rondo_arguments* arguments, rondo_call** call,
                            rondo_messages** messages) {
  return guarded(messages, [&](ir::Diagnostics& diagnostics) {
    if (!given(model, "model", diagnostics) || !given(arguments, "arguments", diagnostics) ||
        !given(call, "call", diagnostics))
      return false;
    const rondo_arguments unset = RONDO_ARGUMENTS_INIT;
    const auto known = c::known_part(*arguments, unset, "RONDO_ARGUMENTS_INIT", diagnostics);
    if (!known) return false;
    std::vector<ir::Tensor> memory;
    const ir::Recurrence& recurrence = model->model.kernel().recurrence();
    memory.reserve(3 * (recurrence.step.states.size() + recurrence.step.outputs.size()));
    const auto arrays = Arrays(recurrence, *known, memory, diagnostics).build();
    if (!arrays) return false;
    auto bound = engine::Call::bind(model->model, known->batch, known->time, *arrays, diagnostics,
                                    std::max(1, known->threads));
    if (!bound) return false;
    *call = new rondo_call{std::move(*bound), std::move(memory)};
    return true;
  });
}

void rondo_call_run(rondo_call* call) {
  call->call.run();
}

void rondo_call_free(rondo_call* call) {
  delete call;
}
