// Conformance, `input_length`: a length for each sample, or one number of steps for all. The numbers of the
// cases are those of the conformance list.
#include <catch2/catch.hpp>

#include "tests/conformance_case.h"

using namespace rondo;
using namespace rondo::tests;

namespace {

// X0 through IDENT from 100.
struct Row {
  int number;
  Numbers lengths;
  bool backwards, zero_output;
  Numbers outputs, states;
};

// One step after another of one sample, cut out of its batch.
Call sample(const Call& all, int64_t b, int64_t time) {
  Call one = all;
  one.recurrence.masking = ir::Masking::None;
  one.arguments.lengths.reset();
  for (auto* tensors : {&one.arguments.inputs, &one.arguments.states})
    for (auto& [name, tensor] : *tensors) {
      ir::Dims dims = tensor.dims();
      const int64_t whole = tensor.count() / dims[0];
      dims[0] = 1;
      if (tensors == &one.arguments.inputs) dims[1] = time;
      ir::Tensor part(tensor.dtype(), dims);
      for (int64_t i = 0; i < part.count(); ++i) part.set(i, tensor.at(b * whole + i));
      tensor = part;
    }
  return one;
}

}  // namespace

// 36 is among them: run_everywhere requires that unrolled code honours lengths as the loop does.
TEST_CASE("conformance 28 to 31 and 36: a length for each sample") {
  const std::vector<Row> rows{
      {28, {2, 3}, false, false, {1, 2, 2, 2, 5, 6, 7, 7}, {102, 103}},
      {28, {2, 3}, false, true, {1, 2, 0, 0, 5, 6, 7, 0}, {102, 103}},
      {29, {2, 4}, true, false, {0, 0, 2, 1, 8, 7, 6, 5}, {102, 104}},
      {30, {2, 3}, true, false, {0, 0, 2, 1, 0, 7, 6, 5}, {102, 103}},
      {31, {2, 6}, false, false, {1, 2, 2, 2, 5, 6, 7, 8}, {102, 104}},
      {31, {2, 6}, true, false, {0, 0, 2, 1, 8, 7, 6, 5}, {102, 104}},
      {31, {0, 4}, false, false, {0, 0, 0, 0, 5, 6, 7, 8}, {100, 104}},
      {31, {-1, 1}, true, false, {0, 0, 0, 0, 0, 0, 0, 5}, {100, 101}},
  };
  for (const Row& row : rows)
    for (const ir::DType type : {ir::DType::I32, ir::DType::I64})
      for (const auto& [dtype, engines] : precisions) {
        INFO("case " << row.number << " in " << ir::name_of(dtype) << ", lengths in " << ir::name_of(type));
        const ir::Results results = over_x0(ident, 100, dtype)
                                        .lengths(row.lengths, type)
                                        .backwards(row.backwards)
                                        .zero_output(row.zero_output)
                                        .run(engines);
        CHECK(numbers(results.outputs[0]) == row.outputs);
        CHECK(numbers(results.new_states[0]) == row.states);
      }
}

TEST_CASE("conformance 32: a mask wins over lengths") {
  const ir::Results ones = over_x0(ident, 100).mask({2, 4}, full(8, 1)).lengths({1, 2}).run();
  CHECK(numbers(ones.outputs[0]) == x0);
  CHECK(numbers(ones.new_states[0]) == Numbers{104, 104});
  const ir::Results some = over_x0(ident, 100).mask({2, 4}, m0).lengths({1, 2}).run();
  CHECK(numbers(some.outputs[0]) == Numbers{1, 1, 3, 3, 0, 6, 7, 7});
}

TEST_CASE("conformance 33: lengths are the mask of the places below them, in both directions") {
  for (const bool backwards : {false, true})
    for (const bool zero : {false, true})
      for (int64_t a = 0; a <= 4; ++a) {
        Numbers mask;
        for (int64_t b = 0; b < 2; ++b)
          for (int64_t t = 0; t < 4; ++t) mask.push_back(t < (b == 0 ? a : 3) ? 1 : 0);
        Call lengths = over_x0(acc, 1), masked = over_x0(acc, 1);
        lengths.lengths({static_cast<double>(a), 3}).backwards(backwards).zero_output(zero);
        masked.mask({2, 4}, mask).backwards(backwards).zero_output(zero);
        const ir::Results found = lengths.run(Engines::Few), wanted = masked.run(Engines::Few);
        CHECK(ir::same_bits(found.outputs[0], wanted.outputs[0]));
        CHECK(ir::same_bits(found.new_states[0], wanted.new_states[0]));
      }
}

TEST_CASE("lengths of the wrong kind are refused; states are not needed") {
  CHECK(over_x0(ident, 0).lengths({1, 2, 3}).refused() ==
        "'input_length' should be integers of shape (B=2,), but the array given is i32 (3,)\n");
  CHECK(over_x0(ident, 0).lengths({1, 2}, ir::DType::F32).refused() ==
        "'input_length' should be integers of shape (B=2,), but the array given is f32 (2,)\n");
  Call stateless("cell ident() { input x : $[1]; output x }");
  const ir::Results results = stateless.input("x", {2, 4, 1}, x0).lengths({2, 3}).run();
  CHECK(numbers(results.outputs[0]) == Numbers{1, 2, 2, 2, 5, 6, 7, 7});
}

TEST_CASE("conformance 34 and 35: so many steps for all") {
  struct Cut {
    int number;
    int64_t length;
    bool backwards;
    Numbers mask;
    Numbers outputs, states;
  };
  const std::vector<Cut> cuts{
      {34, 2, false, {}, {1, 2, 0, 0, 5, 6, 0, 0}, {102, 102}},
      {34, 2, true, {}, {4, 3, 0, 0, 8, 7, 0, 0}, {102, 102}},
      {34, 0, false, {}, full(8, 0), {100, 100}},
      {34, 2, false, m0, {1, 1, 0, 0, 0, 6, 0, 0}, {101, 101}},
      {34, 3, true, m0, {0, 3, 3, 0, 0, 7, 6, 0}, {101, 102}},
      {35, 4, false, {}, x0, {104, 104}},
      {35, 7, false, {}, x0, {104, 104}},
      {35, 7, true, m0, {0, 3, 3, 1, 0, 7, 6, 6}, {102, 102}},
  };
  for (const Cut& cut : cuts)
    for (const bool time_major : {false, true})
      for (const auto& [dtype, engines] : precisions) {
        INFO("case " << cut.number << ", " << cut.length << " steps in " << ir::name_of(dtype));
        Call call = over_x0(ident, 100, dtype).input_length(cut.length).backwards(cut.backwards);
        if (!cut.mask.empty()) call.mask({2, 4}, cut.mask);
        if (time_major) call.time_major();
        const ir::Results results = call.run(engines);
        const ir::Tensor& outputs = results.outputs[0];
        CHECK(numbers(time_major ? outputs.with_leading_axes_swapped() : outputs) == cut.outputs);
        CHECK(numbers(results.last_output[0]) == Numbers{cut.outputs[3], cut.outputs[7]});
        CHECK(numbers(results.new_states[0]) == cut.states);
      }
  CHECK(over_x0(ident, 0).input_length(-1).refused() == "'input_length' is -1; it cannot be negative\n");
}

// Zeros of the output's own type, and false.
TEST_CASE("the slots behind the last step, in integers and booleans") {
  Call call(
      "cell count() { input x : $[1]; state n : i64[1]; state f : bool[]; next n = n + 1; next f = not f\n"
      "output n = next n; output i = i32(x) * 2; output f = next f; output one = 1 }");
  call.input("x", {2, 4, 1}, x0).input_length(3);
  for (const bool masked : {false, true}) {
    if (masked) call.mask({2, 4}, m0);
    const ir::Results results = call.run();
    CHECK(numbers(results.outputs[0]) ==
          (masked ? Numbers{1, 1, 2, 0, 0, 1, 2, 0} : Numbers{1, 2, 3, 0, 1, 2, 3, 0}));
    CHECK(numbers(results.outputs[1]) ==
          (masked ? Numbers{2, 2, 6, 0, 0, 12, 14, 0} : Numbers{2, 4, 6, 0, 10, 12, 14, 0}));
    CHECK(numbers(results.outputs[2]) ==
          (masked ? Numbers{1, 1, 0, 0, 0, 1, 0, 0} : Numbers{1, 0, 1, 0, 1, 0, 1, 0}));
    CHECK(numbers(results.outputs[3]) ==
          (masked ? Numbers{1, 1, 1, 0, 0, 1, 1, 0} : Numbers{1, 1, 1, 0, 1, 1, 1, 0}));
    for (const ir::Tensor& last : results.last_output) CHECK(numbers(last) == Numbers{0, 0});
  }
}

// The last output of each sample is its own last one, as if it had run alone and without padding.
TEST_CASE("conformance 65: rows of different lengths are runs of their own") {
  const std::string text =
      "cell rnn() { input x : $[2]; state h : $[3]; weight W : $[2, 3]; weight U : $[3, 3]\n"
      "next h = tanh(x @ W + h @ U); output h + 2 * next h }";
  const int64_t lengths[] = {2, 1, 3};
  for (const bool backwards : {false, true}) {
    Call all(text);
    all.input("x", {3, 3, 2}, arange(18, 16)).state("h", {3, 3}, arange(9, -8)).backwards(backwards);
    all.weight("W", {2, 3}, {.5, -1, .25, 1, .75, -.5}).weight("U", {3, 3}, arange(9, 7)).lengths({2, 1, 3});
    const ir::Results ragged = all.run();
    for (int64_t b = 0; b < 3; ++b) {
      const ir::Results alone = sample(all, b, lengths[b]).run(Engines::Few);
      const int64_t first = backwards ? 3 - lengths[b] : 0;
      for (int64_t i = 0; i < lengths[b] * 3; ++i)
        CHECK(ragged.outputs[0].at(b * 9 + first * 3 + i) == alone.outputs[0].at(i));
      for (int64_t i = 0; i < 3; ++i) {
        CHECK(ragged.last_output[0].at(b * 3 + i) == alone.last_output[0].at(i));
        CHECK(ragged.new_states[0].at(b * 3 + i) == alone.new_states[0].at(i));
      }
    }
  }
}
