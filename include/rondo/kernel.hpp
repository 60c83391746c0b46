// Kernels, models, whole recurrences, streams, and objects ahead of time.
#ifndef RONDO_KERNEL_HPP
#define RONDO_KERNEL_HPP

#include <rondo/cell.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace rondo {

struct CompileOptions {
  std::string cpu{};           ///< LLVM's name of a processor of this architecture; empty: the one at hand
  int64_t expected_batch = 0;  ///< samples that calls will have, or 0; any number stays right
  bool use_cache = false;      ///< keep code in the user's cache folder, and take it from there
};

enum class Explanation {
  Decisions = RONDO_EXPLAIN_DECISIONS,
  Graph = RONDO_EXPLAIN_GRAPH,
  Loops = RONDO_EXPLAIN_LOOPS,
  Llvm = RONDO_EXPLAIN_LLVM,
  Assembly = RONDO_EXPLAIN_ASSEMBLY
};

/// The machine code of a cell. Copies share it; it goes with the last of them, and of what was made from
/// them.
class Kernel {
 public:
  explicit Kernel(rondo_kernel* handle) : handle_(handle, rondo_kernel_free) {}

  std::string explain(Explanation part = Explanation::Decisions) const {
    return detail::text_of([&](rondo_text** text) {
      return rondo_kernel_explain(get(), static_cast<rondo_explanation>(part), text);
    });
  }
  size_t code_size() const { return rondo_kernel_code_size(get()); }
  const rondo_kernel* get() const { return handle_.get(); }

 private:
  std::shared_ptr<rondo_kernel> handle_;
};

namespace detail {

/// Throws unless there are as many as the cell declares.
inline void check_count(size_t given, size_t declared, const char* what) {
  if (given != declared)
    throw Error(std::string(what) + ": the cell has " + std::to_string(declared) + ", and " +
                std::to_string(given) + " are given");
}

}  // namespace detail

inline Kernel compile(const Cell& cell, const CompileOptions& options = {}) {
  rondo_compile_options o = RONDO_COMPILE_INIT;
  if (!options.cpu.empty()) o.cpu = options.cpu.c_str();
  o.expected_batch = options.expected_batch;
  o.use_cache = options.use_cache ? 1 : 0;
  return Kernel(
      detail::make<rondo_kernel, rondo_kernel_free>([&](rondo_kernel** kernel, rondo_messages** messages) {
        return rondo_compile(cell.get(), &o, kernel, messages);
      }).release());
}

/// Cells as files: see rondo.h.
struct EmitOptions {
  int files = RONDO_EMIT_OBJECT | RONDO_EMIT_HEADER;
  std::string target{};                ///< empty: this machine's kind
  std::string cpu{};                   ///< empty: the usual one of the kind
  std::vector<const void*> weights{};  ///< become part of the object; none: arguments of its prepare function
};

/// Writes PATH.o, PATH.h and so on: a cell that needs nothing of Rondo to run.
inline void emit(const Cell& cell, const std::string& path, const EmitOptions& options = {}) {
  if (!options.weights.empty())
    detail::check_count(options.weights.size(), rondo_cell_leaf_count(cell.get(), RONDO_WEIGHT), "weights");
  rondo_emit_options o = RONDO_EMIT_INIT;
  o.files = options.files;
  if (!options.target.empty()) o.target = options.target.c_str();
  if (!options.cpu.empty()) o.cpu = options.cpu.c_str();
  if (!options.weights.empty()) o.weights = options.weights.data();
  rondo_messages* messages = nullptr;
  const rondo_status status = rondo_emit(cell.get(), path.c_str(), &o, &messages);
  const detail::Owned<rondo_messages, rondo_messages_free> said(messages);
  if (status != RONDO_OK) detail::raise(status, messages);
}

/// An array where the caller has it: data and strides, in elements, of samples and steps.
using View = rondo_view;

template <class T>
View view(T* data, int64_t batch_stride, int64_t time_stride) {
  return {const_cast<std::remove_const_t<T>*>(data), batch_stride, time_stride};
}
/// Dense (batch, time, features).
template <class T>
View batch_major(T* data, int64_t time, int64_t features) {
  return view(data, time * features, features);
}
/// Dense (time, batch, features).
template <class T>
View time_major(T* data, int64_t batch, int64_t features) {
  return view(data, features, batch * features);
}
/// Dense (batch, features): a state, a constant, a last output, lengths (with 1 feature).
template <class T>
View rows(T* data, int64_t features) {
  return view(data, features, 0);
}

/// The arrays of one whole recurrence, in the order in which the cell declares them. What is left out:
/// initial states are zeros, last outputs and final states are not wanted.
struct Arguments {
  int64_t batch = 1;
  int64_t time = -1;  ///< to be set; may be 0
  std::vector<View> inputs{}, constants{}, initial_states{};
  View mask{}, lengths{};
  std::vector<View> outputs{}, last_outputs{}, final_states{};
  int threads = 1;  ///< that share the samples, or where those are few their columns
};

/// A model bound to arrays, which must stay; run as often as wanted.
class Call {
 public:
  Call(const rondo_model* model, const Arguments& a) {
    const auto check = [model](const std::vector<View>& views, rondo_leaf_kind kind, const char* what) {
      detail::check_count(views.size(), rondo_model_leaf_count(model, kind), what);
    };
    check(a.inputs, RONDO_INPUT, "inputs");
    check(a.constants, RONDO_CONSTANT, "constants");
    check(a.outputs, RONDO_OUTPUT, "outputs");
    if (!a.initial_states.empty()) check(a.initial_states, RONDO_STATE, "initial states");
    if (!a.last_outputs.empty()) check(a.last_outputs, RONDO_OUTPUT, "last outputs");
    if (!a.final_states.empty()) check(a.final_states, RONDO_STATE, "final states");
    rondo_arguments arguments = RONDO_ARGUMENTS_INIT;
    const auto list = [](const std::vector<View>& views) { return views.empty() ? nullptr : views.data(); };
    arguments.batch = a.batch;
    arguments.time = a.time;
    arguments.inputs = list(a.inputs);
    arguments.constants = list(a.constants);
    arguments.initial_states = list(a.initial_states);
    arguments.mask = a.mask;
    arguments.lengths = a.lengths;
    arguments.outputs = list(a.outputs);
    arguments.last_outputs = list(a.last_outputs);
    arguments.final_states = list(a.final_states);
    arguments.threads = a.threads;
    handle_ = detail::make<rondo_call, rondo_call_free>([&](rondo_call** call, rondo_messages** messages) {
      return rondo_call_new(model, &arguments, call, messages);
    });
  }

  void run() noexcept { rondo_call_run(handle_.get()); }

 private:
  detail::Owned<rondo_call, rondo_call_free> handle_;
};

/// A kernel with its weights. Copies share it.
class Model {
 public:
  /// `weights`: the first element of each, dense and row-major, as many as the cell declares.
  explicit Model(const Kernel& kernel, const std::vector<const void*>& weights = {})
      : handle_(
            detail::make<rondo_model, rondo_model_free>([&](rondo_model** model, rondo_messages** messages) {
              detail::check_count(weights.size(), rondo_kernel_leaf_count(kernel.get(), RONDO_WEIGHT),
                                  "weights");
              return rondo_model_new(kernel.get(), weights.data(), model, messages);
            }).release(),
            rondo_model_free) {}

  /// Weights by name from a .npz or .safetensors file.
  static Model load(const Kernel& kernel, const std::string& path) {
    return Model(
        detail::make<rondo_model, rondo_model_free>([&](rondo_model** model, rondo_messages** messages) {
          return rondo_model_load(kernel.get(), path.c_str(), model, messages);
        }).release());
  }

  Call call(const Arguments& arguments) const { return {get(), arguments}; }
  void run(const Arguments& arguments) const { call(arguments).run(); }
  const rondo_model* get() const { return handle_.get(); }

 private:
  explicit Model(rondo_model* handle) : handle_(handle, rondo_model_free) {}

  std::shared_ptr<rondo_model> handle_;
};

/// What a stream begins with: for each, dense rows (batch, ...), copied. No states at all mean zeros.
struct StreamStart {
  std::vector<const void*> states{}, constants{};
};

/// The states of some samples between calls: steps and blocks as they come give the bits of one call over the
/// whole. `step`, `block`, `reset`, `state` and what has to do with snapshots are for real-time threads: they
/// allocate nothing, take no lock, make no system call.
class Stream {
 public:
  explicit Stream(const Model& model, int64_t batch = 1, const StreamStart& start = {})
      : handle_(detail::make<rondo_stream, rondo_stream_free>([&](rondo_stream** stream,
                                                                  rondo_messages** messages) {
          if (!start.states.empty())
            detail::check_count(start.states.size(), rondo_model_leaf_count(model.get(), RONDO_STATE),
                                "states");
          detail::check_count(start.constants.size(), rondo_model_leaf_count(model.get(), RONDO_CONSTANT),
                              "constants");
          return rondo_stream_new(model.get(), batch, start.states.empty() ? nullptr : start.states.data(),
                                  start.constants.empty() ? nullptr : start.constants.data(), stream,
                                  messages);
        })),
        inputs_(rondo_model_leaf_count(model.get(), RONDO_INPUT)),
        outputs_(rondo_model_leaf_count(model.get(), RONDO_OUTPUT)) {}

  /// One step over dense rows (batch, ...). `mask`: a byte for each sample, or null where all keep it. False,
  /// and nothing done, unless there are as many inputs and outputs as the cell has.
  bool step(std::span<const void* const> inputs, std::span<void* const> outputs,
            const uint8_t* mask = nullptr) noexcept {
    if (inputs.size() != inputs_ || outputs.size() != outputs_) return false;
    rondo_stream_step(handle_.get(), inputs.data(), mask, outputs.data());
    return true;
  }
  /// The same for cells with one input and one output.
  bool step(const void* input, void* output) noexcept {
    return step(std::span(&input, 1), std::span(&output, 1));
  }
  /// `time` steps.
  bool block(int64_t time, std::span<const View> inputs, std::span<const View> outputs,
             const View* mask = nullptr) noexcept {
    if (inputs.size() != inputs_ || outputs.size() != outputs_) return false;
    rondo_stream_block(handle_.get(), time, inputs.data(), mask, outputs.data());
    return true;
  }
  bool block(int64_t time, const View& input, const View& output) noexcept {
    return block(time, std::span(&input, 1), std::span(&output, 1));
  }

  /// Back to the beginning.
  void reset() noexcept { rondo_stream_reset(handle_.get()); }
  /// The same for one sample; false where there is none of that number.
  bool reset(int64_t sample) noexcept { return rondo_stream_reset_sample(handle_.get(), sample) == RONDO_OK; }
  /// A state between two steps, dense rows (batch, ...); null where there is none of that number.
  void* state(size_t index) noexcept { return rondo_stream_state(handle_.get(), index); }

  size_t snapshot_size() const noexcept { return rondo_stream_snapshot_size(handle_.get()); }
  /// Copies `snapshot_size()` bytes.
  void snapshot(std::byte* to) const noexcept { rondo_stream_snapshot(handle_.get(), to); }
  std::vector<std::byte> snapshot() const {
    std::vector<std::byte> bytes(snapshot_size());
    snapshot(bytes.data());
    return bytes;
  }
  /// False, and nothing changed, unless the snapshot is of a stream with as many samples whose cell has
  /// states and outputs of the same types and shapes.
  bool restore(std::span<const std::byte> snapshot) noexcept {
    return rondo_stream_restore(handle_.get(), snapshot.data(), snapshot.size()) == RONDO_OK;
  }
  /// Another stream that goes on from here.
  Stream clone() const {
    rondo_stream* copy = nullptr;
    if (rondo_stream_clone(handle_.get(), &copy) != RONDO_OK) throw std::bad_alloc();
    return Stream(copy, inputs_, outputs_);
  }

 private:
  Stream(rondo_stream* handle, size_t inputs, size_t outputs)
      : handle_(handle), inputs_(inputs), outputs_(outputs) {}

  detail::Owned<rondo_stream, rondo_stream_free> handle_;
  size_t inputs_, outputs_;
};

}  // namespace rondo

#endif
