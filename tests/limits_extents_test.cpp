// Extents at both ends of what there can be: no samples, no steps; arrays of more elements than 32 bits
// count, and more steps.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <rondo/rondo.hpp>
#include <vector>

#include "tests/sparse_memory.h"

using Catch::Matchers::Contains;

namespace {

const char* const cells = R"(
cell smoother(n) {
  input  x : f32[n]
  state  m : f32[n]
  weight rate : f32[n]
  next m = m + rate * (x - m)
  output next m
}
cell mixer(n) {
  input  x : f32[n]
  state  m : f32[n]
  weight W : f32[n, n]
  next m = tanh(x @ W + m)
  output next m
}
cell counter() {
  input x : f32[1]
  state n : i64[1]
  next n = n + i64(x)
  output next n > 3
})";

struct Made {
  rondo::Cell cell;
  rondo::Model model;
};

Made made(const std::string& name, int64_t n, const rondo::Options& options = {}) {
  const std::vector<float> weights(static_cast<size_t>(name == "mixer" ? n * n : n), 0.25F);
  const rondo::Cell cell = rondo::Program("cells", cells).cell({{"n", n}}, name).with(options);
  return {cell, rondo::Model(rondo::compile(cell), {weights.data()})};
}

// Rows that lie as far apart as one pleases, over zeros.
struct Strided {
  int64_t batch_stride, time_stride;
  rondo::test::SparseMemory<float> memory;

  Strided(int64_t batch, int64_t time, int64_t of_batch, int64_t of_time, int64_t n)
      : batch_stride(of_batch),
        time_stride(of_time),
        memory((batch - 1) * of_batch + (time - 1) * of_time + n) {}
  rondo::View view() const { return rondo::view(memory.data(), batch_stride, time_stride); }
  float& at(int64_t b, int64_t t, int64_t i) const { return memory[b * batch_stride + t * time_stride + i]; }
};

// Runs over dense rows and over rows that are far apart, and compares.
void check_far_apart(const Made& made, int64_t n, int64_t batch, int64_t time, int64_t batch_stride,
                     int64_t time_stride) {
  const Strided x(batch, time, time * n, n, n), y(batch, time, time * n, n, n);
  const Strided far_x(batch, time, batch_stride, time_stride, n),
      far_y(batch, time, batch_stride, time_stride, n);
  if (!far_x.memory.data() || !far_y.memory.data()) {
    WARN("no range of addresses of this size; not tested");
    return;
  }
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t t = 0; t < time; ++t)
      for (int64_t i = 0; i < n; ++i)
        x.at(b, t, i) = far_x.at(b, t, i) = static_cast<float>(b * 7 + t * 3 + i) / 16;
  made.model.run({.batch = batch, .time = time, .inputs = {x.view()}, .outputs = {y.view()}});
  made.model.run({.batch = batch, .time = time, .inputs = {far_x.view()}, .outputs = {far_y.view()}});
  bool same = true;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t t = 0; t < time; ++t)
      for (int64_t i = 0; i < n; ++i) same = same && y.at(b, t, i) == far_y.at(b, t, i);
  CHECK(same);
  CHECK(y.at(batch - 1, time - 1, n - 1) != 0);
}

}  // namespace

TEST_CASE("rows may be further apart than 32 bits count, in elements and in bytes", "[limits]") {
  constexpr int64_t far = (int64_t{1} << 31) + 24;
  const std::string name = GENERATE("smoother", "mixer");
  const bool backwards = GENERATE(false, true);
  CAPTURE(name, backwards);
  for (const int64_t n : {int64_t{1}, int64_t{20}}) {
    CAPTURE(n);
    const Made cell = made(name, n, {.go_backwards = backwards});
    check_far_apart(cell, n, 20, 5, 5 * n, n);
    check_far_apart(cell, n, 20, 5, far, n);
    check_far_apart(cell, n, 2, 5, n, far);
    check_far_apart(cell, n, 19, 3, 4 * far, far);
  }
}

TEST_CASE("a call of no steps leaves states as they were, and zeros as the last output",
          "[limits][library]") {
  const std::string name = GENERATE("smoother", "mixer");
  const Made cell = made(name, 5);
  const std::vector<float> x(10, 1), before(10, 3);
  std::vector<float> y(10, 7), last(10, 7), after(10, 7);
  cell.model.run({.batch = 2,
                  .time = 0,
                  .inputs = {rondo::batch_major(x.data(), 0, 5)},
                  .initial_states = {rondo::rows(before.data(), 5)},
                  .outputs = {rondo::batch_major(y.data(), 0, 5)},
                  .last_outputs = {rondo::rows(last.data(), 5)},
                  .final_states = {rondo::rows(after.data(), 5)}});
  CHECK(y == std::vector<float>(10, 7));
  CHECK(last == std::vector<float>(10, 0));
  CHECK(after == before);
}

TEST_CASE("a call of no samples touches nothing, however many its steps", "[limits][library]") {
  const std::string name = GENERATE("smoother", "mixer");
  const Made cell = made(name, 5);
  float one = 7;
  for (const int64_t time : {int64_t{0}, int64_t{3}, int64_t{1} << 31, int64_t{1} << 62})
    for (const int threads : {1, 4})
      cell.model.run({.batch = 0,
                      .time = time,
                      .inputs = {rondo::view(&one, 5, 5)},
                      .initial_states = {rondo::rows(&one, 5)},
                      .outputs = {rondo::view(&one, 5, 5)},
                      .last_outputs = {rondo::rows(&one, 5)},
                      .final_states = {rondo::rows(&one, 5)},
                      .threads = threads});
  CHECK(one == 7);
}

TEST_CASE("extents below zero are refused", "[limits][library]") {
  const Made cell = made("smoother", 1);
  float one = 1;
  const auto run = [&](int64_t batch, int64_t time) {
    cell.model.run({.batch = batch,
                    .time = time,
                    .inputs = {rondo::view(&one, 1, 1)},
                    .outputs = {rondo::view(&one, 1, 1)}});
  };
  CHECK_THROWS_WITH(run(-1, 1), Contains("0 samples or more"));
  CHECK_THROWS_WITH(run(1, -1), Contains("0 steps or more"));
  CHECK_THROWS_WITH(run(INT64_MIN, INT64_MIN), Contains("0 samples or more"));
}

TEST_CASE("a stream has a sample, and may be given no steps", "[limits][library][stream]") {
  const Made cell = made("smoother", 2);
  CHECK_THROWS_WITH(rondo::Stream(cell.model, 0), Contains("1 sample or more; found 0"));
  CHECK_THROWS_WITH(rondo::Stream(cell.model, -1), Contains("1 sample or more; found -1"));
  CHECK_THROWS_WITH(rondo::Stream(cell.model, int64_t{1} << 60), Contains("memory"));
  rondo::Stream stream(cell.model, 1);
  const float x[2] = {1, 2};
  float y[2] = {7, 7};
  CHECK(stream.block(0, rondo::view(x, 2, 2), rondo::view(y, 2, 2)));
  CHECK(y[0] == 7);
  CHECK(static_cast<const float*>(stream.state(0))[0] == 0);
  stream.step(x, y);
  CHECK(y[0] == 0.25F);
}

// Seconds, and two gigabytes for the outputs, of a byte each.
TEST_CASE("more steps than 32 bits count", "[.slow][limits]") {
  constexpr int64_t steps = (int64_t{1} << 31) + 5;
  const rondo::Cell cell = rondo::Program("cells", cells).cell({}, "counter");
  const rondo::Model model(rondo::compile(cell), {});
  const float one = 1;
  const rondo::test::SparseMemory<uint8_t> y(steps);
  REQUIRE(y.data());
  int64_t count = 0;
  model.run({.batch = 1,
             .time = steps,
             .inputs = {rondo::view(&one, 0, 0)},
             .outputs = {rondo::view(y.data(), 0, 1)},
             .final_states = {rondo::rows(&count, 1)}});
  CHECK(count == steps);
  CHECK(y[2] == 0);
  CHECK(y[3] == 1);
  CHECK(y[steps - 1] == 1);
}
