// Conformance, masks: what a masked step leaves behind, which masks there are, and leaves of any rank. The
// numbers of the cases are those of the conformance list.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "tests/conformance_case.h"

using namespace rondo;
using namespace rondo::tests;

namespace {

// A row of the table: X0 through a cell; what comes out, (2, 4, 1), and the states.
struct Row {
  int number;
  const std::string& cell;
  double h0;
  Numbers mask;  // none where empty
  bool backwards, zero_output;
  Numbers outputs, states;
};

const Numbers nothing_kept = full(8, 0), all_kept = full(8, 1);

const std::vector<Row> rows{
    {1, acc, 0, {}, false, false, {1, 3, 6, 10, 5, 11, 18, 26}, {10, 26}},
    {2, acc, 0, {}, true, false, {4, 7, 9, 10, 8, 15, 21, 26}, {10, 26}},
    {3, ident, 100, {}, false, false, x0, {104, 104}},
    {4, ident, 100, {}, true, false, {4, 3, 2, 1, 8, 7, 6, 5}, {104, 104}},
    {5, acc, 0, m0, false, false, {1, 1, 4, 4, 0, 6, 13, 13}, {4, 13}},
    {6, acc, 0, m0, true, false, {0, 3, 3, 4, 0, 7, 13, 13}, {4, 13}},
    {7, ident, 100, m0, false, false, {1, 1, 3, 3, 0, 6, 7, 7}, {102, 102}},
    {8, ident, 100, m0, true, false, {0, 3, 3, 1, 0, 7, 6, 6}, {102, 102}},
    {9, ident, 100, m0, false, true, {1, 0, 3, 0, 0, 6, 7, 0}, {102, 102}},
    {10, ident, 100, m0, true, true, {0, 3, 0, 1, 0, 7, 6, 0}, {102, 102}},
    {11, acc, 100, nothing_kept, false, false, full(8, 0), {100, 100}},
    {11, acc, 100, nothing_kept, false, true, full(8, 0), {100, 100}},
    {12, acc, 0, all_kept, false, false, {1, 3, 6, 10, 5, 11, 18, 26}, {10, 26}},
    {12, acc, 0, all_kept, true, true, {4, 7, 9, 10, 8, 15, 21, 26}, {10, 26}},
};

Call call_of(const Row& row, ir::DType dtype) {
  Call call = over_x0(row.cell, row.h0, dtype);
  if (!row.mask.empty()) call.mask({2, 4}, row.mask);
  return call.backwards(row.backwards).zero_output(row.zero_output);
}

}  // namespace

TEST_CASE("conformance 1 to 12: order, holding, repeating, zeroing") {
  for (const Row& row : rows)
    for (const auto& [dtype, engines] : precisions) {
      INFO("case " << row.number << " in " << ir::name_of(dtype));
      const ir::Results results = call_of(row, dtype).run(engines);
      CHECK(numbers(results.outputs[0]) == row.outputs);
      CHECK(numbers(results.last_output[0]) == Numbers{row.outputs[3], row.outputs[7]});
      CHECK(numbers(results.new_states[0]) == row.states);
    }
}

TEST_CASE("conformance 37: time-major is the same, transposed") {
  for (const Row& row : rows) {
    INFO("case " << row.number);
    const ir::Results wanted = call_of(row, ir::DType::F32).run(Engines::Few);
    const ir::Results found = call_of(row, ir::DType::F32).time_major().run(Engines::Few);
    CHECK(found.outputs[0].dims() == ir::Dims{4, 2, 1});
    CHECK(ir::same_bits(found.outputs[0].with_leading_axes_swapped(), wanted.outputs[0]));
    CHECK(ir::same_bits(found.last_output[0], wanted.last_output[0]));
    CHECK(ir::same_bits(found.new_states[0], wanted.new_states[0]));
  }
  // More samples than steps: whoever takes one extent for the other stops too early.
  Call tall(acc);
  tall.input("x", {4, 2, 1}, x0).mask({4, 2}, m0).time_major();
  const ir::Results results = tall.run();
  CHECK(results.outputs[0].dims() == ir::Dims{2, 4, 1});
  CHECK(numbers(results.outputs[0]) == Numbers{1, 3, 0, 7, 1, 3, 6, 7});
  CHECK(numbers(results.new_states[0]) == Numbers{1, 3, 6, 7});
}

TEST_CASE("conformance 13 to 15: any element type, with or without the last axis") {
  struct Form {
    int number;
    ir::DType dtype;
    Numbers numbers;
    Numbers outputs, states;
  };
  const Numbers outputs{1, 1, 3, 3, 0, 6, 7, 7}, states{102, 102};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Form> forms{
      {13, ir::DType::F32, {.5, 0, 2, -1, 0, 1, 1, 0}, {1, 1, 3, 4, 0, 6, 7, 7}, {103, 102}},
      {13, ir::DType::F64, {1e-300, 0, nan, -0.0, -0.0, 1, 1, 0}, outputs, states},  // NaN is not 0
      {14, ir::DType::I32, {2, 0, 1, 0, 0, -3, 1, 0}, outputs, states},
      {14, ir::DType::I64, {256, 0, 4294967296, 0, 0, -3, 1, 0}, outputs, states},
      {14, ir::DType::Bool, m0, outputs, states},
  };
  for (const Form& form : forms)
    for (const ir::Dims& dims : {ir::Dims{2, 4}, ir::Dims{2, 4, 1}}) {  // the second is 15
      INFO("case " << form.number << " in " << ir::name_of(form.dtype) << ir::to_string(dims));
      const ir::Results results = over_x0(ident, 100).mask(dims, form.numbers, form.dtype).run();
      CHECK(numbers(results.outputs[0]) == form.outputs);
      CHECK(numbers(results.new_states[0]) == form.states);
    }
}

TEST_CASE("conformance 15: other shapes of mask are refused") {
  const std::string wanted =
      "the mask should have the shape (B=2, T=4) or (B=2, T=4, 1), but the array given is ";
  CHECK(over_x0(ident, 0).mask({2, 4, 2}, full(16, 1)).refused() == wanted + "(2, 4, 2)\n");
  CHECK(over_x0(ident, 0).mask({4, 2}, full(8, 1)).refused() == wanted + "(4, 2)\n");
  CHECK(over_x0(ident, 0).mask({2, 3}, full(6, 1)).refused() == wanted + "(2, 3)\n");
  CHECK(over_x0(ident, 0).mask({4}, full(4, 1)).refused() == wanted + "(4,)\n");
  CHECK(over_x0(ident, 0).mask({2, 4, 1, 1}, full(8, 1)).refused() == wanted + "(2, 4, 1, 1)\n");
}

TEST_CASE("conformance 16: what masked places hold leaves no trace") {
  for (const double poison : {std::nan(""), std::numeric_limits<double>::infinity(), -1e38}) {
    Numbers poisoned = x0;
    for (size_t i = 0; i < poisoned.size(); ++i)
      if (m0[i] == 0) poisoned[i] = poison;
    for (const bool backwards : {false, true}) {
      Call call = over_x0(acc, 0).input("x", {2, 4, 1}, poisoned).mask({2, 4}, m0).backwards(backwards);
      const ir::Results results = call.run();
      CHECK(numbers(results.outputs[0]) == (backwards ? rows[5] : rows[4]).outputs);
      CHECK(numbers(results.new_states[0]) == Numbers{4, 13});
    }
  }
}

TEST_CASE("conformance 24: an output with more axes than the mask") {
  const std::string text =
      "cell wide(d) { input x : $[d]; state s : $[1]; next s = s + 1\n"
      "output broadcast_to(expand_dims(x, -1), [d, 2]) }";
  for (const int64_t d :
       {3, 4}) {  // 4 samples: the second has the batch's extent where the mask must not land
    Numbers mask = full(8, 1);
    mask.back() = 0;
    const ir::Results results =
        Call(text, ir::DType::F32, {{"d", d}}).input("x", {4, 2, d}, arange(8 * d)).mask({4, 2}, mask).run();
    CHECK(results.outputs[0].dims() == ir::Dims{4, 2, d, 2});
    for (int64_t b = 0; b < 4; ++b)
      for (int64_t t = 0; t < 2; ++t)
        for (int64_t i = 0; i < 2 * d; ++i) {
          const int64_t source = b == 3 && t == 1 ? 0 : t, wanted = (b * 2 + source) * d + i / 2;
          CHECK(results.outputs[0].at((b * 2 + t) * 2 * d + i) == static_cast<double>(wanted));
        }
  }
}

TEST_CASE("conformance 25: a state with more axes than the mask") {
  const std::string text = "cell deep(n, m) { input x : $[1]; state s : $[n, m]; next s = s + 1; output x }";
  for (const auto& [n, m] : {std::pair<int64_t, int64_t>{6, 7}, {3, 7}}) {
    const ir::Results results = Call(text, ir::DType::F32, {{"n", n}, {"m", m}})
                                    .input("x", {3, 4, 1}, arange(12))
                                    .mask({3, 4}, {1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1})
                                    .run();
    Numbers wanted = full(n * m, 2);
    wanted.resize(static_cast<size_t>(3 * n * m), 4);
    CHECK(results.new_states[0].dims() == ir::Dims{3, n, m});
    CHECK(numbers(results.new_states[0]) == wanted);
  }
}

TEST_CASE("conformance 26: a state of one number a sample") {
  const ir::Results results = Call("cell flat() { input x : $[1]; state s : $[]; next s = s + 1; output x }")
                                  .input("x", {2, 4, 1}, x0)
                                  .mask({2, 4}, m0)
                                  .run();
  CHECK(results.new_states[0].dims() == ir::Dims{2});
  CHECK(numbers(results.new_states[0]) == Numbers{2, 2});
}

TEST_CASE("conformance 27: inputs with many axes") {
  const std::string text =
      "cell acc() { input x : $[2, 2, 1]; state s : $[2, 2, 1]; next s = x + s; output next s }";
  for (const auto& [dtype, engines] : precisions) {
    const ir::Results results = Call(text, dtype)
                                    .input("x", {2, 3, 2, 2, 1}, arange(24))
                                    .mask({2, 3}, {1, 1, 0, 0, 1, 1})
                                    .run(engines);
    // x0, x0 + x1, the same; 0, x1, x1 + x2.
    CHECK(numbers(results.outputs[0]) ==
          Numbers{0, 1, 2, 3, 4, 6, 8, 10, 4, 6, 8, 10, 0, 0, 0, 0, 16, 17, 18, 19, 36, 38, 40, 42});
    CHECK(numbers(results.new_states[0]) == Numbers{4, 6, 8, 10, 36, 38, 40, 42});
  }
}

TEST_CASE("conformance 49: boolean outputs, masked at first: false") {
  const ir::Results results = Call("cell sign() { input x : $[1]; state s : $[1]; next s = s; output x > 0 }")
                                  .input("x", {2, 4, 1}, {1, -1, -1, 1, 1, 1, -1, 1})
                                  .mask({2, 4}, m0)
                                  .run();
  CHECK(results.outputs[0].dtype() == ir::DType::Bool);
  CHECK(numbers(results.outputs[0]) == Numbers{1, 1, 0, 0, 0, 1, 0, 0});
}
