// What the text language means: each piece of it against the graph that it makes.
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

#include "frontend/text/functions.h"
#include "ir/printer.h"
#include "tests/parsing.h"

namespace rondo {

namespace {

// The statements that a body prints as, less the declarations that each test shares.
std::string body(const std::string& statements) {
  const std::string head =
      "cell c(n=4) {\n  input x : f32[n]\n  input m : f32[2, n]\n  state h : f32[n]\n  weight W : f32[n, n]\n"
      "  next h = h\n";
  const Parsed parsed = parse_cell(head + statements + "\n}\n");
  INFO(statements);
  INFO(parsed.diagnostics.render());
  if (!parsed.recurrence) return parsed.diagnostics.render();
  const std::string text = ir::print(parsed.step());
  const size_t start = text.find("\n\n") + 2;
  std::string result = text.substr(start, text.size() - start - 2);
  if (const size_t next = result.find("  next h = h\n"); next != std::string::npos) result.erase(next, 13);
  return result;
}

std::string expression(const std::string& text) {
  const std::string result = body("  output " + text);
  return result.starts_with("  output ") ? result.substr(9, result.size() - 10) : result;
}

}  // namespace

TEST_CASE("text: the GRU of the documentation") {
  const Parsed parsed = parse_cell(R"(
# Gated recurrent unit as Keras has it: gate order z, r, h; reset applied after the product.
cell gru(features, units) {
  input  x : f32[features]
  state  h : f32[units]
  weight W : f32[features, 3*units]
  weight U : f32[units, 3*units]
  weight b : f32[2, 3*units]

  xz, xr, xn = split(x @ W + b[0], 3)
  hz, hr, hn = split(h @ U + b[1], 3)
  z = sigmoid(xz + hz)
  r = sigmoid(xr + hr)
  n = tanh(xn + r * hn)

  next h = z * h + (1 - z) * n
  output next h
}
)",
                                   {{"features", 8}, {"units", 16}});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence);
  const ir::StepGraph& step = parsed.step();
  CHECK(step.name == "gru");
  CHECK(step.where.line == 3);
  REQUIRE(step.inputs.size() == 1);
  REQUIRE(step.states.size() == 1);
  REQUIRE(step.weights.size() == 3);
  CHECK(ir::to_string(step.type(step.weights[2].node)) == "f32[2, 48]");
  CHECK(step.outputs[0].node == step.states[0].next);
  CHECK(step[step.states[0].next].op == ir::Op::Add);
  CHECK(step[step.states[0].next].where.line == 16);
}

TEST_CASE("text: precedence is Python's") {
  CHECK(expression("x + h * x") == "x + h * x");
  CHECK(expression("(x + h) * x") == "(x + h) * x");
  CHECK(expression("x - h - x") == "x - h - x");
  CHECK(expression("x - (h - x)") == "x - (h - x)");
  CHECK(expression("x - (h + x)") == "x - (h + x)");
  CHECK(expression("-x ** 2") == "-x ** 2");
  CHECK(expression("(-x) ** 2") == "(-x) ** 2");
  CHECK(expression("x ** -h") == "x ** -h");
  CHECK(expression("x ** h ** x") == "x ** h ** x");
  CHECK(expression("(x ** h) ** x") == "(x ** h) ** x");
  CHECK(expression("-x @ W") == "-x @ W");
  CHECK(expression("x @ W * h") == "(x @ W) * h");
  CHECK(expression("x * h @ W") == "(x * h) @ W");
  CHECK(expression("x / h / x") == "x / h / x");
  CHECK(expression("f32(x < h and not x == h or x > h)") == "f32(x < h and not (x == h) or x > h)");
  CHECK(expression("f32(x < h and (x == h or x > h))") == "f32(x < h and (x == h or x > h))");
  CHECK(expression("f32(not not (x < h))") == "f32(not (not (x < h)))");
  CHECK(expression("+x") == "x");
}

TEST_CASE("text: numbers take the type that they meet") {
  CHECK(expression("1 - x") == "1 - x");
  CHECK(expression("x + 1 / 4") == "x + 0.25");
  CHECK(expression("x * 1e-3 + .5") == "x * 0.001 + 0.5");
  CHECK(expression("x + n * 2") == "x + 8");
  CHECK(expression("x / sqrt(n)") == "x / 2");
  CHECK(expression("x * -2") == "x * -2");
  CHECK(expression("where(x > 0, 1, x)") == "where(x > 0, 1, x)");
  CHECK(expression("where(x > 0, 1, 2)") == "where(x > 0, f32(1), 2)");
  CHECK(expression("minimum(x, inf)") == "minimum(x, inf)");
  CHECK(expression("x + pi") == "x + 3.1415927");
  CHECK(expression("2 ** 3 - n") == "4");
  CHECK(expression("f64(x) + 0.1") == "f64(x) + 0.1");
  CHECK(expression("i32(x) + 1") == "i32(x) + 1");
  CHECK(expression("x + maximum(n, 7)") == "x + 7");
}

TEST_CASE("text: casts") {
  CHECK(expression("f64(x)") == "f64(x)");
  CHECK(expression("f32(x)") == "x");
  CHECK(expression("f32(bool(x))") == "f32(bool(x))");
  CHECK(expression("i64(3)") == "i64(3)");
  CHECK(expression("bool(3)") == "true");
  CHECK(expression("f32(true)") == "f32(true)");
}

TEST_CASE("text: indices and slices are numpy's") {
  CHECK(expression("x[0]") == "x[0]");
  CHECK(expression("x[-1]") == "x[3]");
  CHECK(expression("x[1:3]") == "x[1:3]");
  CHECK(expression("x[:-1]") == "x[:3]");
  CHECK(expression("x[::2]") == "x[::2]");
  CHECK(expression("x[1::2]") == "x[1::2]");
  CHECK(expression("x[::-1]") == "x[::-1]");
  CHECK(expression("x[2:0:-1]") == "x[2:0:-1]");
  CHECK(expression("x[:]") == "x");
  CHECK(expression("x[5:]") == "x[0:0]");
  CHECK(expression("m[:, ::2]") == "m[:, ::2]");
  CHECK(expression("m[1]") == "m[1]");
  CHECK(expression("m[1, 2]") == "m[1, 2]");
  CHECK(expression("m[:, 2]") == "m[:, 2]");
  CHECK(expression("m[0:1]") == "m[:1]");
  CHECK(expression("x[n/2:]") == "x[2:]");
  CHECK(expression("(x + h)[1:]") == "(x + h)[1:]");
  CHECK(expression("split(x, 2)[1]") == "x[2:]");
}

TEST_CASE("text: reductions take the last axis, or those that are named") {
  CHECK(expression("sum(m)") == "sum(m)");
  CHECK(expression("sum(m, axis=0)") == "sum(m, axis=0)");
  CHECK(expression("sum(m, 0)") == "sum(m, axis=0)");
  CHECK(expression("max(m, axis=[0, 1])") == "max(m, axis=[0, 1])");
  CHECK(expression("min(m, axis=-1, keepdims=true)") == "min(m, keepdims=true)");
  CHECK(expression("prod(m, axis=0, keepdims=true)") == "prod(m, axis=0, keepdims=true)");
  CHECK(expression("mean(x)") == "sum(x) / 4");
}

TEST_CASE("text: functions that move data") {
  CHECK(expression("concatenate(x, h)") == "concatenate(x, h, axis=0)");
  CHECK(expression("concatenate([x, h], axis=-1)") == "concatenate(x, h, axis=0)");
  CHECK(expression("concatenate(split(x, 2))") == "concatenate(x[:2], x[2:], axis=0)");
  CHECK(expression("stack(x, h)") == "concatenate(reshape(x, [1, 4]), reshape(h, [1, 4]), axis=0)");
  CHECK(expression("reshape(m, [n, -1])") == "reshape(m, [4, 2])");
  CHECK(expression("reshape(m, 2*n)") == "reshape(m, [8])");
  CHECK(expression("transpose(m)") == "transpose(m, [1, 0])");
  CHECK(expression("broadcast_to(x, [3, n])") == "broadcast_to(x, [3, 4])");
  CHECK(expression("expand_dims(x, -1)") == "reshape(x, [4, 1])");
  CHECK(expression("squeeze(m[:1], 0)") == "m[0]");
  CHECK(expression("take(m, 1)") == "take(m, i32(1), axis=0)");
  CHECK(expression("take(m, i32(x), axis=1)") == "take(m, i32(x), axis=1)");
  CHECK(expression("pad(x, [1], [2])") == "pad(x, [1], [2], 0)");
  CHECK(expression("pad(x, 1, 2, value=-1)") == "pad(x, [1], [2], -1)");
  CHECK(expression("slice(x, [0], [2], [2])") == "x[::2]");
}

TEST_CASE("text: products") {
  CHECK(expression("dot(x, W, [0], [1])") == "dot(x, W, lhs_contract=[0], rhs_contract=[1])");
  CHECK(expression("dot(x, W, lhs_contract=[0], rhs_contract=[0])") == "x @ W");
  CHECK(expression("matmul(m, W)") == "m @ W");
  CHECK(expression("dot(m, m, [1], [1], lhs_batch=[0], rhs_batch=[0])") ==
        "dot(m, m, lhs_contract=[1], rhs_contract=[1], lhs_batch=[0], rhs_batch=[0])");
}

TEST_CASE("text: statements") {
  CHECK(body("  a, b = x, h\n  output a + b") == "  output x + h\n");
  CHECK(body("  a = x + h; output a") == "  a = x + h\n  output a\n");
  CHECK(body("  a = x +\n    h\n  b = where(a > 0, # a comment\n    a,\n    h)\n  output b") ==
        "  a = x + h\n  b = where(a > 0, a, h)\n  output b\n");
  CHECK(body("  output sum = x + h\n  output max = x") == "  output sum = x + h\n  output max = x\n");
  CHECK(body("  mean = mean(x)\n  output x - mean(x) + mean") ==
        "  mean = sum(x) / 4\n  output x - mean + mean\n");
  CHECK(body("  `a b` = x + h\n  output `a b`") == "  `a b` = x + h\n  output `a b`\n");
  CHECK(body("  a.b = x + h\n  output a.b\r\n") == "  a.b = x + h\n  output a.b\n");
}

TEST_CASE("text: declarations") {
  const Parsed parsed = parse_cell(
      "cell c(n, k=2*n) {\n  input x : f32[n] ; input i : i64[]\n  state s, t : f64[k + 1, 2**3]\n"
      "  constant q : bool[k / n]\n  weight `kernel:0` : f32[]\n  next s = s; next t = t\n  output x * "
      "`kernel:0`\n}",
      {{"n", 3}});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence);
  const ir::StepGraph& step = parsed.step();
  CHECK(ir::to_string(step.type(step.inputs[1].node)) == "i64[]");
  CHECK(ir::to_string(step.type(step.states[1].node)) == "f64[7, 8]");
  CHECK(ir::to_string(step.type(step.constants[0].node)) == "bool[2]");
  CHECK(step.weights[0].name == "kernel:0");
}

TEST_CASE("text: options become the arguments of the recurrence") {
  const std::string tail = "  input x : f32[1]\n  output x\n}";
  const Parsed parsed = parse_cell(
      "cell c(n=3) {\n  option go_backwards = true\n  option time_major = true\n  option "
      "zero_output_for_mask = true\n"
      "  option unroll = true\n  option time = 2*n\n  option input_length = 5\n  option lengths = true\n" +
      tail);
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence);
  CHECK(parsed.recurrence->go_backwards);
  CHECK(parsed.recurrence->time_major);
  CHECK(parsed.recurrence->zero_output_for_mask);
  CHECK(parsed.recurrence->unroll == ir::Unroll::Always);
  CHECK(parsed.recurrence->time == 6);
  CHECK(parsed.recurrence->input_length == 5);
  CHECK(parsed.recurrence->masking == ir::Masking::Lengths);
  const Parsed both = parse_cell("cell c() {\n  option mask = true\n  option lengths = true\n" + tail);
  CHECK(both.recurrence->masking == ir::Masking::Mask);
}

TEST_CASE("text: parameters are inferred from shapes") {
  const std::string text =
      "cell c(features, units, extra=1) {\n  input x : f32[features]\n  state h : f32[units]\n"
      "  weight W : f32[features + extra, 3*units]\n  weight V : f32[2*units + 1]\n  next h = h\n  output "
      "x\n}";
  const auto width = [&](const std::map<std::string, ir::Dims>& shapes,
                         const std::map<std::string, int64_t>& set, size_t weight, size_t axis) {
    const Parsed parsed = parse_cell(text, set, shapes);
    INFO(parsed.diagnostics.render());
    REQUIRE(parsed.recurrence);
    return parsed.step().type(parsed.step().weights[weight].node).dims[axis];
  };
  CHECK(width({{"x", {8}}, {"h", {5}}}, {}, 0, 1) == 15);
  CHECK(width({{"x", {8}}, {"W", {9, 15}}}, {}, 1, 0) == 11);
  CHECK(width({{"x", {8}}, {"V", {11}}}, {}, 0, 1) == 15);
  // Two steps: x gives features, then W gives `extra` in spite of its default.
  CHECK(width({{"x", {8}}, {"W", {12, 15}}}, {}, 0, 0) == 12);
  // What the caller sets wins over shapes; the contradiction is for the check of the arrays.
  CHECK(width({{"x", {8}}, {"h", {5}}}, {{"units", 7}}, 0, 1) == 21);
  // Shapes that fit no size say nothing.
  CHECK_FALSE(parse_cell(text, {}, {{"x", {8}}, {"V", {12}}}).recurrence);
  CHECK_FALSE(parse_cell(text, {}, {{"x", {8}}, {"h", {5, 5}}}).recurrence);
}

TEST_CASE("text: cells within cells") {
  const std::string rnn =
      "cell rnn(features, units=2*features) {\n  input x : f32[features]\n  state h : f32[units]\n"
      "  weight W : f32[features, units]\n  a = x @ W\n  next h = a + h\n  output next h\n}\n";
  const std::string text =
      rnn +
      "cell outer(n, k) {\n  input x : f32[n]\n  cell a = rnn(n, k)\n  cell b = rnn(features=k)\n"
      "  y = b(a(x))\n  output y + b.h - next b.h\n}\n";
  const Parsed parsed = parse_cell(text, {}, {{"x", {3}}, {"a.W", {3, 5}}});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence);
  CHECK(ir::print(parsed.step()) ==
        "cell outer() {\n  input  x : f32[3]\n  state  a.h : f32[5]\n  state  b.h : f32[10]\n"
        "  weight a.W : f32[3, 5]\n  weight b.W : f32[5, 10]\n\n  a.a = x @ a.W\n  next a.h = a.a + a.h\n"
        "  b.a = next a.h @ b.W\n  y = b.a + b.h\n  next b.h = y\n  output y + b.h - y\n}\n");
  const Parsed inner = parse_cell(text, {{"features", 2}}, {}, "rnn");
  REQUIRE(inner.recurrence);
  CHECK(inner.step().name == "rnn");
}

TEST_CASE("text: several outputs of a cell within a cell") {
  const Parsed parsed = parse_cell(
      "cell two() {\n  input x : f32[2]\n  input y : f32[2]\n  output a = x + y\n  output b = x - y\n}\n"
      "cell c() {\n  input x : f32[2]\n  cell t = two()\n  p, q = t(y=x, x=2 * x)\n  output p * q\n}");
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence);
  CHECK(parsed.step().outputs.size() == 1);
}

TEST_CASE("text: the program tells its cells and parameters") {
  ir::Diagnostics diagnostics;
  auto source = std::make_shared<const ir::SourceText>(ir::SourceText{
      "f", "cell a(n, m=2) { input x : f32[n]; output x }\ncell b() { input x : f32[1]; output x }"});
  const auto program = text::Program::parse(source, diagnostics);
  REQUIRE(program);
  CHECK(program->cells() == std::vector<std::string>{"a", "b"});
  CHECK(program->parameters("a") == std::vector<std::string>{"n", "m"});
  CHECK(program->parameters("c").empty());
}

TEST_CASE("text: each element-wise operation is a function of the language") {
  for (int i = 0; i <= static_cast<int>(ir::Op::Gather); ++i) {
    const auto op = static_cast<ir::Op>(i);
    if (ir::category_of(op) == ir::OpCategory::Leaf || op == ir::Op::Cast) continue;
    INFO(ir::name_of(op));
    CHECK(text::find_function(ir::name_of(op)) != nullptr);
  }
  CHECK(text::find_function("swish") == text::find_function("silu"));
  CHECK(text::signature(*text::find_function("softmax")) == "softmax(x, axis=-1)");
}

TEST_CASE("text: the documentation lists every function as it is") {
  std::ostringstream text;
  text << std::ifstream(RONDO_SOURCE_DIR "/docs/language.md").rdbuf();
  for (const text::Function& function : text::functions()) {
    INFO(text::signature(function));
    CHECK(text.str().find("| `" + text::signature(function) + "`") != std::string::npos);
    CHECK(text.str().find(std::string(function.doc) + " |") != std::string::npos);
  }
}

TEST_CASE("text: every function builds a graph of the right type") {
  for (const text::Function& function : text::functions()) {
    INFO(function.name);
    CHECK_FALSE(function.doc.empty());
    const bool plain = function.parameters.size() == 1 && function.name.substr(0, 7) != "logical";
    if (!plain || function.op == ir::Op::Cast) continue;
    const Parsed parsed =
        parse_cell("cell c() {\n  input x : f32[3]\n  output " + std::string(function.name) + "(x)\n}");
    INFO(parsed.diagnostics.render());
    REQUIRE(parsed.recurrence);
    CHECK(ir::to_string(parsed.step().type(parsed.step().outputs[0].node)) == "f32[3]");
  }
}

}  // namespace rondo
