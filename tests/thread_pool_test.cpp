// Threads that wait for work.
#include <catch2/catch.hpp>

#include <chrono>
#include <vector>

#include "runtime/thread_pool.h"

using rondo::runtime::ThreadPool;

TEST_CASE("each part of the work runs once, in every round", "[threads]") {
  const int threads = GENERATE(1, 2, 3, 8);
  ThreadPool pool(threads);
  CHECK(pool.threads() == threads);
  std::vector<int> rounds(static_cast<size_t>(threads));
  for (int round = 0; round < 2000; ++round) pool.run([&](int part) { ++rounds[static_cast<size_t>(part)]; });
  CHECK(rounds == std::vector<int>(static_cast<size_t>(threads), 2000));
}

TEST_CASE("threads that have gone to sleep wake up for work, and for the end", "[threads]") {
  ThreadPool pool(3);
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::vector<int> parts(3);
    pool.run([&](int part) { parts[static_cast<size_t>(part)] = part + 1; });
    CHECK(parts == std::vector<int>{1, 2, 3});
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

TEST_CASE("a pool without work ends", "[threads]") {
  for (int i = 0; i < 100; ++i) ThreadPool pool(4);
}
