// Time per step and compile time of the ready cells, over sizes and batches: what a change did to the
// kernels.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "frontend/engine/flops.h"
#include "frontend/engine/measurement.h"
#include "frontend/text/program.h"

using namespace rondo;

namespace {

ir::Recurrence load_cell(const std::string& name, const std::map<std::string, int64_t>& settings) {
  ir::Diagnostics diagnostics;
  const std::string path = fmt::format("{}/cells/{}.rondo", RONDO_SOURCE_DIR, name);
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  const auto source = std::make_shared<ir::SourceText>(ir::SourceText{path, text.str()});
  const auto program = text::Program::parse(source, diagnostics);
  std::optional<ir::Recurrence> recurrence;
  if (program) recurrence = program->instantiate("", settings, {}, diagnostics);
  RONDO_CHECK(recurrence.has_value(), diagnostics.render());
  return *recurrence;
}

ir::Arguments made_up_arguments(const ir::Recurrence& recurrence, int64_t batch, int64_t time) {
  ir::Diagnostics diagnostics;
  auto arguments = engine::made_up_arguments(recurrence, batch, time, {}, diagnostics);
  RONDO_CHECK(arguments.has_value(), diagnostics.render());
  return std::move(*arguments);
}

const engine::Engine& shared_engine() {
  static const engine::Engine engine;
  return engine;
}

void run_cell(benchmark::State& state, const std::string& name,
              const std::map<std::string, int64_t>& settings, int64_t batch, int64_t time) {
  const ir::Recurrence recurrence = load_cell(name, settings);
  ir::Diagnostics diagnostics;
  const auto compiled = shared_engine().compile(recurrence, {}, diagnostics);
  RONDO_CHECK(compiled.has_value(), diagnostics.render());
  const ir::Arguments arguments = made_up_arguments(recurrence, batch, time);
  std::optional<engine::Call> call = engine::Call::bind(compiled->kernel, arguments, diagnostics);
  RONDO_CHECK(call.has_value(), diagnostics.render());
  for (auto _ : state) call->run();
  using benchmark::Counter;
  const auto steps = static_cast<double>(time);
  state.counters["s_a_step"] = Counter(steps, Counter::kIsIterationInvariantRate | Counter::kInvert);
  state.counters["flops"] =
      Counter(steps * static_cast<double>(batch) * engine::flops_of_step(recurrence.step),
              Counter::kIsIterationInvariantRate);
  state.counters["compile_ms"] = compiled->kernel.compile_milliseconds();
}

// A moving average of silence behind sound: what is left of it is normal, or too small for all its digits.
void run_fading(benchmark::State& state, bool flush, float left) {
  ir::Recurrence recurrence = load_cell("exponential_moving_average", {{"features", 8}});
  recurrence.flush_denormals = flush;
  ir::Diagnostics diagnostics;
  const auto compiled = shared_engine().compile(recurrence, {}, diagnostics);
  RONDO_CHECK(compiled.has_value(), diagnostics.render());
  constexpr int64_t time = 1000;
  ir::Arguments arguments = made_up_arguments(recurrence, 1, time);
  const auto fill = [](auto& tensors, float value) {
    for (auto& [name, tensor] : tensors)
      for (float& element : tensor.template as<float>()) element = value;
  };
  fill(arguments.inputs, 0);
  fill(arguments.weights, 1e-4F);  // fades so slowly that it does not change its kind
  const ir::State& faded = recurrence.step.states[0];
  const ir::Type& type = recurrence.step.type(faded.node);
  ir::Dims dims{1};
  dims.insert(dims.end(), type.dims.begin(), type.dims.end());
  arguments.states[faded.name] = ir::Tensor(type.dtype, dims);
  fill(arguments.states, left);
  std::optional<engine::Call> call = engine::Call::bind(compiled->kernel, arguments, diagnostics);
  for (auto _ : state) call->run();
  state.counters["s_a_step"] =
      benchmark::Counter(time, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void compile_cell(benchmark::State& state, const std::string& name,
                  const std::map<std::string, int64_t>& settings) {
  const ir::Recurrence recurrence = load_cell(name, settings);
  ir::Diagnostics diagnostics;
  for (auto _ : state)
    RONDO_CHECK(shared_engine().compile(recurrence, {}, diagnostics).has_value(), diagnostics.render());
}

std::string label_of(std::string name, const std::map<std::string, int64_t>& settings) {
  for (const auto& [parameter, value] : settings) name += fmt::format("/{}:{}", parameter, value);
  return name;
}

void declare_compile(const std::string& name, const std::map<std::string, int64_t>& settings) {
  benchmark::RegisterBenchmark(("compile/" + label_of(name, settings)).c_str(), compile_cell, name, settings)
      ->Unit(benchmark::kMillisecond);
}

void declare(const std::string& name, const std::map<std::string, int64_t>& settings, int64_t batch,
             int64_t time) {
  benchmark::RegisterBenchmark(fmt::format("{}/B:{}/T:{}", label_of(name, settings), batch, time).c_str(),
                               run_cell, name, settings, batch, time);
}

}  // namespace

int main(int argc, char** argv) {
  for (const char* name : {"lstm", "gru", "minimal_gated_unit", "layer_norm_lstm"})
    for (const auto& [features, units, batch, time] : std::vector<std::array<int64_t, 4>>{
             {1, 16, 1, 1000}, {64, 64, 1, 100}, {64, 64, 16, 100}, {128, 128, 1, 100}, {128, 128, 32, 100}})
      declare(name, {{"features", features}, {"units", units}}, batch, time);
  declare("exponential_moving_average", {{"features", 1}}, 10000, 100);
  declare("biquad", {{"channels", 1}}, 10000, 100);
  for (const char* name : {"lstm", "gru", "minimal_gated_unit", "layer_norm_lstm"})
    for (const int64_t units : {16, 20, 128}) declare_compile(name, {{"features", units}, {"units", units}});
  declare_compile("biquad", {{"channels", 1}});
  for (const bool flush : {false, true})
    for (const auto& [name, left] : {std::pair("sound", 0.5F), std::pair("silence", 1e-39F)})
      benchmark::RegisterBenchmark(fmt::format("fading/{}/{}", flush ? "flush" : "keep", name).c_str(),
                                   run_fading, flush, left);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
