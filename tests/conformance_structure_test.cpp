// Conformance, what goes into a step and comes out of it: states, constants, nests, element types; and which
// steps are refused. The numbers of the cases are those of the conformance list.
#include <catch2/catch.hpp>
#include <limits>

#include "tests/conformance_case.h"

using namespace rondo;
using namespace rondo::tests;

namespace {

// (4, 6, 5) inputs and small weights, all integers, so that sums are exact in any order.
constexpr int64_t B = 4, T = 6, D = 5, U = 3;

double small(int64_t i, int64_t range) {
  const int64_t centred = (i * 7919 + i * i * 13) % range - range / 2;
  return static_cast<double>(centred);
}

Numbers small_integers(int64_t count, int64_t range) {
  Numbers result;
  for (int64_t i = 0; i < count; ++i) result.push_back(small(i, range));
  return result;
}

const Numbers inputs = small_integers(B * T * D, 5), W = small_integers(D * U, 3),
              V = small_integers(U * U, 3);
const Numbers kept = [] {
  Numbers mask;
  for (int64_t i = 0; i < B * T; ++i) mask.push_back(small(i, 11) > -2 ? 1 : 0);
  return mask;
}();

// y = xW + sU as numpy would loop over it.
struct Expected {
  Numbers outputs = full(B * T * U, 0), states = full(B * U, 0);
};

Expected expected(bool backwards, bool masked) {
  Expected e;
  for (int64_t b = 0; b < B; ++b) {
    Numbers s = full(U, 1), emitted = full(U, 0);
    for (int64_t t = 0; t < T; ++t) {
      const int64_t original = backwards ? T - 1 - t : t;
      Numbers y = full(U, 0);
      for (size_t j = 0; j < U; ++j) {
        for (size_t d = 0; d < D; ++d)
          y[j] += inputs[static_cast<size_t>((b * T + original) * D) + d] * W[d * U + j];
        for (size_t i = 0; i < U; ++i) y[j] += s[i] * V[i * U + j];
      }
      if (!masked || kept[static_cast<size_t>(b * T + original)] != 0) emitted = s = y;
      std::copy(emitted.begin(), emitted.end(), e.outputs.begin() + (b * T + t) * U);
    }
    std::copy(s.begin(), s.end(), e.states.begin() + b * U);
  }
  return e;
}

// Inputs in a dotted name or two, each 1 or 10 times X0.
Call two_inputs(const std::string& a, const std::string& b) {
  Call call("cell sum() { input " + a + " : $[1]; input " + b +
            " : $[1]; state s : $[1]; next s = s + 1; output " + a + " + " + b + " }");
  Numbers tenfold = x0;
  for (double& x : tenfold) x *= 10;
  return call.input(a, {2, 4, 1}, x0).input(b, {2, 4, 1}, tenfold);
}

}  // namespace

TEST_CASE("conformance 17 and 18: a simple recurrence; a second state of another width") {
  const std::string additional =
      "cell lin(d, u) { input x : $[d]; state s : $[u]; state w : $[2*u]; weight W : $[d, u]; weight U : "
      "$[u, u]\n"
      "next s = x @ W + s @ U; next w = concatenate(next s, next s); output next s }";
  for (const bool backwards : {false, true})
    for (const bool masked : {false, true})
      for (const auto& [dtype, engines] : precisions)
        for (const std::string& cell : {lin, additional}) {
          Call call(cell, dtype, {{"d", D}, {"u", U}});
          call.input("x", {B, T, D}, inputs).state("s", {B, U}, full(B * U, 1)).backwards(backwards);
          call.weight("W", {D, U}, W).weight("U", {U, U}, V);
          if (masked) call.mask({B, T}, kept);
          const ir::Results results = call.run(cell == lin && masked ? engines : Engines::Few);
          const Expected wanted = expected(backwards, masked);
          CHECK(numbers(results.outputs[0]) == wanted.outputs);
          CHECK(numbers(results.new_states[0]) == wanted.states);
          if (results.new_states.size() == 1) continue;
          for (int64_t b = 0; b < B; ++b)
            for (int64_t i = 0; i < 2 * U; ++i)
              CHECK(results.new_states[1].at(b * 2 * U + i) ==
                    wanted.states[static_cast<size_t>(b * U + i % U)]);
        }
}

TEST_CASE("conformance 19 and 20: no states") {
  const std::string text = "cell project(d, u) { input x : $[d]; weight W : $[d, u]; output x @ W }";
  for (const bool backwards : {false, true}) {
    Call call(text, ir::DType::F32, {{"d", D}, {"u", U}});
    call.input("x", {B, T, D}, inputs).weight("W", {D, U}, W).backwards(backwards);
    const ir::Results results = call.run();
    CHECK(results.new_states.empty());
    for (int64_t b = 0; b < B; ++b)
      for (int64_t t = 0; t < T; ++t)
        for (size_t j = 0; j < U; ++j) {
          double y = 0;
          const int64_t original = backwards ? T - 1 - t : t;
          for (size_t d = 0; d < D; ++d)
            y += inputs[static_cast<size_t>((b * T + original) * D) + d] * W[d * U + j];
          CHECK(results.outputs[0].at((b * T + t) * U + static_cast<int64_t>(j)) == y);
        }
    call.mask({B, T}, kept);
    CHECK(call.refused() ==
          "cell 'project' has no state, and a mask needs one: with nothing to hold, leave the masked steps "
          "out of the "
          "input instead\n");
  }
}

TEST_CASE("conformance 21: a constant") {
  const std::string text =
      "cell c() { input x : $[1]; state h : $[1]; constant c : $[1]; next h = x + h + c; output next h }";
  for (const bool masked : {false, true})
    for (const auto& [dtype, engines] : precisions) {
      Call call(text, dtype);
      call.input("x", {2, 4, 1}, x0).state("h", {2, 1}, full(2, 100)).constant("c", {2, 1}, full(2, 1000));
      if (masked) call.mask({2, 4}, m0);
      const ir::Results results = call.run(engines);
      CHECK(numbers(results.outputs[0]) == (masked
                                                ? Numbers{1101, 1101, 2104, 2104, 0, 1106, 2113, 2113}
                                                : Numbers{1101, 2103, 3106, 4110, 1105, 2111, 3118, 4126}));
      CHECK(results.new_states.size() == 1);  // constants are seen, never returned
    }
}

TEST_CASE("conformance 22 and 23: two constants behind two states; none at all") {
  Call call(
      "cell c() { input x : $[1]; state s0, s1 : $[1]; constant c0, c1 : $[1]; next s0 = s0; next s1 = s1 + "
      "1\n"
      "output x + 10 * s0 + 100 * s1 + 1000 * c0 + 10000 * c1 }");
  call.input("x", {2, 2, 1}, {1, 1, 2, 2}).state("s0", {2, 1}, {2, 3}).state("s1", {2, 1}, {3, 4});
  call.constant("c0", {2, 1}, {4, 5}).constant("c1", {2, 1}, {5, 6});
  CHECK(call.recurrence.step.states[0].name == "s0");
  CHECK(call.recurrence.step.states[1].name == "s1");
  CHECK(call.recurrence.step.constants[0].name == "c0");
  CHECK(call.recurrence.step.constants[1].name == "c1");
  const ir::Results results = call.run();
  CHECK(numbers(results.outputs[0]) == Numbers{54321, 54421, 65432, 65532});
  CHECK(results.new_states.size() == 2);

  call.arguments.constants.erase("c1");
  CHECK(call.refused() == "no array was given for constant 'c1', which is f32 (B=2, 1)\n");
  Call plain = over_x0(acc, 0);
  plain.arguments.constants["c"] = ir::Tensor(ir::DType::F32, {2, 1});
  CHECK(plain.refused() == "cell 'acc' has no constant 'c'; it has none\n");
}

TEST_CASE("conformance 42: nested inputs are inputs with dotted names") {
  for (const auto& [a, b] :
       {std::pair<std::string, std::string>{"p.x", "p.y"}, {"p.0", "p.1"}, {"a", "b.c"}}) {
    CHECK(numbers(two_inputs(a, b).run().outputs[0]) == Numbers{11, 22, 33, 44, 55, 66, 77, 88});
    const ir::Results masked = two_inputs(a, b).mask({2, 4}, m0).run();
    CHECK(numbers(masked.outputs[0]) == Numbers{11, 11, 33, 33, 0, 66, 77, 77});
  }
  Call deep(
      "cell deep() { input p.x, p.q.y, p.q.z : $[1]; state s : $[1]; next s = s + 1; output p.x + 10 * p.q.y "
      "- p.q.z }");
  deep.input("p.x", {2, 4, 1}, x0).input("p.q.y", {2, 4, 1}, x0).input("p.q.z", {2, 4, 1}, full(8, 1));
  CHECK(numbers(deep.run().outputs[0]) == Numbers{10, 21, 32, 43, 54, 65, 76, 87});
  deep.input("p.q.z", {2, 3, 1}, full(6, 1));  // leaves of different time
  CHECK(deep.refused() ==
        "input 'p.q.z' should be f32 (B=2, T=4, 1), but the array given is f32 (2, 3, 1)\n");
}

TEST_CASE("conformance 43: nested outputs, each with its own last") {
  const std::string text =
      "cell two() { input x : $[1]; state s : $[1]; next s = s + 1; output y.a = x; output y.b = 2 * x }";
  const Numbers doubled{2, 2, 6, 6, 0, 12, 14, 14};
  for (const bool zero : {false, true})
    for (const auto& [dtype, engines] : precisions) {
      const ir::Results results =
          Call(text, dtype).input("x", {2, 4, 1}, x0).mask({2, 4}, m0).zero_output(zero).run(engines);
      REQUIRE(results.outputs.size() == 2);
      CHECK(numbers(results.outputs[1]) == (zero ? Numbers{2, 0, 6, 0, 0, 12, 14, 0} : doubled));
      CHECK(numbers(results.last_output[0]) == (zero ? Numbers{0, 0} : Numbers{3, 7}));
      CHECK(numbers(results.last_output[1]) == (zero ? Numbers{0, 0} : Numbers{6, 14}));
    }
  Call unmasked(text);
  const ir::Results results = unmasked.input("x", {2, 4, 1}, x0).run();
  CHECK(numbers(results.outputs[0]) == x0);
  CHECK(numbers(results.last_output[1]) == Numbers{8, 16});
}

TEST_CASE("conformance 44: nested states; new states are a list with an entry for each") {
  const std::string text =
      "cell nest() { input x : $[1]; state s.p.a, s.p.b, s.c : $[1]\n"
      "next s.p.a = s.p.a + 1; next s.p.b = s.p.b + 2; next s.c = s.c + 3; output x }";
  for (const bool masked : {false, true}) {
    Call call(text);
    call.input("x", {2, 4, 1}, x0);
    if (masked) call.mask({2, 4}, m0);
    const ir::Results results = call.run();
    REQUIRE(results.new_states.size() == 3);
    for (size_t i = 0; i < 3; ++i)
      CHECK(numbers(results.new_states[i]) == full(2, static_cast<double>((masked ? 2 : 4) * (i + 1))));
  }
}

TEST_CASE("conformance 46: outputs and states have element types of their own") {
  const ir::Results results =
      Call(
          "cell t() { input x : f32[1]; state s : f32[1]; state n : i64[1]; next s = s + x; next n = n + 3\n"
          "output d = f64(x) / 3; output i = i32(next s); output n = next n }")
          .input("x", {2, 4, 1}, x0)
          .mask({2, 4}, m0)
          .run();
  CHECK(results.outputs[0].dtype() == ir::DType::F64);
  CHECK(numbers(results.last_output[0]) == Numbers{1.0, 7.0 / 3});
  CHECK(results.outputs[1].dtype() == ir::DType::I32);
  CHECK(numbers(results.outputs[1]) == Numbers{1, 1, 4, 4, 0, 6, 13, 13});
  CHECK(results.outputs[2].dtype() == ir::DType::I64);
  CHECK(results.new_states[0].dtype() == ir::DType::F32);
  CHECK(results.new_states[1].dtype() == ir::DType::I64);
  CHECK(numbers(results.new_states[1]) == Numbers{6, 6});
}

// A step that mixes samples, the other half of 48, cannot be said in the language: it has no batch axis.
TEST_CASE("conformance 45, 47 and 48: too few or too many states, retyped, reshaped") {
  const std::string head = "cell c() {\n input x : f32[2]\n state s, r : f32[2]\n next r = x\n output x\n";
  const auto errors = [&](const std::string& line) { return errors_of_text(head + line + "\n}\n"); };
  CHECK(errors("") == "state 's' has no next value; write 'next s = ...'\n");
  CHECK(errors("next s = x; next q = x") == "there is no state 'q'; there are r, s\n");
  CHECK(errors("next s = x; next r = s") == "state 'r' is given its next value twice\nfirst here\n");
  const auto changed = [](const std::string& type) {
    return "state 's' is f32[2], but its next value is " + type + ": a state keeps its shape and its type\n";
  };
  CHECK(errors("next s = f64(x)") == changed("f64[2]"));
  CHECK(errors("next s = i32(x)") == changed("i32[2]"));
  CHECK(errors("next s = concatenate(x, s)") == changed("f32[4]"));
  CHECK(errors("next s = sum(x)") == changed("f32[]"));
}

TEST_CASE("conformance 50: a step runs once for each time step") {
  const std::string text = "cell count() { input x : $[1]; state n : i32[]; next n = n + 1; output next n }";
  for (const int64_t time : {1, 2, 3, 5, 8, 17, 33}) {
    const ir::Results results = Call(text).input("x", {2, time, 1}, full(2 * time, 1)).run(Engines::Few);
    CHECK(numbers(results.new_states[0]) == full(2, static_cast<double>(time)));
    for (int64_t t = 0; t < time; ++t) CHECK(results.outputs[0].at(t) == static_cast<double>(t + 1));
  }
}

// As numpy has it. The sign of zero tells a sum of nothing from what is neutral to a sum, which is -0.
TEST_CASE("a sum over no element is +0, a product 1") {
  const std::string text =
      "cell c() { input x : $[1]; input e : $[0]; state s : $[1]; next s = s + x\n"
      "output sum = 1 / sum(e) + x; output product = prod(e) * x }";
  for (const auto& [dtype, engines] : precisions) {
    const ir::Results results =
        Call(text, dtype).input("x", {1, 2, 1}, {3, 4}).input("e", {1, 2, 0}, {}).run(engines);
    CHECK(numbers(results.outputs[0]) == full(2, std::numeric_limits<double>::infinity()));
    CHECK(numbers(results.outputs[1]) == Numbers{3, 4});
  }
}
