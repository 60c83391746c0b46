// Under the thread sanitizer: the thread pool, teams that meet, and streams of a cell compiled ahead of time
// that share its prepared weights. The kernel itself is not watched, but what it reads and writes is handed
// over here.
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "runtime/team.h"
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

// What each member writes ahead of a meeting, the others read behind it.
bool teams_hand_over() {
  using Team = rondo::runtime::Team;
  rondo::runtime::ThreadPool pool(threads);
  Team team(threads, nullptr);
  std::vector<long> values(threads, 1), sums(threads);
  pool.run([&](int number) {
    Team::Member* member = team.member(number);
    for (int round = 0; round < steps; ++round) {
      long sum = 0;
      for (const long value : values) sum += value % 1000;
      sums[static_cast<size_t>(number)] = sum;
      member->meet(member);
      values[static_cast<size_t>(number)] = sums[static_cast<size_t>(threads - 1 - number)] + number - round;
      member->meet(member);
    }
  });
  std::vector<long> alone(threads, 1);
  for (int round = 0; round < steps; ++round) {
    long sum = 0;
    for (const long value : alone) sum += value % 1000;
    for (int number = 0; number < threads; ++number)
      alone[static_cast<size_t>(number)] = sum + number - round;
  }
  return values == alone;
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
  const bool pool = pool_hands_over(), teams = teams_hand_over(), streams = streams_share_weights();
  const auto judge = [](bool right) { return right ? "right" : "WRONG"; };
  std::printf("pool %s, teams %s, streams %s\n", judge(pool), judge(teams), judge(streams));
  return pool && teams && streams ? 0 : 1;
}
