// What is wrong with a text is said where it is wrong, several mistakes at once, and no text brings the
// reader down.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <random>

#include "tests/parsing.h"

namespace rondo {

namespace {

// All errors, as "line:column: message" (and the notes with "note: "), one a line.
std::string complaints(const std::string& text, const std::map<std::string, int64_t>& settings = {},
                       const std::string& cell = "") {
  const Parsed parsed = parse_cell(text, settings, {}, cell);
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

// Of statements within a cell that is fine but for them; they begin in line 5, column 1.
std::string within(const std::string& statements) {
  return complaints("cell c(n=4) {\n  input x : f32[n]\n  state h : f32[n]\n  next h = x\n" + statements +
                    "\n  output x\n}\n");
}

std::string repeat(const std::string& part, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += part;
  return out;
}

}  // namespace

TEST_CASE("errors: names") {
  CHECK(within("y = x + hh") == "5:9: there is no 'hh' here\n");
  CHECK(within("speed = x\ny = sped + x") == "6:5: there is no 'sped' here; did you mean 'speed'?\n");
  CHECK(within("y = tanhh(x)") == "5:5: there is no function 'tanhh'; did you mean 'tanh'?\n");
  CHECK(within("y = frobnicate(x)") == "5:5: there is no function 'frobnicate'\n");
  CHECK(within("y = tanh") == "5:5: 'tanh' is a function; call it, as in tanh(...)\n");
  CHECK(within("y = h(x)") == "5:5: 'h' is no function\n");
  CHECK(within("y = z\nz = x") == "5:5: 'z' is used before it is bound, which is in line 6\n");
  CHECK(within("y = x\ny = h") == "6:1: 'y' is bound already; a name is bound once\n5:1: note: first here\n");
  CHECK(within("x = h") == "5:1: 'x' is declared already; a name is bound once\n2:9: note: first here\n");
  CHECK(within("n = h") == "5:1: 'n' is a parameter already; a name is bound once\n1:8: note: first here\n");
  CHECK(within("weight h : f32[]") ==
        "5:8: 'h' is a state already; a name is bound once\n3:9: note: first here\n");
  CHECK(within("h = x") ==
        "5:1: 'h' is a state; write 'next h = ...' for its next value\n3:9: note: first here\n");
  CHECK(within("nan = x") == "5:1: 'nan' is a word of the language and cannot name a value\n");
  CHECK(within("weight pi : f32[]") ==
        "5:8: expected the name of the weight, found 'pi', which is a word of the language\n");
}

TEST_CASE("errors: states and outputs") {
  CHECK(within("next q = x") == "5:6: there is no state 'q'\n");
  CHECK(within("next x = x") == "5:6: there is no state 'x'\n");
  CHECK(within("next h = x") == "5:6: state 'h' is given its next value twice\n");
  CHECK(within("y = next hh") == "5:5: there is no state 'hh'\n");
  CHECK(within("output x") == "6:3: a cell with several outputs names each, as in 'output mean = ...'\n");
  CHECK(within("output = x") == "5:8: write 'output x', or 'output name = x' where there are several\n");
  CHECK(within("output x, h") ==
        "5:9: several outputs are named and stand on their own, as in 'output mean = ...'\n");
  CHECK(complaints("cell c() {\n  input x : f32[2]\n  state h : f32[2]\n  next h = next h\n  output x\n}") ==
        "4:12: 'next h' is used before it is given a value\n");
  CHECK(complaints("cell c() {\n  input x : f32[2]\n  state h : f32[2]\n  output x\n}") ==
        "3:9: state 'h' has no next value; write 'next h = ...'\n");
  CHECK(complaints("cell c() {\n  input x : f32[2]\n  state h : f32[3]\n  next h = x\n  output x\n}") ==
        "4:12: state 'h' is f32[3], but its next value is f32[2]: a state keeps its shape and its type\n");
  CHECK(complaints("cell c() {\n  input x : f32[2]\n}") ==
        "1:6: cell 'c' has no output; write 'output ...'\n");
  CHECK(complaints("cell c() {\n  output 1\n}") ==
        "1:6: cell 'c' has no input: batch and time are read from one\n");
}

TEST_CASE("errors: shapes and types point at the expression") {
  CHECK(within("y = 1 + (x + x[0:3])") == "5:10: shapes [4] and [3] do not broadcast together in '+'\n");
  CHECK(within("y = x @ x[0:2]") ==
        "5:5: cannot multiply f32[4] @ f32[2]: axis 0 of the left side has 4 elements, axis 0 of the right "
        "side 2\n");
  CHECK(within("y = x + f64(x)") ==
        "5:5: '+' takes two operands of one element type, found f32[4] and f64[4]; cast one, as in f32(x)\n");
  CHECK(within("y = x[7]") == "5:5: index 7 is outside axis 0 of f32[4]\n");
  CHECK(within("y = x[1, 2]") == "5:5: 2 indices for f32[4]\n");
  CHECK(within("y = x[::0]") == "5:5: a slice cannot have the step 0\n");
  CHECK(within("y = x[1.5]") == "5:7: an index must be a whole number that is known beforehand\n");
  CHECK(within("y = x[i32(h)]") ==
        "5:7: an index must be a whole number that is known beforehand, found i32[4]\n"
        "note: elements at computed positions: take(x, index, axis=0)\n");
  CHECK(within("y = reshape(x, [3])") == "5:5: cannot reshape f32[4] (4 elements) to [3]\n");
  CHECK(within("y = not x") == "5:5: 'not' takes booleans, but its operand is f32[4]\n");
  CHECK(within("y = reshape(x, [2, 2" + repeat(", 1", 40) + "])") ==
        "5:5: the result of 'reshape' would have 42 axes; at most 32 are possible\n");
}

TEST_CASE("errors: calls") {
  CHECK(within("y = sum(x, axes=1)") ==
        "5:12: 'sum' has no argument 'axes'; it is sum(x, axis=-1, keepdims=false)\n");
  CHECK(within("y = clip(x, 0)") == "5:5: argument 'high' is missing; it is clip(x, low, high)\n");
  CHECK(within("y = tanh(x, h)") == "5:13: too many arguments; it is tanh(x)\n");
  CHECK(within("y = sum(x, 0, axis=0)") == "5:15: argument 'axis' is given twice\n");
  CHECK(within("y = sum(axis=0, x)") ==
        "5:17: an argument without a keyword cannot follow one with a keyword\n");
  CHECK(within("y = softmax(x, axis=[0])") ==
        "5:21: argument 'axis' of 'softmax' is one number, not a list\n");
  CHECK(within("y = transpose(x, 0)") == "5:18: argument 'axes' of 'transpose' is a list, as in [0, 1]\n");
  CHECK(within("y = sum(x, keepdims=1)") == "5:21: argument 'keepdims' of 'sum' is true or false\n");
  CHECK(within("y = elu(x, h)") == "5:12: argument 'alpha' of 'elu' is a number, not a tensor\n");
  CHECK(within("y = sum(x, axis=[])") ==
        "5:5: 'sum' over no axis; leave 'axis' out for the last, or name all\n");
  CHECK(within("y = concatenate()") ==
        "5:5: argument 'parts' is missing; it is concatenate(a, b, ..., axis=0)\n");
  CHECK(within("y = [x, h]") ==
        "5:5: a list is no value; 'stack' and 'concatenate' make tensors of several\n");
  CHECK(within("y = tanh([x])") == "5:10: expected one value, found a list\n");
  CHECK(within("y = split(x, 2)") == "5:5: 'y' would be 2 values; bind each to a name, as in 'a, b = ...'\n");
  CHECK(within("a, b, c = split(x, 2)") == "5:11: 3 names on the left, but 2 values on the right\n");
  CHECK(within("a, b = x") == "5:8: 2 names on the left, but 1 value on the right\n");
  CHECK(within("y = split(x, 2) + 1") == "5:5: expected one value, found 2 values\n");
  CHECK(within("y = split(x, 3)") == "5:5: cannot split f32[4] into 3 equal parts along axis -1\n");
}

TEST_CASE("errors: syntax") {
  CHECK(within("y = x < h < x") == "5:11: comparisons cannot be chained; write a < b and b < c\n");
  CHECK(within("y = x + not h") == "5:9: put 'not ...' in parentheses here\n");
  CHECK(within("y = x h") == "5:7: expected the end of the statement, found 'h'\n");
  CHECK(within("y = (x") == "6:3: expected ')' for the '(' of line 5, found 'output'\n");
  CHECK(within("y = tanh(x") == "6:3: expected ',' or ')' (for the '(' of line 5), found 'output'\n");
  CHECK(within("y = x[1") == "6:3: expected ']' for the '[' of line 5, found 'output'\n");
  CHECK(within("y = x[]") == "5:7: expected an index, found ']'\n");
  CHECK(within("y = )") == "5:5: expected a value, found ')'\n");
  CHECK(within("y") == "6:3: expected '=' and a value for 'y', found 'output'\n");
  CHECK(within("tanh(x)") == "5:1: the result is not used: bind it to a name, as in 'y = ...'\n");
  CHECK(within("q : f32[3]") ==
        "5:1: declare 'q' as input, state, constant or weight, as in 'input q : f32[4]'\n");
  CHECK(within("y = (x)(h)") == "5:8: expected an operator (only a name can be called), found '('\n");
  CHECK(within("y = x & h") == "5:7: '&' means nothing here; write 'a and b'\n");
  CHECK(within("y = 3x") == "5:5: '3x' is neither a number nor a name (names start with a letter)\n");
  CHECK(within("y = 1e999") == "5:5: the number '1e999' is beyond the range of f64\n");
  CHECK(within("y = `ab") == "5:5: a name in backquotes ends on its line with another backquote\n");
  CHECK(within("y = x + \xCE\xB1") ==
        "5:9: the byte 0xce means nothing here: outside comments, and names in backquotes, the language is "
        "ASCII\n");
  CHECK(complaints("cell c() {\n  input x : f32[1]\n  output x\n").substr(0, 44) ==
        "4:1: expected '}' to close the cell 'c' of l");
  CHECK(complaints(
            "cell c() {\n  input x : f32[1]\n  output x\ncell d() {\n  input x : f32[1]\n  output x\n}") ==
        "4:1: expected '}' to close the cell 'c' of line 1, found 'cell'\n");
  CHECK(complaints("cell c {\n  input x : f32[1]\n  output x\n}").empty());
  CHECK(complaints("cell c = {\n  input x : f32[1]\n  output x\n}").substr(0, 54) ==
        "1:8: expected '(' and the parameters of the cell, foun");
  CHECK(complaints("x = 1\ncell c() {\n  input x : f32[1]\n  output x\n}") ==
        "1:1: expected 'cell NAME(parameters) { ... }', found 'x'\n");
  CHECK(complaints("# nothing") == "there is no cell here; write 'cell NAME(parameters) { ... }'\n");
  CHECK(complaints("cell c() { input x : f32[1]; output x }\ncell c() { input x : f32[1]; output x }") ==
        "2:6: cell 'c' is defined twice\n1:6: note: first here\n");
}

TEST_CASE("errors: declarations, sizes and parameters") {
  CHECK(within("weight w : float32[3]") == "5:12: there is no element type 'float32'; write f32\n");
  CHECK(within("weight w : f16[3]") ==
        "5:12: there is no element type 'f16'; there are f32, f64, i32, i64 and bool\n");
  CHECK(within("weight w : f32").substr(0, 77) ==
        "6:3: expected '[' and the extents, as in f32[4], or f32[] for one number, fou");
  CHECK(within("weight w : f32[m]") == "5:16: there is no parameter 'm'\n");
  CHECK(within("weight w : f32[n - 5]") == "5:16: an extent cannot be negative, found -1\n");
  CHECK(within("weight w : f32[n / 3]") == "5:16: 4 / 3 is no whole number\n");
  CHECK(within("weight w : f32[1.5]") == "5:16: a size is a whole number, found 1.5\n");
  CHECK(within("weight w : f32[sum(x)]") ==
        "5:16: a size is made of whole numbers and parameters with + - * / **\n");
  CHECK(within("weight w : f32[9 ** 64]") == "5:16: this size is beyond 64 bits\n");
  CHECK(within("weight w : f32[3000000000]") ==
        "5:8: 'w' would have the shape [3000000000]: extents must not be negative, and at most 2147483648 "
        "elements a "
        "sample are possible\n");
  const std::string cell = "cell c(n, units) {\n  input x : f32[n]\n  output x\n}";
  CHECK(complaints(cell) ==
        "1:8: the value of parameter 'n' is not known; give it, as in --set n=32\n"
        "1:11: the value of parameter 'units' is not known; give it, as in --set units=32\n");
  CHECK(complaints(cell, {{"unit", 3}}) ==
        "cell 'c' has no parameter 'unit'; it has n, units; did you mean 'units'?\n");
  CHECK(complaints(cell, {}, "d") == "there is no cell 'd'; the file has c\n");
  CHECK(complaints("cell c(n=m) {\n  input x : f32[n]\n  output x\n}").substr(0, 32) ==
        "1:10: there is no parameter 'm'\n");
}

TEST_CASE("errors: options") {
  CHECK(within("option foo = 3") == "5:8: there is no option 'foo'\n");
  CHECK(within("option go_backward = true") ==
        "5:8: there is no option 'go_backward'; did you mean 'go_backwards'?\n");
  CHECK(within("option mask = 1") == "5:15: option 'mask' is true or false\n");
  CHECK(within("option unroll = 4") == "5:17: option 'unroll' is auto, true or false\n");
  CHECK(within("option mask = true\noption mask = true") == "6:8: option 'mask' is set twice\n");
  CHECK(within("option time = x") == "5:15: there is no parameter 'x'\n");
}

TEST_CASE("errors: cells within cells") {
  const std::string inner =
      "cell a(n) {\n  input x : f32[n]\n  state h : f32[n]\n  next h = x\n  output x + h\n}\n";
  const auto outer = [&](const std::string& statements) {
    return complaints(inner + "cell c() {\n  input x : f32[2]\n" + statements + "\n}");
  };
  CHECK(outer("cell p = a(2)\noutput x") == "9:6: the cell 'p' is never run; write '... = p(x)'\n");
  CHECK(outer("cell p = a(2)\noutput p(x) + p(x)") ==
        "10:15: 'p' runs once a step; use another 'cell ... = a(...)' for a second run\n");
  CHECK(outer("cell p = a(3)\noutput p(x)") == "10:10: input 'x' of cell 'a' is f32[3], found f32[2]\n");
  CHECK(outer("cell p = a(2)\noutput p(x, x)") == "10:8: cell 'a' takes 1 input, found 2\n");
  CHECK(outer("cell p = a()\noutput p(x)") == "9:10: cell 'a' needs a value for its parameter 'n'\n");
  CHECK(outer("cell p = a(2, 3)\noutput p(x)") == "9:15: cell 'a' has 1 parameter, found 2\n");
  CHECK(outer("cell p = a(m=3)\noutput p(x)") == "9:12: cell 'a' has no parameter 'm'\n");
  CHECK(outer("cell p = b(3)\noutput p(x)") == "9:10: there is no cell 'b'\n");
  CHECK(outer("cell p = c()\noutput p(x)") ==
        "9:10: a cell can use the cells above it alone, and 'c' is not\n");
  CHECK(outer("output a(x)") == "9:8: 'a' is a cell; use it through 'cell part = a(...)', then part(x)\n");
  CHECK(outer("cell p = a(2)\ny = p(x)\nnext p.h = x\noutput y") ==
        "11:6: the cell within this one sets 'p.h' itself\n");
  CHECK(outer("cell p = a(2)\noutput p + p(x)") == "10:8: 'p' is a cell; run it, as in p(x)\n");
  CHECK(complaints("cell a() {\n  input x : f32[2]\n  output x[5]\n}\ncell b() {\n  input x : f32[2]\n"
                   "  cell p = a()\n  output p(x)\n}") ==
        "3:10: index 5 is outside axis 0 of f32[2]\n8:10: note: in the cell 'a' run here\n");
}

TEST_CASE("errors: several at once, and none that only follow from others") {
  CHECK(within("y = x[9]\nz = y + y * tanh(y)\na, b = split(y, 2)\nw = sum(x, axis=3) + b\nv = foo(z)") ==
        "5:5: index 9 is outside axis 0 of f32[4]\n8:5: 'sum' along axis 3, but there are 1 axes\n"
        "9:5: there is no function 'foo'\n");
  CHECK(within("y = (x +\n  h h,\n  x)\nz = x x\nw = 3 +") ==
        "6:5: expected ')' for the '(' of line 5, found 'h'\n8:7: expected the end of the statement, found "
        "'x'\n"
        "10:3: expected a value, found 'output'\n");
  CHECK(complaints("cell a() {\n  input x : f33[1]\n}\ncell b( {\n}\ncell c() {\n  x = = 1\n}\n") ==
        "2:13: there is no element type 'f33'; there are f32, f64, i32, i64 and bool\n"
        "4:9: expected the name of a parameter, or ')', found '{'\n7:7: expected a value, found '='\n");
}

TEST_CASE("errors: hostile texts are turned down, quickly and whole") {
  const auto hostile = [](const std::string& text) {
    const Parsed parsed = parse_cell(text);
    CHECK(parsed.diagnostics.has_errors());
    CHECK(parsed.diagnostics.all().size() <= 3 * ir::Diagnostics::limit);
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
