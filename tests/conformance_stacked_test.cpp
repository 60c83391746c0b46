// Conformance, cells made of cells (59, 60) and dropout as Keras's cells have it (66): a mask that is drawn
// once, outside, and goes in as a constant. The numbers of the cases are those of the conformance list.
#include <catch2/catch.hpp>

#include "tests/conformance_case.h"

using namespace rondo;
using namespace rondo::tests;

namespace {

// Two cells y = xW + hU, widths 3 and 2, all weights 1; 0, 1, 2, ... as (2, 3, 4).
Call stacked(ir::DType dtype) {
  const std::string text =
      "cell ones(d, u) { input x : $[d]; state h : $[u]; weight W : $[d, u]; weight U : $[u, u]\n"
      "next h = x @ W + h @ U; output next h }\n"
      "cell stack() { input x : $[4]; cell a = ones(4, 3); cell b = ones(d=3, u=2); output b(a(x)) }";
  Call call(text, dtype);
  call.input("x", {2, 3, 4}, arange(24)).weight("a.W", {4, 3}, full(12, 1)).weight("a.U", {3, 3}, full(9, 1));
  return call.weight("b.W", {3, 2}, full(6, 1)).weight("b.U", {2, 2}, full(4, 1));
}

}  // namespace

TEST_CASE("conformance 59: two cells in one step") {
  for (const auto& [dtype, engines] : precisions) {
    const ir::Results results = stacked(dtype).run(engines);
    CHECK(numbers(results.outputs[0]) ==
          Numbers{18, 18, 156, 156, 786, 786, 162, 162, 1020, 1020, 4386, 4386});
    CHECK(numbers(results.new_states[0]) == Numbers{158, 158, 158, 782, 782, 782});
    CHECK(numbers(results.new_states[1]) == Numbers{786, 786, 4386, 4386});
  }
}

TEST_CASE("conformance 60: two cells in one step, masked, unrolled or not") {
  for (const auto& [dtype, engines] : precisions)
    for (const bool backwards : {false, true}) {
      Call masked = stacked(dtype).mask({2, 3}, {1, 1, 0, 0, 1, 1}).backwards(backwards);
      const ir::Results results = masked.run(engines);
      // The kept steps alone, without the others between them: samples 0 and 1 keep two steps each.
      Numbers x = arange(24);
      x.erase(x.begin() + 8, x.begin() + 16);
      const ir::Results kept = stacked(dtype).input("x", {2, 2, 4}, x).backwards(backwards).run(Engines::Few);
      CHECK(ir::same_bits(results.last_output[0], kept.last_output[0]));
      CHECK(ir::same_bits(results.new_states[0], kept.new_states[0]));
      CHECK(ir::same_bits(results.new_states[1], kept.new_states[1]));
    }
}

TEST_CASE("conformance 66: every step sees the same dropout mask") {
  const std::string text =
      "cell dropped() { input x : $[4]; state h : $[2]; constant drop : $[4]; weight W : $[4, 2]; weight U : "
      "$[2, 2]\n"
      "next h = tanh((x * drop) @ W + h @ U); output y = next h; output seen = x * drop }";
  const std::string inference =
      "cell plain() { input x : $[4]; state h : $[2]; weight W : $[4, 2]; weight U : $[2, 2]\n"
      "next h = tanh(x @ W + h @ U); output next h }";
  const auto prepared = [](const std::string& cell, const Numbers& x) {
    Call call(cell);
    return call.input("x", {2, 5, 4}, x).weight("W", {4, 2}, arange(8, 8)).weight("U", {2, 2}, arange(4, 4));
  };

  const Numbers drop{2, 0, 2, 0, 0, 0, 2, 2};
  const ir::Results training = prepared(text, full(40, 1)).constant("drop", {2, 4}, drop).run();
  for (int64_t b = 0; b < 2; ++b)
    for (int64_t t = 0; t < 5; ++t)
      for (int64_t i = 0; i < 4; ++i)
        CHECK(training.outputs[1].at((b * 5 + t) * 4 + i) == drop[static_cast<size_t>(b * 4 + i)]);

  const ir::Results ones = prepared(text, arange(40, 32)).constant("drop", {2, 4}, full(8, 1)).run();
  const ir::Results plain = prepared(inference, arange(40, 32)).run();
  CHECK(ir::same_bits(ones.outputs[0], plain.outputs[0]));
}
