// LSTM and GRU for one sample with all sizes known to the compiler: what RTNeural does. Blocks of units are
// summed in registers, all gates of a unit side by side.
#include <algorithm>
#include <utility>

#include "activations.h"
#include "recurrent_peer.h"

namespace peer {
namespace {

template <int Gates, int Units, int Block>
class FixedSize final : public Recurrent {
  static constexpr int width = Gates * Units;
  static constexpr bool gru = Gates == 3;
  static constexpr int blocks = Units / Block;
  static_assert(Units % Block == 0);

 public:
  explicit FixedSize(const Problem& p) : time_(p.time), input_(p.input, p.time), outputs_(p.time * Units) {
    for (int block = 0; block < blocks; ++block)
      for (int gate = 0; gate < Gates; ++gate)
        for (int j = 0; j < Block; ++j) {
          const int from = gate * Units + block * Block + j;
          const int to = gate * Block + j;
          weights_[block][to] = p.weights[from];
          bias_[block][to] = p.bias[from] + (gru && gate < 2 ? p.bias[width + from] : 0);
          if (gru && gate == 2) candidate_bias_[block][j] = p.bias[width + from];
          for (int k = 0; k < Units; ++k)
            recurrent_[block][k][to] = p.recurrent_weights[int64_t{k} * width + from];
        }
  }

  void run() override {
    std::fill_n(hidden_, Units, 0.0f);
    std::fill_n(cell_, Units, 0.0f);
    for (int64_t t = 0; t < time_; ++t) {
      advance(input_.data()[t]);
      std::copy_n(hidden_, Units, outputs_.data() + t * Units);
    }
  }

  __attribute__((noinline)) void step() override { advance(input_.data()[0]); }

  const float* outputs() const override { return outputs_.data(); }

 private:
  inline __attribute__((always_inline)) void advance(float x) {
    alignas(64) float next[Units];
#pragma GCC unroll 1
    for (int block = 0; block < blocks; ++block) {
      float sums[Gates * Block];
      for (int j = 0; j < Gates * Block; ++j)
        sums[j] = gru && j >= 2 * Block ? candidate_bias_[block][j - 2 * Block]
                                        : bias_[block][j] + x * weights_[block][j];
#pragma GCC unroll 1
      for (int k = 0; k < Units; ++k)
        for (int j = 0; j < Gates * Block; ++j) sums[j] += hidden_[k] * recurrent_[block][k][j];
      if constexpr (gru)
        gru_block(x, block, sums, next + block * Block);
      else
        lstm_block(sums, cell_ + block * Block, next + block * Block);
    }
    std::copy_n(next, Units, hidden_);
  }

  static void lstm_block(const float* sums, float* cell, float* next) {
    for (int j = 0; j < Block; ++j) {
      cell[j] =
          fast_sigmoid(sums[Block + j]) * cell[j] + fast_sigmoid(sums[j]) * fast_tanh(sums[2 * Block + j]);
      next[j] = fast_sigmoid(sums[3 * Block + j]) * fast_tanh(cell[j]);
    }
  }

  void gru_block(float x, int block, const float* sums, float* next) const {
    for (int j = 0; j < Block; ++j) {
      const float z = fast_sigmoid(sums[j]);
      const float r = fast_sigmoid(sums[Block + j]);
      const float n = fast_tanh(bias_[block][2 * Block + j] + x * weights_[block][2 * Block + j] +
                                r * sums[2 * Block + j]);
      next[j] = n + z * (hidden_[block * Block + j] - n);
    }
  }

  alignas(64) float weights_[blocks][Gates * Block];
  alignas(64) float bias_[blocks][Gates * Block];
  alignas(64) float candidate_bias_[blocks][Block];
  alignas(64) float recurrent_[blocks][Units][Gates * Block];
  alignas(64) float hidden_[Units] = {};
  alignas(64) float cell_[Units] = {};
  int64_t time_;
  Buffer input_, outputs_;
};

template <int Gates, int Units>
std::unique_ptr<Recurrent> with_units(const Problem& p) {
  if (p.variant == 0) return std::make_unique<FixedSize<Gates, Units, (Units % 8 == 0 ? 8 : 4)>>(p);
  if constexpr (Units % 16 == 0) {
    if (p.variant == 1) return std::make_unique<FixedSize<Gates, Units, 16>>(p);
  } else {
    if (p.variant == 1) return std::make_unique<FixedSize<Gates, Units, Units>>(p);
  }
  return nullptr;
}

template <int Gates, int... Units>
std::unique_ptr<Recurrent> pick(const Problem& p, std::integer_sequence<int, Units...>) {
  std::unique_ptr<Recurrent> made;
  (void)((p.units == Units && (made = with_units<Gates, Units>(p))) || ...);
  return made;
}

}  // namespace

std::unique_ptr<Recurrent> make(const Problem& problem) {
  if (problem.batch != 1 || problem.features != 1) return nullptr;
  using Sizes = std::integer_sequence<int, 4, 8, 16, 20, 24, 32, 40, 64>;
  return problem.gru ? pick<3>(problem, Sizes{}) : pick<4>(problem, Sizes{});
}

}  // namespace peer
