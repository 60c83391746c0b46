#include "frontend/engine/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "frontend/engine/array_layout.h"
#include "frontend/engine/division.h"
#include "frontend/engine/violation.h"
#include "runtime/processors.h"

namespace rondo::engine {

using namespace ir;

namespace {

// The arrays of a call over tensors.
class TensorArrays {
 public:
  TensorArrays(const Recurrence& recurrence, const Arguments& arguments, Extents extents, Results& results,
               std::vector<std::unique_ptr<Tensor>>& owned)
      : r_(recurrence), arguments_(arguments), extents_(extents), results_(results), owned_(owned) {}

  CallArrays build() {
    const StepGraph& step = r_.step;
    CallArrays arrays;
    for (const Leaf& input : step.inputs)
      arrays.inputs.push_back(timed(arguments_.inputs.at(input.name), count(input.node)));
    for (const Leaf& constant : step.constants)
      arrays.constants.push_back(row(arguments_.constants.at(constant.name), count(constant.node)));
    for (const State& state : step.states) arrays.initial_states.push_back(initial(state));
    if (r_.masking == Masking::Mask) arrays.mask = timed(own(normalized_mask(*arguments_.mask)), 1);
    if (r_.masking == Masking::Lengths)
      arrays.lengths = row(own(arguments_.lengths->converted(DType::I64)), 1);
    for (size_t i = 0; i < step.outputs.size(); ++i) {
      const NodeId node = step.outputs[i].node;
      if (repeats_outputs(r_)) arrays.previous_outputs.push_back(zeros(node));
      arrays.outputs.push_back(timed(results_.outputs[i], count(node)));
      arrays.last_outputs.push_back(row(results_.last_output[i], count(node)));
    }
    for (size_t i = 0; i < step.states.size(); ++i)
      arrays.final_states.push_back(row(results_.new_states[i], count(step.states[i].node)));
    return arrays;
  }

 private:
  // The kernel only reads what is handed over as an input.
  static void* data(const Tensor& tensor) { return const_cast<std::byte*>(tensor.bytes()); }

  int64_t count(NodeId node) const { return r_.step.type(node).count(); }

  rondo_array timed(const Tensor& tensor, int64_t elements) const {
    if (r_.time_major) return {data(tensor), elements, elements * extents_.batch};
    return {data(tensor), elements * extents_.time, elements};
  }
  static rondo_array row(const Tensor& tensor, int64_t elements) { return {data(tensor), elements, 0}; }

  rondo_array initial(const State& state) {
    const auto given = arguments_.states.find(state.name);
    return given == arguments_.states.end() ? zeros(state.node) : row(given->second, count(state.node));
  }

  // One row for all samples.
  rondo_array zeros(NodeId node) { return row(own(Tensor(r_.step.type(node).dtype, Dims{count(node)})), 0); }

  const Tensor& own(Tensor tensor) {
    owned_.push_back(std::make_unique<Tensor>(std::move(tensor)));
    return *owned_.back();
  }

  const Recurrence& r_;
  const Arguments& arguments_;
  Extents extents_;
  Results& results_;
  std::vector<std::unique_ptr<Tensor>>& owned_;
};

std::vector<const void*> weights_of(const Recurrence& recurrence, const Arguments& arguments) {
  std::vector<const void*> weights;
  for (const Leaf& weight : recurrence.step.weights)
    weights.push_back(arguments.weights.at(weight.name).bytes());
  return weights;
}

// The arrays from one sample on.
std::vector<rondo_array> arrays_from(const Kernel& kernel, std::vector<rondo_array> arrays, int64_t sample) {
  for (size_t i = 0; i < arrays.size(); ++i)
    if (kernel.arguments()[i].rows != Rows::One)
      arrays[i].data = static_cast<std::byte*>(arrays[i].data) +
                       sample * arrays[i].batch_stride * size_of(kernel.arguments()[i].dtype);
  return arrays;
}

// All that a call may touch.
std::unique_ptr<runtime::Bounds> bounds_of(const Kernel& kernel, const rondo_frame& frame) {
  auto bounds = std::make_unique<runtime::Bounds>();
  const auto arguments = kernel.arguments();
  bounds->add("the list of arrays", frame.arrays,
              static_cast<int64_t>(arguments.size() * sizeof(rondo_array)), false);
  bounds->add("what is prepared", frame.prepared, kernel.entries().prepared_size(), false);
  bounds->add("the workspace", frame.workspace, kernel.entries().workspace_size(frame.batch), true);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Buffer& buffer = arguments[i];
    const bool written = buffer.kind == BufferKind::Output || buffer.kind == BufferKind::LastOutput ||
                         buffer.kind == BufferKind::FinalState;
    bounds->add_array(fmt::format("{} '{}'", name_of(buffer.kind), buffer.name), frame.arrays[i],
                      size_of(buffer.dtype), buffer.elements, buffer.rows == Rows::One ? 1 : frame.batch,
                      buffer.rows == Rows::Steps ? frame.time : 1, written);
  }
  return bounds;
}

}  // namespace

std::optional<Call> Call::bind(const Model& model, int64_t batch, int64_t time, const CallArrays& arrays,
                               Diagnostics& diagnostics, int threads, runtime::ThreadPool* pool) {
  RONDO_CHECK(threads >= 1, "a call without a thread");
  RONDO_CHECK(!pool || pool->threads() >= threads, "a pool that is too small");
  const Kernel& kernel = model.kernel();
  Call call(model);
  const std::vector<rondo_array> all = kernel.in_order(arrays, model.weights());
  check_layout(kernel.arguments(), all, batch, time, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  const Division division = threads > 1 && kernel.sharing().threads > 1
                                ? divide(kernel.sharing(), batch, threads, runtime::processors())
                                : by_samples(batch, threads, kernel.samples_across_lanes());
  // Without samples there is no part, and nothing to run, however many the steps.
  for (int64_t begin = 0; begin < batch; begin += division.samples) {
    const int64_t count = std::min(division.samples, batch - begin);
    const rondo_frame frame{count, time, nullptr, model.prepared(), nullptr};
    if (!call.add_parts(frame, arrays_from(kernel, all, begin), division.members, diagnostics))
      return std::nullopt;
  }
  if (call.parts_.size() < 2) return call;
  try {
    if (!pool) call.own_pool_ = std::make_unique<runtime::ThreadPool>(static_cast<int>(call.parts_.size()));
    call.pool_ = pool ? pool : call.own_pool_.get();
  } catch (const std::system_error& problem) {
    diagnostics.error(fmt::format("{} threads cannot be started: {}; ask for fewer", call.parts_.size(),
                                  problem.code().message()));
    return std::nullopt;
  }
  return call;
}

// Some samples, for one thread or for several that share them. What these share lies in the first one's
// workspace; of its own each other one uses the part that a row takes while it is computed.
bool Call::add_parts(rondo_frame frame, const std::vector<rondo_array>& arrays, int members,
                     Diagnostics& diagnostics) {
  const Kernel& kernel = model_.kernel();
  for (int member = 0; member < members; ++member) {
    auto workspace = allocate(kernel.entries().workspace_size(frame.batch), "a workspace", diagnostics);
    if (!workspace) return false;
    if (member == 0 && members > 1)
      teams_.push_back(std::make_unique<runtime::Team>(members, workspace->data()));
    Part& part = parts_.emplace_back(Part{arrays, std::move(*workspace), {}, nullptr});
    frame.arrays = part.arrays.data();
    frame.workspace = part.workspace.data();
    part.call.frame = frame;
    if (members > 1) part.call.member = teams_.back()->member(member);
    if (kernel.checked_program()) {
      part.bounds = bounds_of(kernel, frame);
      part.call.bounds = part.bounds.get();
    }
  }
  return true;
}

std::optional<Call> Call::bind(const Kernel& kernel, const Arguments& arguments, Diagnostics& diagnostics,
                               int threads) {
  const Recurrence& recurrence = kernel.recurrence();
  const std::optional<Extents> extents = check_arguments(recurrence, arguments, diagnostics);
  if (!extents) return std::nullopt;
  std::optional<Results> results = allocate_results(recurrence, *extents, diagnostics);
  if (!results) return std::nullopt;
  const std::optional<Model> model = Model::prepare(kernel, weights_of(recurrence, arguments), diagnostics);
  if (!model) return std::nullopt;
  std::vector<std::unique_ptr<Tensor>> owned;
  const CallArrays arrays = TensorArrays(recurrence, arguments, *extents, *results, owned).build();
  std::optional<Call> call = bind(*model, extents->batch, extents->time, arrays, diagnostics, threads);
  if (!call) return std::nullopt;
  call->results_ = std::move(*results);  // tensors keep their memory when they move
  call->owned_ = std::move(owned);
  return call;
}

std::optional<Results> run(const Kernel& kernel, const Arguments& arguments, Diagnostics& diagnostics) {
  std::optional<Call> call = Call::bind(kernel, arguments, diagnostics);
  if (!call) return std::nullopt;
  call->run();
  if (const std::optional<std::string> violation = call->violation()) {
    diagnostics.error(*violation);
    return std::nullopt;
  }
  return call->take_results();
}

std::optional<std::string> Call::violation() const {
  for (const Part& part : parts_)
    if (part.bounds && part.bounds->violation())
      return describe(*part.bounds->violation(), *model_.kernel().checked_program(), "the kernel");
  return std::nullopt;
}

void Call::run() {
  const rondo_run_function kernel = model_.kernel().entries().run;
  if (!pool_) {  // one part, or none
    for (const Part& part : parts_) kernel(&part.call.frame);
    return;
  }
  const int parts = static_cast<int>(parts_.size());  // a pool may have more threads
  pool_->run([&](int part) {
    if (part < parts) kernel(&parts_[static_cast<size_t>(part)].call.frame);
  });
}

}  // namespace rondo::engine
