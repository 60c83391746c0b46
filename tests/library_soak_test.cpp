// What only shows after a long while: memory that does not come back, state that drifts.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <rondo/rondo.hpp>

#include "tests/sanitizers.h"

namespace {

// Bytes of the process in memory.
long resident_bytes() {
  long pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// Executable mappings of the process.
long executable_mappings() {
  std::ifstream maps("/proc/self/maps");
  long count = 0;
  for (std::string line; std::getline(maps, line);) count += line.find(" r-xp ") != std::string::npos;
  return count;
}

const char* const smoother = R"(
  cell smoother() {
    input x : f32[2]
    state s : f32[2]
    weight a : f32[2]
    next s = s + a * (x - s)
    output next s
  })";

}  // namespace

// RONDO_ROUNDS=10000 makes it ten thousand, which takes minutes.
TEST_CASE("kernels are compiled, run and dropped, and their memory comes back", "[library][slow]") {
  const rondo::Cell cell = rondo::Program("smoother", smoother).cell();
  const float rates[2] = {0.5F, 0.25F}, x[2] = {1, 1};
  const auto round = [&] {
    const rondo::Model model(rondo::compile(cell), {rates});
    float y[2] = {0, 0};
    rondo::Stream stream(model);
    stream.step(x, y);
    return y[0] == 0.5F && y[1] == 0.25F;
  };
  const char* wanted = std::getenv("RONDO_ROUNDS");
  const int rounds = wanted ? std::atoi(wanted) : 400, settled = rounds / 4;
  long before = 0, mappings = 0;
  for (int i = 0; i < rounds; ++i) {
    if (i == settled) {
      before = resident_bytes();
      mappings = executable_mappings();
    }
    if (!round()) FAIL("round " << i << " went wrong");
  }
  // Each kernel that stayed would be a page at least; the allocator's own hoard is a few dozen of them. A
  // sanitizer keeps what was freed, to catch those who use it.
  if (rondo::test::sanitized)
    WARN("not counted: what a sanitizer keeps of freed memory");
  else
    CHECK(resident_bytes() - before < (rounds - settled) * sysconf(_SC_PAGESIZE) / 2);
  CHECK(executable_mappings() == mappings);
}

TEST_CASE("a million steps with snapshots set back at random give the bits of steps alone",
          "[library][slow]") {
  const rondo::Cell cell = rondo::Program("gru", R"(
    cell gru() {
      input x : f32[2]; state h : f32[6]
      weight W : f32[2, 18]; weight U : f32[6, 18]
      xz, xr, xn = split(x @ W, 3)
      hz, hr, hn = split(h @ U, 3)
      z = sigmoid(xz + hz)
      next h = z * h + (1 - z) * tanh(xn + sigmoid(xr + hr) * hn)
      output next h
    })")
                               .cell();
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> W(36), U(108);
  for (std::vector<float>* weights : {&W, &U})
    for (float& weight : *weights) weight = normal(random);
  const rondo::Model model(rondo::compile(cell), {W.data(), U.data()});

  // One stream goes straight on; the other is set back now and then, and takes blocks as well as steps.
  constexpr int64_t steps = 1'000'000, period = 1'009, most = 40;
  std::vector<float> x(2 * (period + most)), y(6), block(6 * most);
  for (size_t i = 0; i < 2 * period; ++i) x[i] = normal(random);
  for (size_t i = 2 * period; i < x.size(); ++i) x[i] = x[i - 2 * period];
  const auto input = [&](int64_t t) { return x.data() + 2 * (t % period); };
  rondo::Stream straight(model), jumping(model);
  std::vector<std::byte> saved = jumping.snapshot();
  int64_t saved_at = 0, there = 0;
  for (int64_t t = 0; t < steps; ++t) {
    straight.step(input(t), y.data());
    while (there <= t) {
      const uint32_t choice = random() % 64;
      if (choice == 0 && there - saved_at < 3000) {
        jumping.restore(saved);
        there = saved_at;
      } else if (choice == 1) {
        saved = jumping.snapshot();
        saved_at = there;
      }
      const auto count = std::min<int64_t>(1 + static_cast<int64_t>(random() % most), t + 1 - there);
      jumping.block(count, rondo::batch_major(input(there), count, 2),
                    rondo::batch_major(block.data(), count, 6));
      there += count;
      if (there == t + 1) std::copy_n(block.begin() + (count - 1) * 6, 6, block.begin());
    }
    if (!std::equal(y.begin(), y.end(), block.begin())) FAIL("step " << t << " differs");
  }
  CHECK(std::memcmp(straight.state(0), jumping.state(0), 6 * sizeof(float)) == 0);
}
