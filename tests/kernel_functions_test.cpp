// The elementary functions as kernels compute them: the same bits as the scalars of the interpreter, at every
// lane width. (That those are accurate is the subject of elementary_test.cpp.)
#include <fmt/format.h>

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "ir/element.h"
#include "ir/graph_builder.h"

using namespace rondo;

namespace {

constexpr ir::Op functions[] = {ir::Op::Exp,   ir::Op::Log,      ir::Op::Tanh,       ir::Op::Sigmoid,
                                ir::Op::Sqrt,  ir::Op::Sin,      ir::Op::Cos,        ir::Op::Erf,
                                ir::Op::Floor, ir::Op::TanhFast, ir::Op::SigmoidFast};

// y = f(x) over `width` features, without state.
ir::Recurrence function_of(ir::Op op, ir::DType dtype, int64_t width) {
  ir::Diagnostics diagnostics;
  ir::GraphBuilder g("function", diagnostics);
  const ir::Value x = g.input("x", dtype, {width});
  g.output("", g.apply(op, {x}));
  ir::Recurrence recurrence;
  recurrence.step = *g.finish();
  return recurrence;
}

// Bit patterns spread over all floats, those of every exponent and both signs among them.
ir::Tensor spread_floats(int64_t count) {
  ir::Tensor x(ir::DType::F32, {1, 1, count});
  const uint32_t stride = 0xffffffffu / static_cast<uint32_t>(count) | 1u;
  for (int64_t i = 0; i < count; ++i)
    x.as<float>()[static_cast<size_t>(i)] = std::bit_cast<float>(static_cast<uint32_t>(i) * stride);
  return x;
}

ir::Tensor spread_doubles(int64_t count) {
  ir::Tensor x(ir::DType::F64, {1, 1, count});
  const uint64_t stride = 0xffffffffffffffffu / static_cast<uint64_t>(count) | 1u;
  for (int64_t i = 0; i < count; ++i)
    x.as<double>()[static_cast<size_t>(i)] = std::bit_cast<double>(static_cast<uint64_t>(i) * stride);
  return x;
}

}  // namespace

TEST_CASE("kernels compute functions to the bit as the interpreter does", "[functions]") {
  ir::Diagnostics diagnostics;
  const engine::Engine engine;
  constexpr int64_t count = 100003;  // odd: the last vector is not full
  for (ir::DType dtype : {ir::DType::F32, ir::DType::F64})
    for (ir::Op op : functions)
      for (int lanes : {1, 4, 8, 16}) {
        INFO(ir::name_of(op) << " " << ir::name_of(dtype) << " lanes " << lanes);
        passes::Options options;
        options.lanes = lanes;
        const auto compiled = engine.compile(function_of(op, dtype, count), options, diagnostics);
        REQUIRE(compiled.has_value());
        ir::Arguments arguments;
        arguments.inputs["x"] = dtype == ir::DType::F32 ? spread_floats(count) : spread_doubles(count);
        const ir::Tensor& x = arguments.inputs["x"];
        const auto results = engine::run(compiled->kernel, arguments, diagnostics);
        REQUIRE(results.has_value());
        ir::Tensor wanted(dtype, x.dims());
        for (int64_t i = 0; i < count; ++i) {
          const auto at = static_cast<size_t>(i * ir::size_of(dtype));
          const ir::Element element = ir::Element::load(dtype, x.bytes() + at);
          ir::evaluate(op, dtype, std::span(&element, 1)).store(wanted.bytes() + at);
        }
        CHECK(ir::same_bits(wanted, results->outputs[0]));
      }
}

TEST_CASE("kernels compute powers to the bit as the interpreter does", "[functions]") {
  ir::Diagnostics diagnostics;
  const engine::Engine engine;
  const std::vector<double> numbers = {0.0,   -0.0,     1.0,       -1.0,         0.5,   -0.5,
                                       2.0,   -2.0,     3.0,       -3.0,         7.25,  1e30,
                                       1e-30, INFINITY, -INFINITY, std::nan(""), 1e-40, 123.456};
  const auto n = static_cast<int64_t>(numbers.size());
  for (ir::DType dtype : {ir::DType::F32, ir::DType::F64}) {
    ir::GraphBuilder g("power", diagnostics);
    const ir::Value x = g.input("x", dtype, {n}), y = g.input("y", dtype, {n});
    g.output("", g.apply(ir::Op::Power, {x, y}));
    ir::Recurrence recurrence;
    recurrence.step = *g.finish();
    const auto compiled = engine.compile(recurrence, {}, diagnostics);
    REQUIRE(compiled.has_value());
    // Every number to the power of every other: one time step an exponent.
    ir::Arguments arguments;
    ir::Tensor bases(dtype, {1, n, n}), exponents(dtype, {1, n, n});
    for (int64_t i = 0; i < n * n; ++i) {
      bases.set(i, numbers[static_cast<size_t>(i % n)]);
      exponents.set(i, numbers[static_cast<size_t>(i / n)]);
    }
    arguments.inputs["x"] = bases;
    arguments.inputs["y"] = exponents;
    const auto results = engine::run(compiled->kernel, arguments, diagnostics);
    REQUIRE(results.has_value());
    for (int64_t i = 0; i < n * n; ++i) {
      const double found = results->outputs[0].at(i);
      const double wanted = dtype == ir::DType::F32
                                ? static_cast<double>(std::pow(static_cast<float>(bases.at(i)),
                                                               static_cast<float>(exponents.at(i))))
                                : std::pow(bases.at(i), exponents.at(i));
      INFO(bases.at(i) << " ** " << exponents.at(i) << " = " << found << ", libm " << wanted);
      CHECK(((std::isnan(found) && std::isnan(wanted)) || found == wanted ||
             std::abs(found - wanted) <= 1e-6 * std::abs(wanted)));
    }
  }
}
