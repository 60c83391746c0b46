// OpenBLAS for the products, one product of the state a step; activations are vector code between them.
#include <cblas.h>

#include "activations.h"
#include "recurrent_peer.h"

namespace peer {
namespace {

// Products of the input are made for as many steps at a time as keep them in the second-level cache.
constexpr int64_t block_floats = 1 << 16;

class PerStep final : public Recurrent {
 public:
  explicit PerStep(const Problem& p)
      : p_(p),
        width_(p.gates() * p.units),
        block_(std::clamp<int64_t>(block_floats / (p.batch * width_), 1, p.time)),
        transposed_(p.variant == 1),
        weights_(p.weights, p.features * width_),
        recurrent_(p.units * width_),
        bias_(width_),
        candidate_bias_(p.bias + (p.gru ? width_ : 0), width_),
        input_(p.input, p.time * p.batch * p.features),
        gates_(block_ * p.batch * width_),
        products_(p.batch * width_),
        zeros_(p.batch * p.units),
        cell_(p.batch * p.units),
        state_(p.batch * p.units),
        outputs_(p.time * p.batch * p.units) {
    for (int64_t k = 0; k < p.units; ++k)
      for (int64_t j = 0; j < width_; ++j)
        recurrent_.data()[transposed_ ? j * p.units + k : k * width_ + j] =
            p.recurrent_weights[k * width_ + j];
    // What the gates z and r of a GRU add of both biases can be added once.
    for (int64_t j = 0; j < width_; ++j)
      bias_.data()[j] = p.bias[j] + (p.gru && j < 2 * p.units ? p.bias[width_ + j] : 0);
  }

  void run() override {
    std::fill_n(cell_.data(), p_.batch * p_.units, 0.0f);
    const float* h = zeros_.data();
    for (int64_t begin = 0; begin < p_.time; begin += block_) {
      const int64_t steps = std::min(block_, p_.time - begin);
      project(input_.data() + begin * p_.batch * p_.features, steps);
      for (int64_t t = 0; t < steps; ++t) {
        float* out = outputs_.data() + (begin + t) * p_.batch * p_.units;
        advance(gates_.data() + t * p_.batch * width_, h, out);
        h = out;
      }
    }
  }

  void step() override {
    project(input_.data(), 1);
    advance(gates_.data(), state_.data(), state_.data());
  }

  const float* outputs() const override { return outputs_.data(); }

 private:
  void project(const float* input, int64_t steps) {
    const int64_t rows = steps * p_.batch;
    for (int64_t r = 0; r < rows; ++r) std::copy_n(bias_.data(), width_, gates_.data() + r * width_);
    scipy_cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size(rows), size(width_), size(p_.features),
                      1, input, size(p_.features), weights_.data(), size(width_), 1, gates_.data(),
                      size(width_));
  }

  // gates += h U, or for a GRU products = h U.
  void advance(float* gates, const float* h, float* out) {
    float* target = p_.gru ? products_.data() : gates;
    const float keep = p_.gru ? 0 : 1;
    if (p_.batch == 1 && transposed_) {
      scipy_cblas_sgemv(CblasRowMajor, CblasNoTrans, size(width_), size(p_.units), 1, recurrent_.data(),
                        size(p_.units), h, 1, keep, target, 1);
    } else if (p_.batch == 1) {
      scipy_cblas_sgemv(CblasRowMajor, CblasTrans, size(p_.units), size(width_), 1, recurrent_.data(),
                        size(width_), h, 1, keep, target, 1);
    } else {
      scipy_cblas_sgemm(CblasRowMajor, CblasNoTrans, transposed_ ? CblasTrans : CblasNoTrans, size(p_.batch),
                        size(width_), size(p_.units), 1, h, size(p_.units), recurrent_.data(),
                        size(transposed_ ? p_.units : width_), keep, target, size(width_));
    }
    for (int64_t b = 0; b < p_.batch; ++b) {
      const float* row = gates + b * width_;
      if (p_.gru)
        gru_row(row, target + b * width_, h + b * p_.units, out + b * p_.units);
      else
        lstm_row(row, cell_.data() + b * p_.units, out + b * p_.units);
    }
  }

  void lstm_row(const float* __restrict gates, float* __restrict cell, float* __restrict out) const {
    const int64_t n = p_.units;
    for (int64_t j = 0; j < n; ++j) {
      cell[j] = fast_sigmoid(gates[n + j]) * cell[j] + fast_sigmoid(gates[j]) * fast_tanh(gates[2 * n + j]);
      out[j] = fast_sigmoid(gates[3 * n + j]) * fast_tanh(cell[j]);
    }
  }

  // `h` and `out` may be one array.
  void gru_row(const float* __restrict gates, const float* __restrict products, const float* h,
               float* out) const {
    const int64_t n = p_.units;
    const float* bias = candidate_bias_.data() + 2 * n;
#pragma GCC ivdep
    for (int64_t j = 0; j < n; ++j) {
      const float z = fast_sigmoid(gates[j] + products[j]);
      const float r = fast_sigmoid(gates[n + j] + products[n + j]);
      const float c = fast_tanh(gates[2 * n + j] + r * (products[2 * n + j] + bias[j]));
      out[j] = c + z * (h[j] - c);
    }
  }

  static blasint size(int64_t n) { return static_cast<blasint>(n); }

  Problem p_;
  int64_t width_, block_;
  bool transposed_;
  Buffer weights_, recurrent_, bias_, candidate_bias_, input_, gates_, products_, zeros_, cell_, state_,
      outputs_;
};

}  // namespace

std::unique_ptr<Recurrent> make(const Problem& problem) {
  // The weights as they are, and transposed.
  return problem.variant < 2 ? std::make_unique<PerStep>(problem) : nullptr;
}

}  // namespace peer
