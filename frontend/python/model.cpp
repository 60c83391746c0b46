#include "frontend/python/model.h"

#include <fmt/format.h>
#include <nanobind/stl/shared_ptr.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "frontend/engine/call.h"
#include "frontend/python/call_arrays.h"
#include "frontend/python/errors.h"
#include "frontend/python/recent_arrays.h"

namespace nb = nanobind;

namespace rondo::python {

namespace {

constexpr int64_t max_threads = 1024;

engine::Model prepare(const Kernel& kernel, const nb::dict& weights) {
  const ir::StepGraph& step = kernel.recurrence.step;
  std::deque<ir::Tensor> copies;  // of weights that do not lie densely
  std::vector<ArrayView> views;
  std::vector<const void*> data;
  for (const ir::Leaf& leaf : step.weights) {
    const ir::Type& type = step.type(leaf.node);
    const nb::str name(leaf.name.c_str());
    if (!weights.contains(name)) raise_value_error(fmt::format("there is no weight '{}'", leaf.name));
    ArrayView& view = views.emplace_back(view_of(weights[name], fmt::format("weight '{}'", leaf.name)));
    if (view.dtype != type.dtype || view.dims != type.dims)
      raise_value_error(fmt::format("weight '{}' should be {}, found {}{}", leaf.name, ir::to_string(type),
                                    ir::name_of(view.dtype), ir::to_string(view.dims)));
    data.push_back(is_dense_behind(view, 0) ? view.data : copies.emplace_back(tensor_of(view)).bytes());
  }
  ir::Diagnostics diagnostics;
  std::optional<engine::Model> model;
  {
    const nb::gil_scoped_release released;
    model = engine::Model::prepare(kernel.compiled.kernel, data, diagnostics);
  }
  if (!model) raise_argument_error(diagnostics);
  return std::move(*model);
}

}  // namespace

Model::Model(SharedKernel kernel, const nb::dict& weights, const nb::dict& constants)
    : kernel_(std::move(kernel)), prepared_(prepare(*kernel_, weights)) {
  for (const ir::Leaf& leaf : kernel_->recurrence.step.constants) {
    const nb::str name(leaf.name.c_str());
    const bool captured = constants.contains(name);
    held_.push_back(captured ? &constants_.emplace_back(tensor_of(view_of(constants[name], leaf.name)))
                             : nullptr);
  }
}

nb::tuple Model::run(const nb::sequence& inputs, nb::handle states, const nb::sequence& constants,
                     nb::handle mask, nb::handle lengths, nb::handle threads_given, nb::handle out) const {
  const int64_t wanted = integer_from(threads_given, "threads");
  if (wanted < 1 || wanted > max_threads)
    raise_value_error(fmt::format("threads is {}; a call takes 1 to {}", wanted, max_threads));
  GivenArrays given(kernel_->recurrence, inputs, states, constants, mask, lengths, held_);
  const ir::Extents extents = given.check();
  const int threads =
      static_cast<int>(std::clamp<int64_t>(extents.batch, 1, wanted));  // samples are shared out
  const ResultArrays results(kernel_->recurrence, extents, out);
  engine::CallArrays arrays = given.arrays();
  results.add_to(arrays);
  ir::Diagnostics diagnostics;
  bool done = false;
  {
    const nb::gil_scoped_release released;
    const CallPool::Turn turn = pool_.take(threads);
    std::optional<engine::Call> call = engine::Call::bind(prepared_, extents.batch, extents.time, arrays,
                                                          diagnostics, threads, turn.threads());
    if (call && extents.batch > 0) call->run();  // else nothing is to be computed, however many steps
    done = call.has_value();
  }
  if (!done) raise_argument_error(diagnostics);
  return results.to_python();
}

namespace {

// Models of the copies that `recent_arrays` keeps: weights that have not changed are not packed again.
class RecentModels {
 public:
  nb::object model(const SharedKernel& kernel, const nb::dict& weights, const nb::dict& constants) {
    std::vector<nb::object> arrays;
    for (const nb::dict* given : {&weights, &constants})
      for (const auto& [_, array] : *given) arrays.push_back(nb::borrow(array));
    for (const Entry& entry : entries_)
      if (entry.kernel == kernel &&
          std::equal(arrays.begin(), arrays.end(), entry.arrays.begin(), entry.arrays.end(),
                     [](nb::handle a, nb::handle b) { return a.is(b); }))
        return entry.model;
    nb::object model = nb::cast(new Model(kernel, weights, constants), nb::rv_policy::take_ownership);
    std::erase_if(entries_, [](const Entry& entry) { return !are_kept(entry.arrays); });
    if (!are_kept(arrays)) return model;
    if (entries_.size() >= most) entries_.pop_front();
    entries_.push_back({kernel, std::move(arrays), model});
    return model;
  }

 private:
  static constexpr size_t most = 8;
  static bool are_kept(const std::vector<nb::object>& arrays) {
    return std::all_of(arrays.begin(), arrays.end(),
                       [](nb::handle array) { return recent_arrays().keeps(array); });
  }

  struct Entry {
    SharedKernel kernel;
    std::vector<nb::object> arrays;
    nb::object model;
  };
  std::deque<Entry> entries_;
};

nb::object recent_model(const SharedKernel& kernel, const nb::dict& weights, const nb::dict& constants) {
  static auto& models = *new RecentModels();
  return models.model(kernel, weights, constants);
}

}  // namespace

void bind_model(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<Model>(module, "Model",
                    "A kernel with its weights. Never changes; any number of threads may run it.")
      .def(nb::init<SharedKernel, const nb::dict&, const nb::dict&>(), "kernel"_a, "weights"_a, "constants"_a)
      .def("run", &Model::run, "inputs"_a, "states"_a.none(), "constants"_a, "mask"_a.none(),
           "lengths"_a.none(), "threads"_a, "out"_a.none(),
           "Arrays in the order of the kernel's names; gives (last_output, outputs, new_states), a list "
           "each.");
  module.def("recent_model", &recent_model, "kernel"_a, "weights"_a, "constants"_a,
             nb::sig("def recent_model(kernel: Kernel, weights: dict, constants: dict) -> Model"),
             "The model of copies that a transient trace made, which nobody writes to: that of the last "
             "call, if they "
             "are the same.");
}

}  // namespace rondo::python
