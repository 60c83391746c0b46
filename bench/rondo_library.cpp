// Rondo behind a C interface, for bench/peers: compile a cell, bind arrays, call it many times between two
// looks at the clock.
#include <chrono>
#include <cstring>
#include <sstream>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "frontend/engine/kernel_cache.h"
#include "frontend/engine/stream.h"
#include "frontend/text/program.h"
#include "ir/math.h"

using namespace rondo;

#define RONDO_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

thread_local std::string last_error;

// Of the arrays, in the order of the step graph.
template <class Leaves>
std::vector<const void*> addresses(const Leaves& leaves, const std::map<std::string, ir::Tensor>& arrays) {
  std::vector<const void*> result;
  for (const auto& leaf : leaves) result.push_back(arrays.at(leaf.name).bytes());
  return result;
}

/// A compiled cell with its arguments, and the call or the stream that has them
/// once there is something to run.
struct Job {
  engine::Compiled compiled;
  double compile_milliseconds = 0;
  int threads = 1;
  ir::Arguments arguments;
  std::optional<engine::Call> call;
  std::optional<engine::Stream> stream;

  /// False, and `last_error`, where the arguments do not fit.
  bool bind() {
    if (call) return true;
    ir::Diagnostics diagnostics;
    call = engine::Call::bind(compiled.kernel, arguments, diagnostics, threads);
    if (!call) last_error = diagnostics.render();
    return call.has_value();
  }

  /// The same for a stream, which begins with the states of the arguments.
  bool open() {
    if (stream) return true;
    ir::Diagnostics diagnostics;
    const ir::StepGraph& step = compiled.pipeline.recurrence.step;
    const auto model =
        engine::Model::prepare(compiled.kernel, addresses(step.weights, arguments.weights), diagnostics);
    if (model)
      stream = engine::Stream::open(*model, arguments.states.begin()->second.dims()[0],
                                    {addresses(step.states, arguments.states), {}}, diagnostics);
    if (!stream) last_error = diagnostics.render();
    return stream.has_value();
  }
};

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// "a=1 b=2" as a map.
std::map<std::string, std::string> words_of(const char* text) {
  std::map<std::string, std::string> words;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) {
    const size_t equals = word.find('=');
    words[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return words;
}

// How a cell is compiled and called, beside its recurrence.
struct Manner {
  passes::Options passes;
  int threads = 1;
  std::shared_ptr<const engine::KernelCache> cache;
};

// Options by name; false where a name is unknown.
bool apply(const std::map<std::string, std::string>& options, ir::Recurrence& recurrence, Manner& manner) {
  for (const auto& [name, value] : options) {
    if (name == "go_backwards") {
      recurrence.go_backwards = value == "true";
    } else if (name == "time_major") {
      recurrence.time_major = value == "true";
    } else if (name == "mask") {
      recurrence.masking = value == "true" ? ir::Masking::Mask : ir::Masking::None;
    } else if (name == "time") {
      recurrence.time = std::stoll(value);
    } else if (name == "math") {
      recurrence.step = ir::with_math(recurrence.step, ir::math_from_name(value).value_or(ir::Math::Strict));
    } else if (name == "unroll") {
      recurrence.unroll = ir::unroll_from_name(value).value_or(ir::Unroll::Auto);
    } else if (name == "copies") {
      manner.passes.unroll = std::stoi(value);
    } else if (name == "batch") {
      manner.passes.expected_batch = std::stoll(value);
    } else if (name == "threads") {
      manner.threads = std::stoi(value);
    } else if (name == "cache") {
      manner.cache = engine::KernelCache::open(value);
    } else {
      last_error = "there is no option '" + name + "'";
      return false;
    }
  }
  return true;
}

}  // namespace

/// What went wrong in the last call that failed.
RONDO_EXPORT const char* rondo_bench_error() {
  return last_error.c_str();
}

/// Compiles the last cell of a text. `settings` are its parameters and `options` how it runs, both "a=1 b=2".
/// Null where something is wrong.
RONDO_EXPORT Job* rondo_bench_compile(const char* text, const char* settings, const char* options) {
  ir::Diagnostics diagnostics;
  const auto failed = [&] {
    last_error = diagnostics.render();
    return nullptr;
  };
  const auto source = std::make_shared<ir::SourceText>(ir::SourceText{"<bench>", text});
  const std::optional<text::Program> program = text::Program::parse(source, diagnostics);
  if (!program) return failed();
  std::map<std::string, int64_t> sizes;
  for (const auto& [name, value] : words_of(settings)) sizes[name] = std::stoll(value);
  std::optional<ir::Recurrence> recurrence = program->instantiate("", sizes, {}, diagnostics);
  if (!recurrence) return failed();
  Manner manner;
  if (!apply(words_of(options), *recurrence, manner)) return nullptr;

  const engine::Engine engine({}, manner.cache);
  const auto begin = std::chrono::steady_clock::now();
  std::optional<engine::Compiled> compiled = engine.compile(*recurrence, manner.passes, diagnostics);
  if (!compiled) return failed();
  return new Job{std::move(*compiled), 1e3 * seconds_since(begin), manner.threads, {}, {}, {}};
}

RONDO_EXPORT void rondo_bench_free(Job* job) {
  delete job;
}

/// Copies an array in. `role` is input, state, constant, weight or mask; `type` f32, f64 or bool.
RONDO_EXPORT void rondo_bench_bind(Job* job, const char* role, const char* name, const char* type, int rank,
                                   const int64_t* dims, const void* data) {
  const std::string_view word = type;
  const ir::DType dtype = word == "f64" ? ir::DType::F64 : word == "bool" ? ir::DType::Bool : ir::DType::F32;
  ir::Tensor tensor(dtype, ir::Dims(dims, dims + rank));
  std::memcpy(tensor.bytes(), data, tensor.byte_count());
  const std::string_view kind = role;
  if (kind == "mask") {
    job->arguments.mask = std::move(tensor);
    return;
  }
  auto& map = kind == "input"      ? job->arguments.inputs
              : kind == "state"    ? job->arguments.states
              : kind == "constant" ? job->arguments.constants
                                   : job->arguments.weights;
  map[name] = std::move(tensor);
}

/// Seconds that so many calls take; negative where the arguments do not fit.
RONDO_EXPORT double rondo_bench_run(Job* job, int64_t calls) {
  if (!job->bind()) return -1;
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < calls; ++i) job->call->run();
  return seconds_since(begin);
}

/// Seconds that so many steps of a stream take, all with the first step of the inputs; negative where it
/// cannot be opened. All states are bound.
RONDO_EXPORT double rondo_bench_step(Job* job, int64_t steps) {
  if (!job->open()) return -1;
  const std::vector<const void*> inputs =
      addresses(job->compiled.pipeline.recurrence.step.inputs, job->arguments.inputs);
  const std::vector<ir::Output>& outputs = job->compiled.pipeline.recurrence.step.outputs;
  std::vector<ir::Tensor> rows;
  std::vector<void*> to;
  for (const ir::Output& output : outputs) {
    const ir::Type& type = job->compiled.pipeline.recurrence.step.type(output.node);
    to.push_back(rows.emplace_back(type.dtype, ir::Dims{job->stream->batch(), type.count()}).bytes());
  }
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < steps; ++i) job->stream->step(inputs.data(), nullptr, to.data());
  return seconds_since(begin);
}

/// Copies the outputs of the last call, of which there are so many bytes; false where that does not fit.
RONDO_EXPORT bool rondo_bench_outputs(const Job* job, void* data, int64_t bytes) {
  if (!job->call) return false;
  const ir::Tensor& outputs = job->call->results().outputs.front();
  if (static_cast<int64_t>(outputs.byte_count()) != bytes) return false;
  std::memcpy(data, outputs.bytes(), outputs.byte_count());
  return true;
}

/// Milliseconds that passes, code generation and linking took.
RONDO_EXPORT double rondo_bench_compile_milliseconds(const Job* job) {
  return job->compile_milliseconds;
}

RONDO_EXPORT int64_t rondo_bench_code_bytes(const Job* job) {
  return static_cast<int64_t>(job->compiled.kernel.code_bytes());
}

/// The machine that code is made for.
RONDO_EXPORT const char* rondo_bench_target() {
  static const std::string text = engine::Engine().target().describe();
  return text.c_str();
}
