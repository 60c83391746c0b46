// Conformance, what goes around the steps: how many there are, none among them, calls in a row; and which
// recurrences are refused. The numbers of the cases are those of the conformance list.
#include <catch2/catch.hpp>

#include "tests/conformance_case.h"

using namespace rondo;
using namespace rondo::tests;

namespace {

const std::string rnn =
    "cell rnn() { input x : $[2]; state h : $[3]; weight W : $[2, 3]; weight U : $[3, 3]\n"
    "next h = tanh(x @ W + h @ U); output next h * 2 }";

// Steps [from, to) of three samples; the mask has holes, and starts the second half masked.
Call part(int64_t from, int64_t to, bool masked) {
  const int64_t B = 3, T = 6;
  const Numbers mask{1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0};
  Numbers x, m;
  for (int64_t b = 0; b < B; ++b)
    for (int64_t t = from; t < to; ++t) {
      for (int64_t i = 0; i < 2; ++i) x.push_back(static_cast<double>((b * T + t) * 2 + i) / 16 - 1);
      m.push_back(mask[static_cast<size_t>(b * T + t)]);
    }
  Call call(rnn);
  call.input("x", {B, to - from, 2}, x).weight("W", {2, 3}, {.5, -1, .25, 1, .75, -.5});
  call.weight("U", {3, 3}, arange(9, 7));
  if (masked) call.mask({B, to - from}, m);
  return call;
}

}  // namespace

TEST_CASE("conformance 38: a single step") {
  for (const bool backwards : {false, true})
    for (const auto& [dtype, engines] : precisions) {
      Call call(ident, dtype);
      call.input("x", {2, 1, 1}, {7, 9}).state("s", {2, 1}, full(2, 100)).backwards(backwards);
      const ir::Results plain = call.run(engines);
      CHECK(numbers(plain.outputs[0]) == Numbers{7, 9});
      CHECK(numbers(plain.new_states[0]) == Numbers{101, 101});
      const ir::Results masked = call.mask({2, 1}, {0, 1}).run(engines);
      CHECK(numbers(masked.outputs[0]) == Numbers{0, 9});
      CHECK(numbers(masked.new_states[0]) == Numbers{100, 101});
    }
}

TEST_CASE("conformance 39: no steps, known beforehand: an error") {
  Call call(acc);
  call.input("x", {2, 0, 1}, {}).recurrence.time = 0;
  for (const ir::Unroll unroll : {ir::Unroll::Auto, ir::Unroll::Never, ir::Unroll::Always}) {
    call.recurrence.unroll = unroll;
    CHECK(call.refused() == "the recurrence would run over 0 time steps; at least 1 is needed\n");
  }
}

TEST_CASE("conformance 39: no steps, seen only when running: no outputs, the states as they were") {
  for (const bool time_major : {false, true})
    for (const bool masked : {false, true})
      for (const auto& [dtype, engines] : precisions) {
        Call call(acc, dtype);
        call.input("x", {2, 0, 1}, {}).state("s", {2, 1}, {3, 4});
        if (masked) call.mask({2, 0}, {});
        if (time_major) call.time_major();
        const ir::Results results = call.run(engines);
        CHECK(results.outputs[0].dims() == (time_major ? ir::Dims{0, 2, 1} : ir::Dims{2, 0, 1}));
        CHECK(numbers(results.last_output[0]) == Numbers{0, 0});
        CHECK(numbers(results.new_states[0]) == Numbers{3, 4});
      }
  Call call(rnn);  // with products that run ahead of the loop and behind it
  call.input("x", {3, 0, 2}, {}).state("h", {3, 3}, arange(9));
  call.weight("W", {2, 3}, arange(6)).weight("U", {3, 3}, arange(9));
  const ir::Results results = call.run();
  CHECK(numbers(results.last_output[0]) == full(9, 0));
  CHECK(numbers(results.new_states[0]) == arange(9));
}

TEST_CASE("no samples: nothing, in the right shape") {
  Call call(acc);
  const ir::Results results = call.input("x", {0, 4, 1}, {}).run();
  CHECK(results.outputs[0].dims() == ir::Dims{0, 4, 1});
  CHECK(results.last_output[0].dims() == ir::Dims{0, 1});
  CHECK(results.new_states[0].dims() == ir::Dims{0, 1});
}

TEST_CASE("conformance 40: unrolling an unknown number of steps") {
  Call call = over_x0(acc, 0);
  call.recurrence.unroll = ir::Unroll::Always;
  CHECK(call.refused() ==
        "'unroll=true' needs a fixed number of time steps, and the number is not known; use 'unroll=auto'\n");
  call.recurrence.time = 4;
  CHECK(numbers(call.run().new_states[0]) == Numbers{10, 26});
  call.recurrence.time = 5;
  call.recurrence.unroll = ir::Unroll::Auto;
  CHECK(call.refused() == "the recurrence was made for 5 time steps, but the inputs have 4\n");
}

TEST_CASE("conformance 41: inputs without a feature axis") {
  Call call("cell flat() { input x : $[]; state s : $[]; next s = s + x; output next s }");
  CHECK(call.input("x", {2, 4}, x0).refused() ==
        "input 'x' has no feature axis: inputs are (batch, time, ...) with at least 3 axes; write f32[1] for "
        "one number "
        "a step\n");
}

TEST_CASE("states that are not given are zeros; those that do not fit are named") {
  Call call(acc);
  call.input("x", {2, 4, 1}, x0);
  CHECK(numbers(call.run().new_states[0]) == Numbers{10, 26});
  call.state("s", {3, 1}, {1, 2, 3});
  CHECK(call.refused() == "state 's' should be f32 (B=2, 1), but the array given is f32 (3, 1)\n");
  call.arguments.states["s"] = ir::Tensor(ir::DType::F64, {2, 1});
  CHECK(call.refused() == "state 's' should be f32 (B=2, 1), but the array given is f64 (2, 1)\n");
}

TEST_CASE("conformance 62: two calls in a row are one") {
  for (const bool masked : {false, true}) {
    const ir::Results whole = part(0, 6, masked).run();
    for (int64_t cut = 1; cut < 6; ++cut) {
      const ir::Results first = part(0, cut, masked).run(Engines::Few);
      Call rest = part(cut, 6, masked);
      rest.arguments.states["h"] = first.new_states[0];
      const ir::Results second = rest.run(Engines::Few);
      CHECK(ir::same_bits(second.new_states[0], whole.new_states[0]));
      // Where the second call starts masked there is no output to repeat: zeros, where one call repeats.
      for (int64_t b = 0; b < 3; ++b) {
        bool started = !masked;
        for (int64_t t = 0; t < 6 - cut; ++t) {
          started = started || rest.arguments.mask->at(b * (6 - cut) + t) != 0;
          for (int64_t i = 0; i < 3; ++i) {
            const double found = second.outputs[0].at((b * (6 - cut) + t) * 3 + i);
            CHECK(found == (started ? whole.outputs[0].at((b * 6 + cut + t) * 3 + i) : 0));
          }
        }
      }
    }
  }
}
