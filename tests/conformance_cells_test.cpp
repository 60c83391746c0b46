// Conformance, the cells of cells/ against the constants in the tests of Keras's own layers: 51 to 57, all
// weights .01 (input), .02 (state), .03 (bias), inputs 0, 1, 2, ...; and 61, which gate is which. The numbers
// of the cases are those of the conformance list.
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include "tests/conformance_case.h"

using namespace rondo;
using namespace rondo::tests;

namespace {

std::string cell_file(const std::string& name) {
  std::ifstream file(std::string(RONDO_SOURCE_DIR) + "/cells/" + name + ".rondo");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The text with all of one stretch replaced: without its bias, or with another function for sigmoid.
std::string changed(std::string text, const std::string& from, const std::string& to) {
  REQUIRE(text.find(from) != std::string::npos);
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// All engines run the first of each cell; the variants make do with these.
constexpr Engines few = Engines::Few;

const std::string lstm = cell_file("lstm"), gru = cell_file("gru"),
                  gru_before = cell_file("gru_reset_before"), simple_rnn = cell_file("simple_rnn");

// A cell with the weights of the fixtures over inputs 0, 1, 2, ... of shape (B, T, features).
Call fixture(const std::string& text, ir::Dims x, int64_t units) {
  Call call(text, ir::DType::F32, {{"features", x[2]}, {"units", units}});
  call.input("x", x, arange(x[0] * x[1] * x[2]));
  for (const ir::Leaf& leaf : call.recurrence.step.weights) {
    const ir::Dims& dims = call.recurrence.step.type(leaf.node).dims;
    const double value = leaf.name == "W" ? .01 : leaf.name == "U" ? .02 : .03;
    call.weight(leaf.name, dims, full(ir::element_count(dims), value));
  }
  return call;
}

// Keras starts the forget part of an LSTM's bias at 1.
Call with_unit_forget_bias(Call call) {
  ir::Tensor& bias = call.arguments.weights.at("b");
  for (int64_t i = bias.count() / 4; i < bias.count() / 2; ++i) bias.set(i, 1);
  return call;
}

// Each unit of row i is wanted[i].
void check_rows(const ir::Tensor& found, const Numbers& wanted) {
  const int64_t rows = static_cast<int64_t>(wanted.size());
  REQUIRE(found.count() % rows == 0);
  const int64_t width = found.count() / rows;
  for (int64_t i = 0; i < found.count(); ++i)
    CHECK(found.at(i) == Approx(wanted[static_cast<size_t>(i / width)]).epsilon(1e-5));
}

}  // namespace

TEST_CASE("conformance 51: LSTM") {
  const ir::Dims x{3, 6, 4};
  const std::string no_bias = changed(changed(lstm, "weight b : f32[4*units]", ""), " + b, 4)", ", 4)");
  Call standard = with_unit_forget_bias(fixture(lstm, x, 3));
  check_rows(standard.run().last_output[0], {.6288687, .8689915, .9460773});
  check_rows(standard.backwards().run(few).last_output[0], {.3562216, .7478953, .8872726});
  check_rows(fixture(lstm, x, 3).run(few).last_output[0], {.5701970, .8661915, .9459622});
  check_rows(fixture(no_bias, x, 3).run(few).last_output[0], {.5498692, .8622679, .9443935});
}

TEST_CASE("conformance 52: GRU") {
  const ir::Dims x{3, 6, 4};
  const std::string no_bias =
      changed(changed(changed(gru, "weight b : f32[2, 3*units]", ""), " + b[0]", ""), " + b[1]", "");
  check_rows(fixture(gru, x, 3).run().last_output[0], {.5217289, .6371659, .3938496});
  check_rows(fixture(gru, x, 3).backwards().run(few).last_output[0], {.2440626, .6115160, .3928808});
  check_rows(fixture(gru_before, x, 3).run(few).last_output[0], {.5144776, .6426879, .4020829});
  check_rows(fixture(no_bias, x, 3).run(few).last_output[0], {.4998846, .6470120, .4103359});
}

TEST_CASE("conformance 53: SimpleRNN") {
  check_rows(fixture(simple_rnn, {2, 3, 4}, 4).run(few).last_output[0], {.4054321, .7360534});
  check_rows(fixture(simple_rnn, {2, 3, 4}, 4).backwards().run(few).last_output[0], {.1114473, .5528888});
}

TEST_CASE("conformance 54: a masked LSTM") {
  Call call = with_unit_forget_bias(fixture(lstm, {2, 4, 3}, 2));
  call.mask({2, 4}, {1, 1, 1, 0, 1, 1, 0, 0});
  const ir::Results held = call.run();
  check_rows(held.outputs[0],
             {.0158891, .0555205, .1175594, .1175594, .1418560, .2855621, .2855621, .2855621});
  check_rows(held.new_states[1], {.2129933, .4923386});
  const ir::Results zeroed = call.zero_output().run(few);
  check_rows(zeroed.outputs[0], {.0158891, .0555205, .1175594, 0, .1418560, .2855621, 0, 0});
  check_rows(zeroed.last_output[0], {0, 0});
  CHECK(ir::same_bits(zeroed.new_states[0], held.new_states[0]));
}

// A Bidirectional layer is two recurrences: the second backwards, with the same mask, its outputs turned
// round in time.
TEST_CASE("conformance 55: both directions, joined") {
  Call forward = fixture(gru, {2, 4, 3}, 2).mask({2, 4}, {1, 1, 0, 1, 1, 0, 0, 1});
  Call backward = forward;
  check_rows(forward.run(few).last_output[0], {.1939376, .3081856});
  check_rows(backward.backwards().run(few).last_output[0], {.1166919, .2838098});
}

TEST_CASE("conformance 56: both directions, summed at each step") {
  Call forward = fixture(gru, {2, 3, 4}, 2);
  Call backward = forward;
  const ir::Results a = forward.run(few), b = backward.backwards().run(few);
  ir::Tensor sum(ir::DType::F32, {2, 3, 2});
  for (int64_t sample = 0; sample < 2; ++sample)
    for (int64_t t = 0; t < 3; ++t)
      for (int64_t i = 0; i < 2; ++i)
        sum.set((sample * 3 + t) * 2 + i,
                a.outputs[0].at((sample * 3 + t) * 2 + i) + b.outputs[0].at((sample * 3 + 2 - t) * 2 + i));
  check_rows(sum, {.2093787, .3446299, .4029053, .5982965, .6734641, .6479671});
}

TEST_CASE("conformance 57: both hard sigmoids") {
  const Numbers v{-3, -2.5, -1, 0, 1, 2.5, 3};
  const Numbers keras2{0, 0, .3, .5, .7, 1, 1}, keras3{0, .0833333, .3333333, .5, .6666667, .9166667, 1};
  const ir::Results results =
      Call("cell c() { input v : $[1]; output a = hard_sigmoid(v); output b = hard_sigmoid6(v) }")
          .input("v", {1, 7, 1}, v)
          .run(few);
  for (int64_t i = 0; i < 7; ++i) {
    CHECK(results.outputs[0].at(i) == Approx(keras2[static_cast<size_t>(i)]).margin(1e-7));
    CHECK(results.outputs[1].at(i) == Approx(keras3[static_cast<size_t>(i)]).margin(1e-7));
  }

  const auto with = [](const std::string& cell, const std::string& function) {
    return fixture(changed(cell, "= sigmoid(", "= " + function + "("), {3, 6, 4}, 3);
  };
  check_rows(with_unit_forget_bias(with(lstm, "hard_sigmoid")).run(few).last_output[0],
             {.5917307, .8797532, .9999786});
  check_rows(with_unit_forget_bias(with(lstm, "hard_sigmoid6")).run(few).last_output[0],
             {.5364679, .8147405, .9777960});
  check_rows(with(gru_before, "hard_sigmoid").run(few).last_output[0], {.5341484, .6693320, .1783321});
}

TEST_CASE("conformance 61: the gates of an LSTM are i, f, c, o") {
  struct Probe {
    Numbers bias;
    double c, h;
  };
  const std::vector<Probe> probes{
      {{20, -20, 20, 20}, 1, std::tanh(1)},
      {{-20, 20, 20, 20}, .5, std::tanh(.5)},  // i shut, f open: what was there
      {{20, -20, -20, 20}, -1, -std::tanh(1)},
      {{20, -20, 20, -20}, 1, 0},  // o shut
  };
  for (const Probe& probe : probes) {
    Call call = fixture(lstm, {1, 1, 2}, 1).state("h", {1, 1}, {.25}).state("c", {1, 1}, {.5});
    call.weight("W", {2, 4}, full(8, 0)).weight("U", {1, 4}, full(4, 0)).weight("b", {4}, probe.bias);
    const ir::Results results = call.run(few);
    CHECK(results.new_states[0].at(0) == Approx(probe.h).margin(1e-7));
    CHECK(results.new_states[1].at(0) == Approx(probe.c).margin(1e-7));
  }
}

TEST_CASE("conformance 61: the gates of a GRU are z, r, h, and z keeps the old state") {
  // x is 1; h is .3 before.
  const auto next = [](const std::string& cell, const Numbers& w, const Numbers& u, const ir::Dims& b_dims,
                       const Numbers& b) {
    Call call = fixture(cell, {1, 1, 1}, 1).input("x", {1, 1, 1}, {1}).state("h", {1, 1}, {.3});
    return call.weight("W", {1, 3}, w)
        .weight("U", {1, 3}, u)
        .weight("b", b_dims, b)
        .run(few)
        .new_states[0]
        .at(0);
  };
  const Numbers none{0, 0, 0}, some{0, 0, .5};
  for (const double r : {-20, 20}) {
    CHECK(next(gru, none, some, {2, 3}, {20, r, 9, 0, 0, 5}) == .3f);
    CHECK(next(gru_before, none, some, {3}, {20, r, 9}) == .3f);
  }
  CHECK(next(gru, none, none, {2, 3}, {-20, 0, 1, 0, 0, 0}) == Approx(std::tanh(1)).epsilon(1e-6));
  // After the product, r shuts out the bias as well; r open lets in .5 * .3 + 5. Before it there is no second
  // bias.
  CHECK(next(gru, some, some, {2, 3}, {-20, -20, 0, 0, 0, 5}) == Approx(std::tanh(.5)).epsilon(1e-6));
  CHECK(next(gru, none, some, {2, 3}, {-20, 20, -5, 0, 0, 5}) == Approx(std::tanh(.15)).epsilon(1e-6));
  CHECK(next(gru_before, some, some, {3}, {-20, -20, 0}) == Approx(std::tanh(.5)).epsilon(1e-6));
  CHECK(next(gru_before, some, some, {3}, {-20, 20, 0}) == Approx(std::tanh(.65)).epsilon(1e-6));
}
