// Random recurrences: interpreter, loop program and native code give the same bits, whatever the options.
#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "differential.h"

using namespace rondo;

namespace {

uint64_t number_from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// RONDO_SEED and RONDO_GRAPHS choose other graphs, or more of them.
void require_no_failure(uint64_t count, tests::Against against) {
  const uint64_t first = number_from_environment("RONDO_SEED", 1);
  count = number_from_environment("RONDO_GRAPHS", count);
  std::atomic<uint64_t> next{first};
  std::mutex mutex;
  std::vector<std::string> failures;
  const auto work = [&] {
    const engine::Engine engine;
    for (;;) {
      const uint64_t seed = next++;
      if (seed >= first + count) return;
      const std::string problem = tests::run_seed(seed, against, engine);
      if (problem.empty()) continue;
      const std::lock_guard lock(mutex);
      failures.push_back(fmt::format("RONDO_SEED={} RONDO_GRAPHS=1: {}", seed, problem));
    }
  };
  std::thread helper(work);
  work();
  helper.join();
  for (size_t i = 0; i < failures.size() && i < 3; ++i) UNSCOPED_INFO(failures[i]);
  CHECK(failures.empty());
}

}  // namespace

TEST_CASE("random recurrences give the same bits in every engine", "[differential]") {
  require_no_failure(250, tests::Against::LoopProgramAndKernel);
}

TEST_CASE("the loop programs of random recurrences give the same bits without a kernel", "[differential]") {
  require_no_failure(100, tests::Against::LoopProgram);
}
