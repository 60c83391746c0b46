#include "frontend/engine/peak.h"

#include <algorithm>
#include <array>
#include <chrono>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace rondo::engine {

#if defined(__x86_64__)

namespace {

// Independent sums, enough to hide the latency of each; what they come to is looked at, so that they are
// made.
constexpr int sums = 12, turns = 200'000;

__attribute__((target("avx2,fma"))) float run_256() {
  __m256 sum[sums];
  for (__m256& one : sum) one = _mm256_set1_ps(1);
  const __m256 factor = _mm256_set1_ps(0.999F), term = _mm256_set1_ps(0.001F);
  for (int i = 0; i < turns; ++i)
#pragma GCC unroll 12
    for (int k = 0; k < sums; ++k) sum[k] = _mm256_fmadd_ps(sum[k], factor, term);
  float all = 0;
  for (const __m256& one : sum) all += _mm256_cvtss_f32(one);
  return all;
}

__attribute__((target("avx512f"))) float run_512() {
  __m512 sum[sums];
  for (__m512& one : sum) one = _mm512_set1_ps(1);
  const __m512 factor = _mm512_set1_ps(0.999F), term = _mm512_set1_ps(0.001F);
  for (int i = 0; i < turns; ++i)
#pragma GCC unroll 12
    for (int k = 0; k < sums; ++k) sum[k] = _mm512_fmadd_ps(sum[k], factor, term);
  float all = 0;
  for (const __m512& one : sum) all += _mm512_cvtss_f32(one);
  return all;
}

double best_rate(float (*run)(), int lanes) {
  using Clock = std::chrono::steady_clock;
  double best = 0;
  for (int attempt = 0; attempt < 7; ++attempt) {
    const Clock::time_point begin = Clock::now();
    volatile float result = run();
    static_cast<void>(result);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    best = std::max(best, 2.0 * lanes * sums * turns / seconds);
  }
  return best;
}

}  // namespace

std::optional<double> measured_peak_flops() {
  if (__builtin_cpu_supports("avx512f")) return best_rate(run_512, 16);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return best_rate(run_256, 8);
  return std::nullopt;
}

#else

std::optional<double> measured_peak_flops() {
  return std::nullopt;
}

#endif

}  // namespace rondo::engine
