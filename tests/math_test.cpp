// `math = fast`: how exact its functions are, and how it is asked for.
#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "ir/elementary/elementary.h"
#include "ir/math.h"
#include "ir/printer.h"
#include "tests/every_engine.h"
#include "tests/parsing.h"

using namespace rondo;

namespace {

namespace elementary = ir::elementary;

const elementary::ScalarMachine<float> machine;

float tanh_fast(float x) {
  return elementary::tanh_fast(machine, x);
}
float sigmoid_fast(float x) {
  return elementary::sigmoid_fast(machine, x);
}
double true_sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

const char* const gated = R"(cell gated(units = 11) {
  option math = fast
  input x : f32[units]
  state h : f32[units]
  weight U : f32[units, units]
  next h = sigmoid(x) * tanh(x + h @ U)
  output next h
})";

ir::Arguments arguments_of(int64_t batch, int64_t time) {
  ir::Arguments arguments;
  ir::Tensor x(ir::DType::F32, {batch, time, 11}), u(ir::DType::F32, {11, 11});
  for (size_t i = 0; i < static_cast<size_t>(x.count()); ++i)
    x.as<float>()[i] = 4 * std::sin(static_cast<float>(7 * i));
  for (size_t i = 0; i < 121; ++i) u.as<float>()[i] = std::cos(static_cast<float>(3 * i)) / 3;
  arguments.inputs.emplace("x", std::move(x));
  arguments.weights.emplace("U", std::move(u));
  return arguments;
}

}  // namespace

TEST_CASE("the fast functions are as exact as is said", "[math]") {
  double tanh_error = 0, sigmoid_error = 0, greatest = 0;
  const auto see = [&](float x) {
    tanh_error = std::max(tanh_error, std::fabs(tanh_fast(x) - std::tanh(static_cast<double>(x))));
    sigmoid_error = std::max(sigmoid_error, std::fabs(sigmoid_fast(x) - true_sigmoid(x)));
    greatest = std::max<double>({greatest, tanh_fast(x), sigmoid_fast(x)});
  };
  // Every 61st of the floats from 2^-12 to 32 of either sign, and some of all others.
  const auto bits = [](float x) { return std::bit_cast<uint32_t>(x); };
  for (uint32_t pattern = bits(0x1p-12F); pattern < bits(32.0F); pattern += 61) {
    see(std::bit_cast<float>(pattern));
    see(-std::bit_cast<float>(pattern));
  }
  for (uint32_t pattern = 0; pattern < 0x7f800000; pattern += 40'009) see(std::bit_cast<float>(pattern));
  CHECK(tanh_error <= 4.9e-7);
  CHECK(tanh_error > 4e-7);  // what is said is no more than what is so
  CHECK(sigmoid_error <= 2.6e-7);
  CHECK(greatest <= 1);
}

TEST_CASE("special values of the fast functions", "[math]") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(tanh_fast(nan)));
  CHECK(std::isnan(sigmoid_fast(nan)));
  CHECK(std::fabs(tanh_fast(inf) - 1) < 4.9e-7F);
  CHECK(tanh_fast(-inf) == -tanh_fast(inf));
  CHECK(std::fabs(sigmoid_fast(inf) - 1) < 2.6e-7F);
  CHECK(std::fabs(sigmoid_fast(-inf)) < 2.6e-7F);
  CHECK(sigmoid_fast(-0.0F) == 0.5F);
  CHECK(std::signbit(tanh_fast(-0.0F)));
  for (uint32_t pattern = 1; pattern < 0x00800000; pattern += 9973)
    CHECK(tanh_fast(std::bit_cast<float>(pattern)) == std::bit_cast<float>(pattern));
  const elementary::ScalarMachine<double> doubles;
  for (double x = -40; x < 40; x += 0.37) {
    CHECK(elementary::tanh_fast(doubles, x) == elementary::tanh(doubles, x));
    CHECK(elementary::sigmoid_fast(doubles, x) == elementary::sigmoid(doubles, x));
  }
}

TEST_CASE("an option of a cell asks for fast functions", "[math]") {
  Parsed fast = parse_cell(gated);
  INFO(fast.diagnostics.render());
  REQUIRE(fast.recurrence.has_value());
  const std::string text = ir::print(*fast.recurrence);
  CHECK_THAT(text, Catch::Contains("tanh_fast(") && Catch::Contains("sigmoid_fast("));
  const Parsed again = parse_cell(text);
  REQUIRE(again.recurrence.has_value());
  CHECK(ir::print(*again.recurrence) == text);

  const ir::Arguments arguments = arguments_of(3, 20);
  const ir::Results quick = tests::run_everywhere(*fast.recurrence, arguments);
  fast.recurrence->step = ir::with_math(fast.recurrence->step, ir::Math::Strict);
  CHECK_THAT(ir::print(*fast.recurrence), !Catch::Contains("_fast"));
  const ir::Results exact = tests::run_everywhere(*fast.recurrence, arguments);
  double difference = 0;
  for (size_t i = 0; i < static_cast<size_t>(exact.outputs[0].count()); ++i)
    difference = std::max<double>(
        difference, std::fabs(quick.outputs[0].as<float>()[i] - exact.outputs[0].as<float>()[i]));
  CHECK(difference > 0);
  CHECK(difference < 5e-6);
}

TEST_CASE("there are two kinds of math", "[math]") {
  const Parsed parsed = parse_cell("cell c() { option math = loose; input x : f32[2]; output x + 1 }");
  CHECK_FALSE(parsed.recurrence.has_value());
  CHECK_THAT(parsed.diagnostics.render(), Catch::Contains("option 'math' is strict or fast"));
  CHECK(ir::math_from_name("fast") == ir::Math::Fast);
  CHECK_FALSE(ir::math_from_name("Fast").has_value());
}
