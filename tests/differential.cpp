#include "differential.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

#include "frontend/engine/call.h"
#include "inputs_ahead.h"
#include "ir/graph_verifier.h"
#include "ir/interpreter.h"
#include "ir/loop_interpreter.h"
#include "ir/printer.h"
#include "random_recurrence.h"

namespace rondo::tests {

namespace {

// How one recurrence is compiled.
struct Variant {
  std::string name;
  passes::Options options;
  ir::Unroll unroll = ir::Unroll::Auto;
};

passes::Options with(std::optional<int> lanes, std::optional<bool> samples_across_lanes,
                     std::optional<int> unroll = {}) {
  passes::Options options;
  options.lanes = lanes;
  options.samples_across_lanes = samples_across_lanes;
  options.unroll = unroll;
  options.verify_each = true;
  return options;
}

// Left to the cost model, and looped or unrolled in turn; over the seeds at every lane width, in both vector
// axes, and without passes that may be left out.
std::vector<Variant> variants(uint64_t seed, Random& random) {
  static constexpr std::array lanes{4, 8, 16};
  std::vector<Variant> result{
      {"as the passes choose", with({}, {}), ir::Unroll::Auto},
  };
  const bool across = seed / 2 % 2 == 0;
  if (seed % 2 == 0)
    result.push_back({"looped", with(lanes[seed % 3], across), ir::Unroll::Never});
  else
    result.push_back({"unrolled", with(lanes[seed % 3], across), ir::Unroll::Always});
  passes::Options without = with(lanes[(seed + 2) % 3], {}, 3);
  const std::vector<passes::PassInfo> passes = passes::all_passes();
  for (int i = 0; i < 2; ++i)
    if (const passes::PassInfo& pass = passes[random() % passes.size()]; !pass.essential)
      without.disabled.insert(pass.name);
  if (seed % 4 == 0) result.push_back({"without some passes", without, ir::Unroll::Auto});
  return result;
}

// The batch that code is made for, which need not be that of the call.
std::optional<int64_t> expected_batch(uint64_t seed) {
  static constexpr std::array<int64_t, 4> batches{1, 2, 4, 64};
  if (seed % 7 < 3) return std::nullopt;
  return batches[seed % 7 - 3];
}

std::string compare(const ir::Results& wanted, const ir::Results& found, std::string_view engine) {
  const auto lists = {std::tuple("outputs", &wanted.outputs, &found.outputs),
                      std::tuple("last_output", &wanted.last_output, &found.last_output),
                      std::tuple("new_states", &wanted.new_states, &found.new_states)};
  for (const auto& [name, a, b] : lists)
    for (size_t i = 0; i < a->size(); ++i)
      if (!ir::same_bits((*a)[i], (*b)[i]))
        return fmt::format("{}: {}[{}] differs by {}", engine, name, i,
                           ir::largest_difference((*a)[i], (*b)[i]));
  return {};
}

// The loop program and, on one thread or more, the kernel.
std::string run_variant(const ir::Recurrence& recurrence, const passes::Options& options,
                        const ir::Arguments& arguments, const ir::Results& wanted, int threads,
                        const engine::Engine& engine) {
  ir::Diagnostics diagnostics;
  const auto pipeline = passes::run_passes(recurrence, engine.target(), options, diagnostics);
  if (!pipeline) return diagnostics.render();
  const auto looped = ir::interpret(*pipeline->program, recurrence, arguments, diagnostics);
  if (!looped) return diagnostics.render();
  std::string problem = compare(wanted, *looped, "loop program");
  if (!problem.empty() || threads == 0) return problem;
  const auto compiled = engine.compile(recurrence, options, diagnostics);
  if (!compiled) return diagnostics.render();
  auto call = engine::Call::bind(compiled->kernel, arguments, diagnostics, threads);
  if (!call) return diagnostics.render();
  call->run();
  return compare(wanted, call->results(), "kernel");
}

}  // namespace

std::string run_seed(uint64_t seed, Against against, const engine::Engine& engine) {
  Random random(seed);
  const int size = 3 + static_cast<int>(random() % 12);
  const int64_t batch = std::array<int64_t, 4>{1, 2, 3, 17}[random() % 4];
  int64_t time = std::array<int64_t, 4>{1, 2, 7, 35}[random() % 4];
  // Many steps of many samples find little more than either, and take half of the interpreter's time.
  if (batch * time > 119 && random() % 8 != 0) time = 7;
  const ir::Recurrence recurrence = random_recurrence(random, size, time);
  const ir::Arguments arguments = random_arguments(random, recurrence, batch, time, random() % 4 == 0);
  if (const std::string problem = ir::verify(recurrence.step); !problem.empty()) return problem;
  ir::Diagnostics diagnostics;
  const std::optional<ir::Results> wanted = ir::interpret(recurrence, arguments, diagnostics);
  if (!wanted) return diagnostics.render();
  for (const Variant& variant : variants(seed, random)) {
    ir::Recurrence chosen = recurrence;
    chosen.unroll = variant.unroll;
    if (variant.unroll == ir::Unroll::Always) chosen.time = time;
    const int threads = against == Against::LoopProgram ? 0 : 1 + static_cast<int>(seed % 3);
    passes::Options options = variant.options;
    if (seed % 5 != 0) options.threads = std::max(1, threads);
    options.expected_batch = expected_batch(seed);
    if (seed % 3 == 0) options.pins = inputs_ahead(chosen, engine.target(), options);
    const std::string problem = run_variant(chosen, options, arguments, *wanted, threads, engine);
    if (!problem.empty())
      return fmt::format("B={} T={}, {}: {}\n{}", batch, time, variant.name, problem, ir::print(recurrence));
  }
  return {};
}

}  // namespace rondo::tests
