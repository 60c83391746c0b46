// Random recurrences: interpreter, loop program and native code give the same bits, whatever the options.
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "ir/graph_verifier.h"
#include "ir/interpreter.h"
#include "ir/loop_interpreter.h"
#include "ir/printer.h"
#include "random_recurrence.h"

using namespace rondo;

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
std::vector<Variant> variants(uint64_t seed, tests::Random& random) {
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

// Runs one seed through everything; what went wrong, or nothing.
std::string run_seed(uint64_t seed, const engine::Engine& engine) {
  tests::Random random(seed);
  const int size = 3 + static_cast<int>(random() % 12);
  const int64_t time = std::array<int64_t, 4>{1, 2, 7, 35}[random() % 4];
  const int64_t batch = std::array<int64_t, 4>{1, 2, 3, 17}[random() % 4];
  const ir::Recurrence recurrence = tests::random_recurrence(random, size, time);
  const ir::Arguments arguments = tests::random_arguments(random, recurrence, batch, time, random() % 4 == 0);
  if (const std::string problem = ir::verify(recurrence.step); !problem.empty()) return problem;
  ir::Diagnostics diagnostics;
  const std::optional<ir::Results> wanted = ir::interpret(recurrence, arguments, diagnostics);
  if (!wanted) return diagnostics.render();
  for (const Variant& variant : variants(seed, random)) {
    ir::Recurrence chosen = recurrence;
    chosen.unroll = variant.unroll;
    if (variant.unroll == ir::Unroll::Always) chosen.time = time;
    const std::optional<engine::Compiled> compiled = engine.compile(chosen, variant.options, diagnostics);
    if (!compiled) return diagnostics.render();
    const auto looped = ir::interpret(*compiled->pipeline.program, chosen, arguments, diagnostics);
    std::optional<engine::Call> call =
        engine::Call::bind(compiled->kernel, arguments, diagnostics, 1 + static_cast<int>(seed % 3));
    if (!looped || !call) return diagnostics.render();
    call->run();
    std::string problem = compare(*wanted, *looped, "loop program");
    if (problem.empty()) problem = compare(*wanted, call->results(), "kernel");
    if (!problem.empty())
      return fmt::format("B={} T={}, {}: {}\n{}", batch, time, variant.name, problem, ir::print(recurrence));
  }
  return {};
}

uint64_t number_from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace

// RONDO_SEED and RONDO_GRAPHS choose other graphs, or more of them.
TEST_CASE("random recurrences give the same bits in every engine", "[differential]") {
  const uint64_t first = number_from_environment("RONDO_SEED", 1);
  const uint64_t count = number_from_environment("RONDO_GRAPHS", 500);
  std::atomic<uint64_t> next{first};
  std::mutex mutex;
  std::vector<std::string> failures;
  const auto work = [&] {
    const engine::Engine engine;
    for (;;) {
      const uint64_t seed = next++;
      if (seed >= first + count) return;
      const std::string problem = run_seed(seed, engine);
      if (problem.empty()) continue;
      const std::lock_guard lock(mutex);
      failures.push_back(fmt::format("RONDO_SEED={} RONDO_GRAPHS=1: {}", seed, problem));
    }
  };
  std::thread helper(work);
  work();
  helper.join();
  for (size_t i = 0; i < failures.size() && i < 3; ++i) UNSCOPED_INFO(failures[i]);
  CHECK(failures.size() == 0);
}
