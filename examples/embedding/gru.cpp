// A gated recurrent unit by operators: compiled, run over whole sequences, and fed step by step.
#include <cmath>
#include <cstdio>
#include <random>
#include <rondo/rondo.hpp>

namespace {

constexpr int64_t features = 8, units = 32, batch = 4, steps = 100;

// As Keras has it: gate order z, r, h; reset applied after the product.
rondo::Cell gru() {
  rondo::Builder b("gru");
  const rondo::Value x = b.input("x", {features});
  rondo::State h = b.state("h", {units});
  const rondo::Value W = b.weight("W", {features, 3 * units});
  const rondo::Value U = b.weight("U", {units, 3 * units});
  const rondo::Value bias = b.weight("b", {2, 3 * units});

  const auto [xz, xr, xn] = split<3>(matmul(x, W) + bias[0]);
  const auto [hz, hr, hn] = split<3>(matmul(h, U) + bias[1]);
  const rondo::Value z = sigmoid(xz + hz);
  const rondo::Value r = sigmoid(xr + hr);
  const rondo::Value n = tanh(xn + r * hn);

  b.output(h.next(z * h + (1 - z) * n));
  return b.cell();
}

std::vector<float> random_numbers(size_t count, float scale) {
  static std::mt19937 random(1);
  std::normal_distribution<float> normal(0, scale);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = normal(random);
  return numbers;
}

}  // namespace

int main() try {
  const rondo::Cell cell = gru();
  const rondo::Kernel kernel = rondo::compile(cell);
  std::printf("%s\n%zu bytes of code; what the compiler decided:\n%s\n", cell.text().c_str(),
              kernel.code_size(), kernel.explain().c_str());

  const auto W = random_numbers(features * 3 * units, 0.3F), U = random_numbers(units * 3 * units, 0.2F),
             bias = random_numbers(2 * 3 * units, 0.1F), x = random_numbers(batch * steps * features, 1);
  const rondo::Model model(kernel, {W.data(), U.data(), bias.data()});

  // All steps of all samples in one call.
  std::vector<float> whole(batch * steps * units);
  model.run({.batch = batch,
             .time = steps,
             .inputs = {rondo::batch_major(x.data(), steps, features)},
             .outputs = {rondo::batch_major(whole.data(), steps, units)}});

  // The first sample alone, as its steps come.
  rondo::Stream stream(model);
  std::vector<float> y(units);
  for (int64_t t = 0; t < steps; ++t) stream.step(x.data() + t * features, y.data());

  const float* last = whole.data() + (steps - 1) * units;
  bool same = true;
  for (int64_t i = 0; i < units; ++i) same = same && y[static_cast<size_t>(i)] == last[i];
  std::printf("last step of the first sample: %.6f %.6f %.6f ...; the stream has %s\n", last[0], last[1],
              last[2], same ? "the same bits" : "OTHER BITS");
  return same ? 0 : 1;
} catch (const rondo::Error& error) {
  std::fprintf(stderr, "%s", error.what());
  return 1;
}
