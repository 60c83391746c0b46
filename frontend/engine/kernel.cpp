#include "frontend/engine/kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace rondo::engine {

using namespace ir;

namespace {

// The arrays of a call in the order of the kernel's signature: that of the program's buffers.
class CallArrays {
 public:
  CallArrays(const Recurrence& recurrence, const Arguments& arguments, Extents extents, Results& results,
             std::vector<std::unique_ptr<Tensor>>& owned)
      : r_(recurrence), arguments_(arguments), extents_(extents), results_(results), owned_(owned) {}

  std::vector<rondo_array> build(const std::vector<Buffer>& buffers) {
    std::vector<rondo_array> arrays;
    int last = 0, output = 0, state = 0;
    for (const Buffer& buffer : buffers) {
      switch (buffer.kind) {
        case BufferKind::Input:
          arrays.push_back(timed(arguments_.inputs.at(buffer.name), buffer.elements));
          break;
        case BufferKind::Constant:
          arrays.push_back(row(arguments_.constants.at(buffer.name), buffer.elements));
          break;
        case BufferKind::Weight:
          arrays.push_back(row(arguments_.weights.at(buffer.name), 0));
          break;
        case BufferKind::InitialState:
          arrays.push_back(initial(buffer));
          break;
        case BufferKind::Mask:
          arrays.push_back(timed(own(normalized_mask(*arguments_.mask)), 1));
          break;
        case BufferKind::Lengths:
          arrays.push_back(row(own(arguments_.lengths->converted(DType::I64)), 1));
          break;
        case BufferKind::Output:
          arrays.push_back(timed(results_.outputs[static_cast<size_t>(output++)], buffer.elements));
          break;
        case BufferKind::LastOutput:
          arrays.push_back(row(results_.last_output[static_cast<size_t>(last++)], buffer.elements));
          break;
        case BufferKind::FinalState:
          arrays.push_back(row(results_.new_states[static_cast<size_t>(state++)], buffer.elements));
          break;
        case BufferKind::State:
        case BufferKind::Temporary:
          break;
      }
    }
    return arrays;
  }

 private:
  // The kernel only reads what is handed over as an input.
  static void* data(const Tensor& tensor) { return const_cast<std::byte*>(tensor.bytes()); }

  rondo_array timed(const Tensor& tensor, int64_t elements) const {
    if (r_.time_major) return {data(tensor), elements, elements * extents_.batch};
    return {data(tensor), elements * extents_.time, elements};
  }
  static rondo_array row(const Tensor& tensor, int64_t elements) { return {data(tensor), elements, 0}; }

  rondo_array initial(const Buffer& buffer) {
    const auto given = arguments_.states.find(buffer.name);
    if (given != arguments_.states.end()) return row(given->second, buffer.elements);
    return row(own(Tensor(buffer.dtype, Dims{buffer.elements})), 0);
  }

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

// The weights among the arrays, which is all that the prepare function reads.
std::vector<rondo_array> weights_of(const std::vector<Buffer>& buffers,
                                    const std::vector<rondo_array>& arrays) {
  std::vector<rondo_array> weights;
  for (size_t i = 0; i < arrays.size(); ++i)
    if (buffers[i].kind == BufferKind::Weight) weights.push_back(arrays[i]);
  return weights;
}

// Samples of each part: as many for all; where they lie across lanes, and are many, in whole vectors.
int64_t samples_a_part(int64_t batch, int threads, bool across_lanes) {
  constexpr int64_t together = 16, many = 64;
  const int64_t even = std::max<int64_t>(1, (batch + threads - 1) / threads);
  return across_lanes && even >= many ? (even + together - 1) / together * together : even;
}

// The arrays from one sample on.
std::vector<rondo_array> arrays_from(const std::vector<Buffer>& buffers, std::vector<rondo_array> arrays,
                                     int64_t sample) {
  for (size_t i = 0; i < arrays.size(); ++i)
    if (buffers[i].rows != Rows::One)
      arrays[i].data = static_cast<std::byte*>(arrays[i].data) +
                       sample * arrays[i].batch_stride * size_of(buffers[i].dtype);
  return arrays;
}

}  // namespace

void Call::run() {
  const rondo_run_function kernel = code_->entries().run;
  if (!pool_) {
    kernel(&parts_.front().call);
    return;
  }
  pool_->run([&](int part) { kernel(&parts_[static_cast<size_t>(part)].call); });
}

Kernel::Kernel(const LoopProgram& program, const Recurrence& recurrence,
               std::shared_ptr<const runtime::NativeCode> code, double compile_milliseconds)
    : shared_(std::make_shared<Shared>(Shared{program.buffers, program.samples_across_lanes, recurrence,
                                              std::move(code), compile_milliseconds})) {}

std::optional<Call> Kernel::bind(const Arguments& arguments, Diagnostics& diagnostics, int threads) const {
  RONDO_CHECK(threads >= 1, "a call without a thread");
  const Recurrence& recurrence = shared_->recurrence;
  const std::vector<Buffer>& buffers = shared_->buffers;
  const std::optional<Extents> extents = check_arguments(recurrence, arguments, diagnostics);
  if (!extents) return std::nullopt;
  std::optional<Results> results = allocate_results(recurrence, *extents, diagnostics);
  if (!results) return std::nullopt;
  const runtime::EntryPoints& entries = shared_->code->entries();
  Call call;
  call.code_ = shared_->code;
  call.results_ = std::move(*results);
  const auto allocate = [&](int64_t bytes, const char* what) -> std::optional<runtime::Workspace> {
    runtime::Workspace memory(bytes);
    if (memory.data()) return memory;
    diagnostics.error(fmt::format("not enough memory for {} of {} bytes", what, bytes));
    return std::nullopt;
  };
  call.prepared_ = allocate(entries.prepared_size(), "prepared weights");
  if (!call.prepared_) return std::nullopt;
  const std::vector<rondo_array> arrays =
      CallArrays(recurrence, arguments, *extents, call.results_, call.owned_).build(buffers);
  entries.prepare(weights_of(buffers, arrays).data(), call.prepared_->data());

  const int64_t samples = samples_a_part(extents->batch, threads, shared_->samples_across_lanes);
  for (int64_t begin = 0; begin == 0 || begin < extents->batch; begin += samples) {
    const int64_t count = std::min(samples, extents->batch - begin);
    std::optional<runtime::Workspace> workspace = allocate(entries.workspace_size(count), "a workspace");
    if (!workspace) return std::nullopt;
    call.parts_.push_back({arrays_from(buffers, arrays, begin), std::move(*workspace), {}});
    Call::Part& part = call.parts_.back();
    part.call = {count, extents->time, part.arrays.data(), call.prepared_->data(), part.workspace.data()};
  }
  try {
    if (call.parts_.size() > 1)
      call.pool_ = std::make_unique<runtime::ThreadPool>(static_cast<int>(call.parts_.size()));
  } catch (const std::system_error& problem) {
    diagnostics.error(fmt::format("{} threads cannot be started: {}; ask for fewer", call.parts_.size(),
                                  problem.code().message()));
    return std::nullopt;
  }
  return call;
}

std::optional<Results> Kernel::run(const Arguments& arguments, Diagnostics& diagnostics) const {
  std::optional<Call> call = bind(arguments, diagnostics);
  if (!call) return std::nullopt;
  call->run();
  return call->take_results();
}

}  // namespace rondo::engine
