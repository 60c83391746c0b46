// No text brings the reader down. What it says to single mistakes stands in tests/errors.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <random>

#include "tests/parsing.h"

namespace rondo {

namespace {

// All errors, as "line:column: message" (and the notes with "note: "), one a line.
std::string complaints(const std::string& text) {
  const Parsed parsed = parse_cell(text);
  CHECK(parsed.recurrence.has_value() != parsed.diagnostics.has_errors());
  std::string out;
  for (const ir::Diagnostic& d : parsed.diagnostics.all()) {
    CHECK((d.where.line == 0 || d.where.source));
    CHECK(d.where.length >= 1);
    if (d.where.line > 0) out += fmt::format("{}:{}: ", d.where.line, d.where.column);
    out += (d.severity == ir::Severity::Note ? "note: " : "") + d.message + "\n";
  }
  CHECK(parsed.diagnostics.render().size() >= out.size());
  return out;
}

std::string repeat(const std::string& part, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += part;
  return out;
}

}  // namespace

TEST_CASE("errors: hostile texts are turned down, quickly and whole") {
  const auto hostile = [](const std::string& text) {
    const Parsed parsed = parse_cell(text);
    CHECK(parsed.diagnostics.has_errors());
    CHECK(parsed.diagnostics.all().size() <= size_t{3} * ir::Diagnostics::limit);
    CHECK(parsed.diagnostics.render().size() < 100'000);
    return parsed.diagnostics.all().empty() ? "" : parsed.diagnostics.all()[0].message;
  };
  const std::string head = "cell c(n=1) {\n  input x : f32[2]\n  output ";
  for (const std::string open : {"(", "-", "not ", "tanh(", "[", "x[", "x ** ", "- -(", "reshape(x, ["})
    CHECK(hostile(head + repeat(open, 100'000)).find("nested more than 200 deep") != std::string::npos);
  CHECK(hostile(head + "x" + repeat("[0]", 100'000) + "\n}").find("nested more than 200") !=
        std::string::npos);
  CHECK(hostile(head + repeat("x + ", 300'000) + "y\n}") == "the file holds more than 500000 expressions");
  CHECK(hostile(repeat("cell c() {\n", 100'000)).find("expected '}'") == 0);
  CHECK(hostile("cell c() {\n" + repeat("x,", 1'000'000)).find("expected the name to bind") == 0);
  CHECK(hostile("cell c(" + repeat("a, ", 10'000)) == "a cell has at most 256 parameters");
  CHECK(hostile(head + repeat("9", 1'000'000) + "\n}").find("is beyond the range of f64") !=
        std::string::npos);
  CHECK(hostile("cell c(" + repeat("n", 1'000'000) + "=1) { }") != "");
  CHECK(hostile("cell c() {\n  input x : f32[" + repeat("1+", 10'000) + "1]\n  output x\n}") ==
        "this expression is too long for a size");
  CHECK(hostile("cell c() {\n  input x : f32[1" + repeat(", 1", 100) + "]\n  output x\n}") ==
        "'x' would have 101 axes; at most 32 are possible");
  CHECK(hostile(std::string(17 << 20, ' ')).find("at most 16777216 are read") != std::string::npos);
  CHECK(hostile(std::string(1 << 20, '\0')) != "");
  CHECK(hostile("cell c() {\n  input x : f32[4096]\n" + repeat("  a = split(x, 4096)\n", 2000) + "}") != "");
}

TEST_CASE("errors: cells that multiply") {
  std::string text = "cell c0() {\n  input x : f32[1]\n  state h : f32[1]\n  next h = x\n  output x + h\n}\n";
  const auto twice = [&](int i) {
    text += fmt::format(
        "cell c{}() {{\n  input x : f32[1]\n  cell a = c{}()\n  cell b = c{}()\n  output a(b(x))\n}}\n", i,
        i - 1, i - 1);
  };
  for (int i = 1; i <= 14; ++i) twice(i);
  CHECK(complaints(text).find("the cell has become too large here") != std::string::npos);
  for (int i = 15; i <= 40; ++i) twice(i);
  CHECK(complaints(text).find("cells within cells go at most 16 deep") != std::string::npos);
}

TEST_CASE("errors: noise") {
  std::mt19937 random(1);
  const std::string pieces[] = {"cell ", "c",      "(",       ")",     "{",       "}", "[",   "]",
                                "\n",    "input ", "state ",  "next ", "output ", "x", "h",   " = ",
                                " : ",   "f32",    "[2]",     ", ",    "+",       "-", "**",  "@",
                                "not ",  " and ",  "1",       "2.5e3", ";",       "`", "#",   "split",
                                "sum",   "axis",   "option ", "true",  ".",       ":", "\xff"};
  for (int round = 0; round < 2000; ++round) {
    std::string text = round % 2 ? "cell c(n=2) {\n  input x : f32[n]\n  state h : f32[n]\n" : "";
    const auto count = random() % 60;
    for (unsigned i = 0; i < count; ++i) text += pieces[random() % std::size(pieces)];
    if (round % 4 == 1) text += "\n  next h = x\n  output x\n}";
    complaints(text);
    std::string bytes;
    for (unsigned i = 0; i < count; ++i) bytes += static_cast<char>(random());
    complaints(bytes);
  }
}

TEST_CASE("text: long files are read") {
  std::string text = "cell c() {\n  input x : f32[2]\n  y0 = x\n";
  for (int i = 1; i <= 10'000; ++i) text += fmt::format("  y{} = tanh(y{} + {})\n", i, i - 1, i);
  const Parsed parsed = parse_cell(text + "  output y10000\n}\n");
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence);
  CHECK(parsed.step().size() == 30'001);
  CHECK(
      parse_cell("cell c() {\n  input x : f32[2]\n  output x" + repeat(" + x", 100'000) + "\n}").recurrence);
}

}  // namespace rondo
