// Runs every unary f32 elementary function on all 2^32 inputs and prints the greatest error of each. Not part
// of the ordinary tests: it takes minutes. An argument names one function to run alone.
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <thread>

#include "tests/ulp.h"

namespace {

struct Worst {
  double error = 0.5;
  float at = 0;
};

using FloatSubject = rondo::testing::Subject<float, double>;

Worst worst_of(const FloatSubject& subject, uint64_t first, uint64_t last, std::atomic<uint64_t>& done) {
  Worst worst;
  for (uint64_t pattern = first; pattern < last; ++pattern) {
    const float x = std::bit_cast<float>(static_cast<uint32_t>(pattern));
    if (pattern % (1 << 20) == 0) done += 1 << 20;
    const float got = subject.ours(x);
    const double truth = subject.truth(x);
    // The nearest float is at most half an ulp off; most results are, and need no measuring.
    if (std::bit_cast<uint32_t>(got) == std::bit_cast<uint32_t>(static_cast<float>(truth))) continue;
    const double error = rondo::testing::ulp_error(got, truth);
    if (error > worst.error) worst = {error, x};
  }
  return worst;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr uint64_t all = uint64_t{1} << 32;
  bool good = true;
  std::printf("%-10s %-12s %s\n", "function", "max ulp", "at input");
  for (const FloatSubject& subject : rondo::testing::subjects<float, double>) {
    if (argc > 1 && std::strcmp(argv[1], subject.name) != 0) continue;
    std::atomic<uint64_t> done = 0;
    std::atomic<int> running = 2;
    Worst halves[2];
    const auto run = [&](uint64_t half) {
      halves[half] = worst_of(subject, half * all / 2, (half + 1) * all / 2, done);
      --running;
    };
    std::thread upper(run, 1);
    std::thread lower(run, 0);
    for (int tick = 1; running > 0; ++tick) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (tick % 50 == 0)
        std::fprintf(stderr, "%s: %d %%\n", subject.name, static_cast<int>(done * 100 / all));
    }
    upper.join();
    lower.join();
    const Worst worst = halves[0].error > halves[1].error ? halves[0] : halves[1];
    std::printf("%-10s %-12.3f %a (%.9g)\n", subject.name, worst.error, worst.at, worst.at);
    std::fflush(stdout);
    if (!(worst.error <= 4)) good = false;
  }
  return good ? 0 : 1;
}
