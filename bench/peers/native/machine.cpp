// The limits of one core: multiply-adds, loads by working set, activations.
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <tuple>

#include "activations.h"

namespace {

#ifdef __AVX512F__
constexpr int vector_bytes = 64;
#else
constexpr int vector_bytes = 32;
#endif
constexpr int lanes = vector_bytes / 4;
constexpr int array_length = 1024;
using Vector = float __attribute__((vector_size(vector_bytes)));

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Keeps a value in a register and the compiler from knowing it.
template <class T>
void touch(T& value) {
  asm volatile("" : "+v"(value));
}

// Seconds for `turns` times a function of each number of an array in the first-level cache.
template <class Function>
double seconds_of_array(Function function, int turns) {
  alignas(64) float from[array_length], to[array_length];
  for (int i = 0; i < array_length; ++i) from[i] = static_cast<float>(i % 17) * 0.25f - 2;
  const auto begin = std::chrono::steady_clock::now();
  for (int turn = 0; turn < turns; ++turn) {
    for (int i = 0; i < array_length; ++i) to[i] = function(from[i]);
    asm volatile("" : : "r"(to) : "memory");
  }
  return seconds_since(begin);
}

}  // namespace

#define MACHINE_EXPORT extern "C" __attribute__((visibility("default")))

MACHINE_EXPORT int machine_vector_bits() {
  return 8 * vector_bytes;
}

/// Billions of f32 operations a second, a multiply-add counted twice.
MACHINE_EXPORT double machine_fma_gflops() {
  constexpr int64_t turns = 400'000;
  std::array<Vector, 12> sums;
  Vector factor = {}, term = {};
  touch(factor);
  touch(term);
  std::apply([](auto&... sum) { ((sum = Vector{}, touch(sum)), ...); }, sums);
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < turns; ++i)
    std::apply([&](auto&... sum) { ((sum = sum * factor + term, touch(sum)), ...); }, sums);
  return 2e-9 * static_cast<double>(sums.size() * lanes * turns) / seconds_since(begin);
}

/// Billions of bytes a second that loads bring from a working set of so many bytes.
MACHINE_EXPORT double machine_load_gbytes(int64_t bytes) {
  constexpr int at_once = 8;
  const int64_t vectors = bytes / vector_bytes / at_once * at_once;
  struct Free {
    void operator()(Vector* p) const { std::free(p); }
  };
  const std::unique_ptr<Vector[], Free> data(
      static_cast<Vector*>(std::aligned_alloc(64, static_cast<size_t>(vectors) * vector_bytes)));
  for (int64_t i = 0; i < vectors; ++i) data[static_cast<size_t>(i)] = Vector{};
  const int64_t sweeps = std::max<int64_t>(2, 64'000'000 / bytes);
  const auto sweep = [&] {
    for (int64_t i = 0; i < vectors; i += at_once)
#pragma GCC unroll 8
      for (int64_t k = 0; k < at_once; ++k) {
        const Vector loaded = data[static_cast<size_t>(i + k)];
        asm volatile("" : : "v"(loaded));
      }
  };
  sweep();
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t s = 0; s < sweeps; ++s) sweep();
  return 1e-9 * static_cast<double>(sweeps * vectors * vector_bytes) / seconds_since(begin);
}

/// Nanoseconds for so many sigmoids and hyperbolic tangents, as vectors of an array in the first-level cache.
MACHINE_EXPORT double machine_activation_nanoseconds(int sigmoids, int tangents) {
  constexpr int turns = 2000;
  const double each = 1e9 / (array_length * turns);
  return each * (sigmoids * seconds_of_array([](float x) { return peer::fast_sigmoid(x); }, turns) +
                 tangents * seconds_of_array([](float x) { return peer::fast_tanh(x); }, turns));
}

/// Seconds that a fixed piece of work takes, which is longer where something else has a part of the core:
/// activations want its decoders, its units and its window all at once. Multiply-adds alone do not notice
/// most of what slows a cell.
MACHINE_EXPORT double machine_probe_seconds() {
  return seconds_of_array([](float x) { return peer::fast_tanh(x); }, 100);
}
