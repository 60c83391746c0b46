// The corpus of mistakes in programs with the library (tests/errors/README.md): each wrong call with the
// whole message that it must give, less the place in this file.
#include <catch2/catch.hpp>
#include <functional>
#include <rondo/rondo.hpp>

namespace {

const char* const text = R"(cell smoother(n) {
  input  x : f32[n]
  state  m : f32[n]
  weight rate : f32[n]
  next m = m + rate * (x - m)
  output next m
}
)";

struct Mistake {
  const char* title;
  std::function<void()> call;
  std::string message;  // its first line
};

// What is thrown: the first line, from "error: " on where there is a place ahead of it.
std::string said_by(const std::function<void()>& call) {
  try {
    call();
  } catch (const rondo::Error& error) {
    const std::string line = std::string(error.what()).substr(0, std::string(error.what()).find('\n'));
    const size_t place = line.find("error: ");
    return place == std::string::npos ? line : line.substr(place + 7);
  }
  return "nothing was thrown";
}

void check(const std::vector<Mistake>& mistakes) {
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.title);
    CHECK(said_by(mistake.call) == mistake.message);
  }
}

// The objects that the calls below go wrong with.
struct Desk {
  rondo::Program program{"smoother.rondo", text};
  rondo::Cell cell = program.cell({{"n", 2}});
  rondo::Kernel kernel = rondo::compile(cell);
  float rates[2] = {0.5F, 0.25F}, x[8] = {}, y[8] = {};
  rondo::Model model{kernel, {rates}};
  rondo::View in = rondo::batch_major(x, 2, 2), out = rondo::batch_major(y, 2, 2);

  rondo::Model as(const rondo::Options& options) const {
    return rondo::Model(rondo::compile(cell.with(options)), {rates});
  }
};

// A cell c with an input x of two elements and a state h, both in the hands of `make`.
std::function<void()> builds(const std::function<void(rondo::Builder&, rondo::Value, rondo::State&)>& make) {
  return [make] {
    rondo::Builder b("c");
    const rondo::Value x = b.input("x", {2});
    rondo::State h = b.state("h", {2});
    make(b, x, h);
    b.cell();
  };
}

}  // namespace

TEST_CASE("every wrong call for a cell is told what it must be told", "[errors][library]") {
  const Desk d;
  check({
      {"a text that is no cell", [] { rondo::Program("c", "output x"); },
       "expected 'cell NAME(parameters) { ... }', found 'output'"},
      {"a parameter that is not set", [&] { d.program.cell(); },
       "the value of parameter 'n' is not known; give it, as in --set n=32, or a default, as in cell "
       "smoother(n=32)"},
      {"a parameter that there is not", [&] { d.program.cell({{"m", 2}}); },
       "cell 'smoother' has no parameter 'm'; there is n"},
      {"a cell that is misspelt", [&] { d.program.cell({{"n", 2}}, "smother"); },
       "there is no cell 'smother'; did you mean 'smoother'?"},
      {"an unrolling of unknown length", [&] { d.cell.with({.unroll = rondo::Unroll::Always}); },
       "'unroll=true' needs a fixed number of time steps, and the number is not known; use 'unroll=auto'"},
      {"no steps, known beforehand", [&] { d.cell.with({.time = 0}); },
       "the recurrence would run over 0 time steps; at least 1 is needed"},
      {"a length below zero", [&] { d.cell.with({.input_length = -5}); },
       "option 'input_length' is 0 or more, or -1 to leave it, found -5"},
      {"a folder that there is not", [&] { rondo::emit(d.cell, "/nowhere/smoother"); },
       "/nowhere/smoother.o: cannot be written: No such file or directory"},
      {"a prefix that is no name in C", [&] { rondo::emit(d.cell, "/tmp/2much"); },
       "'/tmp/2much' gives no prefix for names in C; end it in a word that begins with a letter, as in "
       "build/lstm"},
      {"a machine that there is not", [&] { rondo::emit(d.cell, "/tmp/smoother", {.target = "abacus"}); },
       "no code can be made for 'abacus'; there are x86_64-linux-gnu, aarch64-linux-gnu, riscv64-linux-gnu, "
       "arm-linux-gnueabihf (ARMv7), others of these with ELF objects, and wasm32"},
  });
}

TEST_CASE("every wrong call of a builder is told what it must be told", "[errors][library]") {
  check({
      {"no output", builds([](auto&, auto x, auto& h) { h.next(x); }),
       "cell 'c' has no output; write 'output ...'"},
      {"no next value", builds([](auto& b, auto x, auto& h) { b.output(x + h); }),
       "state 'h' has no next value; write 'next h = ...'"},
      {"two next values", builds([](auto& b, auto x, auto& h) {
         h.next(x);
         h.next(x);
         b.output(x);
       }),
       "state 'h' is given its next value twice"},
      {"a next value of another shape", builds([](auto& b, auto x, auto& h) {
         h.next(x[0]);
         b.output(x);
       }),
       "state 'h' is f32[2], but its next value is f32[]: a state keeps its shape and its type"},
      {"two outputs without names", builds([](auto& b, auto x, auto& h) {
         b.output(h.next(x));
         b.output(x);
       }),
       "a cell with several outputs names each, as in 'output mean = ...'"},
      {"a name twice", builds([](auto& b, auto x, auto& h) { b.output(h.next(x + b.weight("x", {2}))); }),
       "'x' is declared twice"},
      {"a leaf without a name",
       builds([](auto& b, auto x, auto& h) { b.output(h.next(x + b.weight("", {2}))); }),
       "an input, a state, a constant or a weight needs a name that is not empty"},
      {"a name that no text can have",
       builds([](auto& b, auto x, auto& h) { b.output(h.next(x + b.weight("a`b", {2}))); }),
       "'a`b' is no name of an input, a state, a constant or a weight: it must have neither backquotes "
       "nor control characters in it"},
      {"a cell without a name",
       [] {
         rondo::Builder b("");
         b.output(b.input("x", {2}));
         b.cell();
       },
       "a cell needs a name that is not empty"},
      {"a sum that does not fit",
       builds([](auto& b, auto x, auto& h) { b.output(h.next(x + b.weight("w", {3}))); }),
       "shapes [2] and [3] do not broadcast together in '+': extents must be equal, or 1"},
      {"a product that does not fit",
       builds([](auto& b, auto x, auto& h) { b.output(h.next(matmul(x, b.weight("w", {3, 2})))); }),
       "cannot multiply f32[2] @ f32[3, 2]: axis 0 of the left side has 2 elements, axis 0 of the right side "
       "3"},
      {"an index outside", builds([](auto& b, auto x, auto& h) { b.output(h.next(x[5])); }),
       "index 5 is outside axis 0 of f32[2]"},
      {"an input without an axis",
       builds([](auto& b, auto x, auto& h) { b.output(h.next(x) + b.input("y", {})); }),
       "input 'y' has no feature axis: inputs are (batch, time, ...) with at least 3 axes; write f32[1] for "
       "one "
       "number a step"},
      {"an extent below zero",
       builds([](auto& b, auto x, auto& h) { b.output(h.next(x) + b.weight("w", {-2})); }),
       "'w' would have the shape [-2]: extents must not be negative, and at most 2147483648 elements a "
       "sample are "
       "possible"},
      {"an extent that no memory has",
       builds([](auto& b, auto x, auto& h) { b.output(h.next(x) + b.weight("w", {int64_t{1} << 40})); }),
       "'w' would have the shape [1099511627776]: extents must not be negative, and at most 2147483648 "
       "elements a "
       "sample are possible"},
      {"a value of another builder", builds([](auto& b, auto x, auto& h) {
         rondo::Builder other("other");
         b.output(h.next(x + other.input("y", {2})));
       }),
       "a value that this builder did not make"},
      {"a second cell", builds([](auto& b, auto x, auto& h) {
         b.output(h.next(x));
         b.cell();
       }),
       "this builder has been finished; a cell more takes another builder"},
      {"a function of numbers", [] { rondo::abs(rondo::Value(-1)); }, "'abs' of numbers alone"},
  });
}

TEST_CASE("every wrong call of a model is told what it must be told", "[errors][library]") {
  const Desk d;
  using rondo::Masking;
  check({
      {"no weights", [&] { rondo::Model(d.kernel, {}); }, "weights: the cell has 1, and 0 are given"},
      {"a weight that is null", [&] { rondo::Model(d.kernel, {nullptr}); }, "'rate' is null"},
      {"a file that there is not", [&] { rondo::Model::load(d.kernel, "/nowhere/w.npz"); },
       "/nowhere/w.npz: file not found"},
      {"no number of steps", [&] { d.model.run({.inputs = {d.in}, .outputs = {d.out}}); },
       "a call has 0 samples or more and 0 steps or more; found 1 and -1"},
      {"samples below zero",
       [&] { d.model.run({.batch = -1, .time = 2, .inputs = {d.in}, .outputs = {d.out}}); },
       "a call has 0 samples or more and 0 steps or more; found -1 and 2"},
      {"no inputs", [&] { d.model.run({.time = 2, .outputs = {d.out}}); },
       "inputs: the cell has 1, and 0 are given"},
      {"no outputs", [&] { d.model.run({.time = 2, .inputs = {d.in}}); },
       "outputs: the cell has 1, and 0 are given"},
      {"an input that is null",
       [&] { d.model.run({.time = 2, .inputs = {rondo::View{nullptr, 2, 2}}, .outputs = {d.out}}); },
       "'input x' is null"},
      {"a state too many",
       [&] {
         d.model.run({.time = 2, .inputs = {d.in}, .initial_states = {d.in, d.in}, .outputs = {d.out}});
       },
       "initial states: the cell has 1, and 2 are given"},
      {"too many threads",
       [&] { d.model.run({.time = 2, .inputs = {d.in}, .outputs = {d.out}, .threads = 5000}); },
       "a call has up to 1024 threads; found 5000"},
      {"samples that no memory has",
       [&] { d.model.run({.batch = int64_t{1} << 60, .time = 2, .inputs = {d.in}, .outputs = {d.out}}); },
       "arrays of 1152921504606846976 samples are larger than any memory"},
      {"another number of steps",
       [&] { d.as({.time = 3}).run({.time = 2, .inputs = {d.in}, .outputs = {d.out}}); },
       "the cell is fixed to 3 steps; found 2"},
      {"no mask",
       [&] { d.as({.masking = Masking::Mask}).run({.time = 2, .inputs = {d.in}, .outputs = {d.out}}); },
       "'mask' is null"},
      {"a stream of no samples", [&] { rondo::Stream(d.model, 0); },
       "a stream has 1 sample or more; found 0"},
      {"a stream that runs backwards", [&] { rondo::Stream(d.as({.go_backwards = true})); },
       "this recurrence cannot be run as a stream, which is cut anywhere and has no end: 'go_backwards' "
       "begins with "
       "the last step"},
      {"a stream with lengths", [&] { rondo::Stream(d.as({.masking = Masking::Lengths})); },
       "this recurrence cannot be run as a stream, which is cut anywhere and has no end: lengths count from "
       "the first "
       "step; give a mask"},
      {"a stream that no memory has", [&] { rondo::Stream(d.model, int64_t{1} << 50); },
       "not enough memory for the state of a stream of 18014398509482048 bytes"},
      {"a stream with a state too many", [&] { rondo::Stream(d.model, 1, {.states = {d.rates, d.rates}}); },
       "states: the cell has 1, and 2 are given"},
  });
}
