// Accuracy of the elementary functions on dense deterministic samples, and their special values. The figures
// over all 2^32 f32 inputs come from elementary_exhaustive.cpp.
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/ulp.h"

namespace rondo::testing {
namespace {

namespace elementary = ir::elementary;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The bounds asserted, f32 (over all inputs) and f64.
double bound_of(const std::string& name, bool is_double) {
  if (name == "tanh") return is_double ? 3 : 3.75;
  if (name == "sigmoid") return 2.5;
  if (name == "erf") return is_double ? 4 : 1;
  if (name == "sin" || name == "cos") return is_double ? 2 : 0.75;
  return 1.25;  // exp, log
}

/// A fixed sequence of well mixed bits: SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, 2014).
struct Mixer {
  uint64_t state = 0;
  uint64_t bits() {
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// Uniform in [-1, 1).
  double unit() { return static_cast<double>(static_cast<int64_t>(bits()) >> 10) * 0x1p-53; }
};

template <class T>
struct Worst {
  double error = 0;
  T x = 0, y = 0;
  void see(double here, T at_x, T at_y = 0) {
    if (here > error) *this = {here, at_x, at_y};
  }
};

template <class T>
void check(const std::string& name, const Worst<T>& worst, double bound) {
  INFO(name << ": at " << worst.x << ", " << worst.y);
  WARN(name << (sizeof(T) == 8 ? " f64: " : " f32: ") << worst.error << " ulp at most");
  CHECK(worst.error <= bound);
}

template <class T>
T pow_of(T x, T y) {
  return elementary::pow(elementary::ScalarMachine<T>{}, x, y);
}

/// Equal, zeros told apart by sign, all NaN alike.
bool same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

}  // namespace

TEST_CASE("f32 elementary functions over strided bit patterns", "[elementary]") {
  for (const auto& subject : subjects<float, double>) {
    Worst<float> worst;
    for (uint64_t pattern = 0; pattern < (uint64_t{1} << 32); pattern += 2039) {
      const float x = std::bit_cast<float>(static_cast<uint32_t>(pattern));
      worst.see(ulp_error(subject.ours(x), subject.truth(x)), x);
    }
    check(subject.name, worst, bound_of(subject.name, false));
  }
}

TEST_CASE("f64 elementary functions on samples", "[elementary]") {
  for (const auto& subject : subjects<double, long double>) {
    Worst<double> worst;
    Mixer mixer;
    const std::string name = subject.name;
    const bool periodic = name == "sin" || name == "cos";
    for (const double range : {0x1p-1022, 1e-8, 0.1, 1.0, 3.0, 10.0, 30.0, 750.0, 1e5}) {
      for (int i = 0; i < 30'000; ++i) {
        const double x = mixer.unit() * range;
        worst.see(ulp_error(subject.ours(x), subject.truth(x)), x);
      }
    }
    for (int i = 0; !periodic && i < 100'000; ++i) {
      const double x = std::bit_cast<double>(mixer.bits());
      worst.see(ulp_error(subject.ours(x), subject.truth(x)), x);
    }
    check(name, worst, bound_of(name, true));
  }
}

TEST_CASE("pow on samples", "[elementary]") {
  Mixer mixer;
  Worst<float> worst_float;
  Worst<double> worst_double;
  const auto see_float = [&](float x, float y) {
    const double truth = std::pow(static_cast<double>(x), static_cast<double>(y));
    worst_float.see(ulp_error(pow_of(x, y), truth), x, y);
  };
  const auto see_double = [&](double x, double y) {
    const long double truth = std::pow(static_cast<long double>(x), static_cast<long double>(y));
    worst_double.see(ulp_error(pow_of(x, y), truth), x, y);
  };
  for (int i = 0; i < 150'000; ++i) {
    // Any bits at all; then y such that the result spans its range; then bases near 1; then whole exponents.
    const double x = std::bit_cast<double>(mixer.bits());
    const float x_float = std::bit_cast<float>(static_cast<uint32_t>(mixer.bits()));
    see_double(x, std::bit_cast<double>(mixer.bits()));
    see_float(x_float, std::bit_cast<float>(static_cast<uint32_t>(mixer.bits())));
    const double y = mixer.unit() * 745;
    see_double(std::fabs(x), y / std::fabs(std::log(std::fabs(x))));
    const float size = std::fabs(x_float);
    see_float(size, static_cast<float>(y / 7 / std::fabs(std::log(size))));
    const double near = 1 + std::ldexp(mixer.unit(), -1 - i % 45);
    see_double(near, y / (std::fabs(std::log(near)) + 1e-300));
    const float near_float = static_cast<float>(1 + std::ldexp(mixer.unit(), -1 - i % 20));
    see_float(near_float, static_cast<float>(y / 7 / (std::fabs(std::log(near_float)) + 1e-30F)));
    see_double(-near, std::floor(y));
    see_float(-near_float * 3, std::floor(static_cast<float>(y) / 8));
  }
  check("pow", worst_float, 0.75);
  check("pow", worst_double, 2);
}

TEST_CASE("special values of elementary functions", "[elementary]") {
  const auto check_all = [](const auto& list) {
    struct Row {
      const char* name;
      double x, result;
    };
    const std::vector<Row> rows = {
        {"exp", 0.0, 1},        {"exp", -0.0, 1},      {"exp", inf, inf},      {"exp", -inf, 0.0},
        {"exp", 1000, inf},     {"exp", -1000, 0.0},   {"log", 1, 0.0},        {"log", 0.0, -inf},
        {"log", -0.0, -inf},    {"log", -1, nan},      {"log", -inf, nan},     {"log", inf, inf},
        {"tanh", 0.0, 0.0},     {"tanh", -0.0, -0.0},  {"tanh", inf, 1},       {"tanh", -inf, -1},
        {"tanh", 30, 1},        {"sigmoid", 0.0, 0.5}, {"sigmoid", -0.0, 0.5}, {"sigmoid", inf, 1},
        {"sigmoid", -inf, 0.0}, {"sin", 0.0, 0.0},     {"sin", -0.0, -0.0},    {"sin", inf, nan},
        {"sin", -inf, nan},     {"cos", 0.0, 1},       {"cos", -0.0, 1},       {"cos", inf, nan},
        {"cos", -inf, nan},     {"erf", 0.0, 0.0},     {"erf", -0.0, -0.0},    {"erf", inf, 1},
        {"erf", -inf, -1},      {"erf", 7, 1},
    };
    for (const auto& subject : list) {
      using T = decltype(subject.ours(0));
      INFO(subject.name << (sizeof(T) == 8 ? " f64" : " f32"));
      CHECK(std::isnan(subject.ours(static_cast<T>(nan))));
      CHECK(std::isnan(subject.ours(std::numeric_limits<T>::signaling_NaN())));
      CHECK(std::isnan(subject.ours(-static_cast<T>(nan))));
      for (const Row& row : rows) {
        if (std::strcmp(row.name, subject.name) != 0) continue;
        INFO("at " << row.x << " got " << subject.ours(static_cast<T>(row.x)));
        CHECK(same(subject.ours(static_cast<T>(row.x)), row.result));
      }
    }
  };
  check_all(subjects<float, double>);
  check_all(subjects<double, long double>);
}

TEST_CASE("pow in the special cases of C", "[elementary]") {
  // std::pow follows annex F; every pair of the values that matter.
  const std::vector<double> values = {0.0,
                                      -0.0,
                                      1,
                                      -1,
                                      2,
                                      -2,
                                      3,
                                      -3,
                                      0.5,
                                      -0.5,
                                      2.5,
                                      -2.5,
                                      1e30,
                                      -1e30,
                                      1e-30,
                                      -1e-30,
                                      inf,
                                      -inf,
                                      nan,
                                      16777215,
                                      -16777215,
                                      16777216,
                                      4503599627370497,
                                      -4503599627370497};
  for (const double x : values) {
    for (const double y : values) {
      const double truth = std::pow(x, y);
      INFO("pow(" << x << ", " << y << ") is " << truth << ", got " << pow_of(x, y));
      CHECK(ulp_error(pow_of(x, y), static_cast<long double>(truth)) <= 3);
      const auto x_float = static_cast<float>(x);
      const auto y_float = static_cast<float>(y);
      INFO("in f32 " << pow_of(x_float, y_float));
      CHECK(ulp_error(pow_of(x_float, y_float), std::pow(static_cast<double>(x_float), y_float)) <= 1);
    }
  }
}

TEST_CASE("tanh, sigmoid and erf never pass 1, sin and cos never far past it", "[elementary]") {
  const elementary::ScalarMachine<float> m;
  const elementary::ScalarMachine<double> d;
  for (uint32_t i = 0; i <= 200'000; ++i) {
    const double x = 10.0 * i / 200'000;
    CHECK_FALSE(elementary::tanh(m, static_cast<float>(x)) > 1);
    CHECK_FALSE(elementary::tanh(d, 2 * x) > 1);
    CHECK_FALSE(elementary::erf(m, static_cast<float>(x)) > 1);
    CHECK_FALSE(elementary::erf(d, x) > 1);
    CHECK_FALSE(elementary::sigmoid(m, static_cast<float>(4 * x)) > 1);
  }
  Mixer mixer;
  for (int i = 0; i < 200'000; ++i) {
    const double x = std::bit_cast<double>(mixer.bits());
    if (!std::isfinite(x)) continue;
    CHECK(std::fabs(elementary::sin(d, x)) <= 1);
    CHECK(std::fabs(elementary::cos(d, x)) <= 1);
  }
}

TEST_CASE("subnormal results and arguments", "[elementary]") {
  const elementary::ScalarMachine<float> m;
  for (uint32_t pattern = 1; pattern < 0x00800000; pattern += 997) {
    const float x = std::bit_cast<float>(pattern);
    CHECK(elementary::tanh(m, x) == x);
    CHECK(elementary::sin(m, x) == x);
    CHECK(ulp_error(elementary::erf(m, x), std::erf(static_cast<double>(x))) <= 1);
    CHECK(ulp_error(elementary::log(m, x), std::log(static_cast<double>(x))) <= 1);
  }
  for (float x = -105; x < -87; x += 0.001F) {
    CHECK(ulp_error(elementary::exp(m, x), std::exp(static_cast<double>(x))) <= 1.25);
    CHECK(ulp_error(elementary::sigmoid(m, x), std::exp(static_cast<double>(x))) <= 2);
  }
}

}  // namespace rondo::testing
