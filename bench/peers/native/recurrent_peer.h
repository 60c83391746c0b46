// What a peer written in C++ implements, and the C interface that Python drives it through.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace peer {

/// Floats aligned to 64 bytes, zeroed.
class Buffer {
 public:
  explicit Buffer(int64_t count) {
    const size_t bytes = (static_cast<size_t>(count) * sizeof(float) + 63) / 64 * 64;
    data_.reset(static_cast<float*>(std::aligned_alloc(64, bytes)));
    for (size_t i = 0; i < bytes / sizeof(float); ++i) data_[i] = 0;
  }
  Buffer(const float* from, int64_t count) : Buffer(count) {
    for (int64_t i = 0; i < count; ++i) data_[static_cast<size_t>(i)] = from[i];
  }
  float* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* data) const { std::free(data); }
  };
  std::unique_ptr<float[], Free> data_;
};

/// An LSTM or GRU as Keras has it: gates i, f, c, o, or z, r, h with the reset gate behind the product. All
/// arrays are dense; weights (features or units, gates * units), bias (gates * units) or for the GRU (2,
/// gates * units), input (time, batch, features).
struct Problem {
  bool gru;
  int variant;  ///< which of the peer's ways to do it, from 0
  int64_t batch, time, features, units;
  const float *weights, *recurrent_weights, *bias, *input;

  int64_t gates() const { return gru ? 3 : 4; }
};

class Recurrent {
 public:
  virtual ~Recurrent() = default;
  /// The whole sequence from zero states.
  virtual void run() = 0;
  /// One time step, the first of the input, from the states that the last one left.
  virtual void step() = 0;
  /// (time, batch, units), from the last `run`.
  virtual const float* outputs() const = 0;
};

/// Null where the peer has no such variant, or cannot do these sizes.
std::unique_ptr<Recurrent> make(const Problem& problem);

}  // namespace peer

#define PEER_EXPORT extern "C" __attribute__((visibility("default"))) inline __attribute__((used))

PEER_EXPORT peer::Recurrent* peer_create(const char* cell, int variant, int64_t batch, int64_t time,
                                         int64_t features, int64_t units, const float* weights,
                                         const float* recurrent_weights, const float* bias,
                                         const float* input) {
  const bool gru = std::string_view(cell) == "gru";
  return peer::make({gru, variant, batch, time, features, units, weights, recurrent_weights, bias, input})
      .release();
}

PEER_EXPORT void peer_free(peer::Recurrent* recurrent) {
  delete recurrent;
}

/// Seconds that so many calls take.
PEER_EXPORT double peer_run(peer::Recurrent* recurrent, int64_t calls) {
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < calls; ++i) recurrent->run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// The same of single steps.
PEER_EXPORT double peer_step(peer::Recurrent* recurrent, int64_t calls) {
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < calls; ++i) recurrent->step();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

PEER_EXPORT const float* peer_outputs(const peer::Recurrent* recurrent) {
  return recurrent->outputs();
}
