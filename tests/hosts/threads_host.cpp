// Under the thread sanitizer: the thread pool, and streams of a cell compiled ahead of time that share its
// prepared weights. The kernel itself is not watched, but what it reads and writes is handed over here.
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "runtime/thread_pool.h"
#include "shared.h"

namespace {

constexpr int threads = 4, steps = 2000;

// Each part of a round writes its own element, and the next round reads those of all.
bool pool_hands_over() {
  rondo::runtime::ThreadPool pool(threads);
  std::vector<long> values(threads, 1), sums(threads);
  for (int round = 0; round < 500; ++round) {
    pool.run([&](int part) {
      long sum = 0;
      for (const long value : values) sum += value % 1000;
      sums[static_cast<size_t>(part)] = sum;
    });
    values = sums;
  }
  for (const long value : values)
    if (value != values[0]) return false;
  return true;
}

void run_stream(const shared_prepared& prepared, float* last) {
  shared_stream_memory memory;
  shared_stream* stream = shared_stream_init(&memory, 1);
  std::vector<unsigned char> saved(shared_stream_state_bytes(1));
  const float x[SHARED_X_SIZE] = {1, -1, 0.5F};
  for (int t = 0; t < steps; ++t) {
    if (t == steps / 2) std::memcpy(saved.data(), &memory, saved.size());
    if (t == steps / 2 + 10) std::memcpy(&memory, saved.data(), saved.size());
    shared_stream_step(stream, &prepared, x, last);
  }
}

bool streams_share_weights() {
  std::vector<float> weights(SHARED_W_SIZE, 0.1F);
  shared_weights given;
  given.W = weights.data();
  static shared_prepared prepared;
  shared_prepare(&given, &prepared);
  std::vector<std::vector<float>> last(threads, std::vector<float>(SHARED_OUTPUT_SIZE));
  std::vector<std::thread> running;
  for (std::vector<float>& each : last) running.emplace_back(run_stream, std::cref(prepared), each.data());
  for (std::thread& thread : running) thread.join();
  for (const std::vector<float>& each : last)
    if (each != last[0]) return false;
  return true;
}

}  // namespace

int main() {
  const bool pool = pool_hands_over(), streams = streams_share_weights();
  std::printf("pool %s, streams %s\n", pool ? "right" : "WRONG", streams ? "right" : "WRONG");
  return pool && streams ? 0 : 1;
}
