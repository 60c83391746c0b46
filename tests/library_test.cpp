// The C++ interface: cells by operators, kernels, calls and streams, and what goes wrong.
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <random>
#include <rondo/rondo.hpp>
#include <sstream>
#include <thread>

#include "frontend/text/functions.h"

using Catch::Matchers::Contains;

namespace {

constexpr int64_t features = 3, units = 5;

rondo::Cell gru_by_operators() {
  rondo::Builder b("gru");
  const rondo::Value x = b.input("x", {features});
  rondo::State h = b.state("h", {units});
  const rondo::Value W = b.weight("W", {features, 3 * units});
  const rondo::Value U = b.weight("U", {units, 3 * units});
  const rondo::Value bias = b.weight("b", {2, 3 * units});
  const auto [xz, xr, xn] = split<3>(matmul(x, W) + bias[0]);
  const auto [hz, hr, hn] = split<3>(matmul(h, U) + bias[1]);
  const rondo::Value z = sigmoid(xz + hz), r = sigmoid(xr + hr), n = tanh(xn + r * hn);
  b.output(h.next(z * h + (1 - z) * n));
  return b.cell();
}

const char* const gru_as_text = R"(
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
)";

std::vector<float> numbers(size_t count) {
  static std::mt19937 random(7);
  std::normal_distribution<float> normal(0, 0.5F);
  std::vector<float> result(count);
  for (float& number : result) number = normal(random);
  return result;
}

struct Gru {
  std::vector<float> W = numbers(3 * features * units), U = numbers(3 * units * units),
                     b = numbers(6 * units);
  rondo::Model model;
  explicit Gru(const rondo::Cell& cell) : model(rondo::compile(cell), {W.data(), U.data(), b.data()}) {}
};

// All messages of what `work` throws.
template <class Work>
std::string thrown_by(Work&& work) {
  try {
    work();
  } catch (const rondo::Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("a cell by operators is the cell of the text", "[library]") {
  const rondo::Cell cell = gru_by_operators();
  CHECK(cell.name() == "gru");
  CHECK(cell.leaves(rondo::LeafKind::Weight)[2].extents == std::vector<int64_t>{2, 15});
  const rondo::Cell parsed =
      rondo::Program("gru.rondo", gru_as_text).cell({{"features", features}, {"units", units}});
  Gru built(cell);
  const rondo::Model from_text(rondo::compile(parsed), {built.W.data(), built.U.data(), built.b.data()});
  const std::vector<float> x = numbers(8 * features);
  std::vector<float> y(8 * units), z(8 * units, 1);
  const auto run = [&](const rondo::Model& model, std::vector<float>& out) {
    model.run({.batch = 2,
               .time = 4,
               .inputs = {rondo::batch_major(x.data(), 4, features)},
               .outputs = {rondo::batch_major(out.data(), 4, units)}});
  };
  run(built.model, y);
  run(from_text, z);
  CHECK(y == z);
}

TEST_CASE("a cell's text is read back as the same cell", "[library]") {
  CHECK_THAT(gru_by_operators().with({.math = rondo::Math::Fast}).text(),
             Contains("tanh_fast(") && Contains("sigmoid_fast("));
  const std::string text = gru_by_operators().with({.go_backwards = true}).text();
  CHECK(rondo::Program("again", text).cell().text() == text);
  CHECK_THAT(text, Contains("option go_backwards = true"));
}

TEST_CASE("the header has every function of the language", "[library]") {
  const std::string header = text_of(RONDO_SOURCE_DIR "/include/rondo/builder.hpp");
  // `bool` is a word of C++, and slices have a method.
  const std::map<std::string_view, std::string> others = {{"bool", "boolean"}, {"slice", "slice"}};
  for (const rondo::text::Function& function : rondo::text::functions()) {
    const auto other = others.find(function.name);
    const std::string name = other == others.end() ? std::string(function.name) : other->second;
    INFO(name);
    CHECK((header.find(" " + name + "(") != std::string::npos ||
           header.find("(" + name + ")\n") != std::string::npos));
  }
}

TEST_CASE("strides, states and masks of a call are the caller's", "[library]") {
  const rondo::Cell cell = gru_by_operators().with({.masking = rondo::Masking::Mask});
  const Gru gru(cell);
  const std::vector<float> x = numbers(6 * features), h = numbers(2 * units);
  const std::vector<uint8_t> mask = {1, 1, 0, 1, 0, 0};  // (time, batch)
  std::vector<float> y(6 * units), last(2 * units), final(2 * units);
  gru.model.run({.batch = 2,
                 .time = 3,
                 .inputs = {rondo::time_major(x.data(), 2, features)},
                 .initial_states = {rondo::rows(h.data(), units)},
                 .mask = rondo::time_major(mask.data(), 2, 1),
                 .outputs = {rondo::time_major(y.data(), 2, units)},
                 .last_outputs = {rondo::rows(last.data(), units)},
                 .final_states = {rondo::rows(final.data(), units)}});
  // Sample 0 keeps the first step alone, so it repeats that.
  for (size_t i = 0; i < units; ++i) {
    CHECK(y[i] == y[2 * units + i]);
    CHECK(y[i] == final[i]);
    CHECK(y[4 * units + i] == last[i]);
    CHECK(y[units + i] != y[3 * units + i]);
  }
}

TEST_CASE("threads change no bit", "[library]") {
  const Gru gru(gru_by_operators());
  const std::vector<float> x = numbers(333 * features);
  std::vector<std::vector<float>> y(3, std::vector<float>(333 * units));
  for (size_t i = 0; i < y.size(); ++i)
    gru.model.run({.batch = 37,
                   .time = 9,
                   .inputs = {rondo::batch_major(x.data(), 9, features)},
                   .outputs = {rondo::batch_major(y[i].data(), 9, units)},
                   .threads = static_cast<int>(i) + 1});
  CHECK(y[0] == y[1]);
  CHECK(y[0] == y[2]);
}

TEST_CASE("a bound call runs again over new values", "[library]") {
  const Gru gru(gru_by_operators());
  std::vector<float> x = numbers(features), y(units);
  rondo::Call call = gru.model.call({.time = 1,
                                     .inputs = {rondo::batch_major(x.data(), 1, features)},
                                     .outputs = {rondo::batch_major(y.data(), 1, units)}});
  call.run();
  const std::vector<float> first = y;
  const float before = std::exchange(x[0], 1);
  call.run();
  CHECK(y != first);
  x[0] = before;
  call.run();
  CHECK(y == first);
}

TEST_CASE("streams keep their state, and are copied, saved and set back", "[library]") {
  const Gru gru(gru_by_operators());
  const std::vector<float> x = numbers(6 * features);
  std::vector<float> y(units), again(units);
  rondo::Stream stream(gru.model);
  const auto run = [&](rondo::Stream& s, std::vector<float>& out) {
    for (size_t t = 3; t < 6; ++t) s.step(x.data() + t * features, out.data());
  };
  for (size_t t = 0; t < 3; ++t) stream.step(x.data() + t * features, y.data());
  const std::vector<std::byte> saved = stream.snapshot();
  rondo::Stream copy = stream.clone();
  run(stream, y);
  run(copy, again);
  CHECK(y == again);
  REQUIRE(stream.restore(saved));
  run(stream, again);
  CHECK(y == again);
  std::vector<float> block(3 * units);
  REQUIRE(stream.restore(saved));
  stream.block(3, rondo::batch_major(x.data() + 3 * features, 3, features),
               rondo::batch_major(block.data(), 3, units));
  CHECK(std::equal(y.begin(), y.end(), block.begin() + 2 * units));
  stream.reset();
  CHECK(static_cast<const float*>(stream.state(0))[0] == 0);
  CHECK(stream.state(1) == nullptr);
  CHECK_FALSE(stream.reset(1));
  CHECK_FALSE(stream.restore(std::span(saved).first(7)));
}

TEST_CASE("mistakes in a cell are thrown with the place of the call", "[library]") {
  rondo::Builder b("wrong");
  const rondo::Value x = b.input("x", {3});
  rondo::State h = b.state("h", {4});
  const int line = __LINE__ + 1;
  h.next(tanh(x + h));
  b.output(softmax(x, 7));
  try {
    b.cell();
    FAIL("a cell of shapes that do not fit");
  } catch (const rondo::Error& error) {
    REQUIRE(error.messages().size() >= 2);
    CHECK(error.messages()[0].severity == rondo::Severity::Error);
    CHECK_THAT(error.messages()[0].source, Contains("library_test.cpp"));
    CHECK(error.messages()[0].line == line);
    CHECK_THAT(error.messages()[0].text, Contains("[3] and [4]"));
    CHECK_THAT(error.what(), Contains("library_test.cpp:" + std::to_string(line)));
  }
}

TEST_CASE("values of another builder are mistakes", "[library]") {
  rondo::Builder b("one"), other("other");
  const rondo::Value x = b.input("x", {3}), theirs = other.input("y", {3});
  const int line = __LINE__ + 1;
  b.output("sum", x + theirs);
  b.output("theirs", theirs);
  b.output("pair", rondo::concatenate({theirs, x}));
  try {
    b.cell();
    FAIL("a cell out of two builders");
  } catch (const rondo::Error& error) {
    REQUIRE(error.messages().size() == 3);
    CHECK(error.messages()[0].line == line);
    CHECK_THAT(error.messages()[0].text, Contains("this builder did not make"));
  }
}

TEST_CASE("numbers of any type are values", "[library]") {
  enum { three = 3 };
  rondo::Builder b("numbers");
  const rondo::Value x = b.input("x", {3});
  b.output(x / size_t{3} + 2U * x - 1LL + short{4} * x + 0.5F * x + x * three + 1);
  CHECK_THAT(b.cell().text(), Contains("x / 3 + 2 * x - 1 + 4 * x + 0.5 * x + x * 3 + 1"));
}

TEST_CASE("what is wrong is thrown, and says what to do", "[library]") {
  const auto parse = [](const char* text) { return rondo::Program("cell.rondo", text).cell(); };
  CHECK_THAT(thrown_by([&] { parse("cell c() { input x : f32[2]; output tahn(x) }"); }),
             Contains("cell.rondo:1") && Contains("did you mean 'tanh'"));
  CHECK_THAT(thrown_by([] { rondo::abs(rondo::Value(-1)); }), Contains("numbers alone"));
  const Gru gru(gru_by_operators());
  std::vector<float> x(features), y(units);
  CHECK_THAT(thrown_by([&] {
               gru.model.run({.batch = 1,
                              .inputs = {rondo::batch_major(x.data(), 1, features)},
                              .outputs = {rondo::batch_major(y.data(), 1, units)}});
             }),
             Contains("0 steps or more; found 1 and -1"));
  CHECK_THAT(thrown_by([&] { rondo::Stream(gru.model, 0); }), Contains("1 sample or more; found 0"));
  CHECK_THAT(
      thrown_by([&] { rondo::Model(rondo::compile(gru_by_operators()), {x.data(), nullptr, x.data()}); }),
      Contains("'U' is null"));
  CHECK_THAT(thrown_by([&] { gru_by_operators().with({.input_length = -5}); }), Contains("input_length"));
  CHECK_THAT(thrown_by([&] { rondo::compile(gru_by_operators(), {.cpu = "abacus"}); }), Contains("abacus"));
  CHECK_THAT(thrown_by([&] { rondo::Model::load(rondo::compile(gru_by_operators()), "nowhere.npz"); }),
             Contains("nowhere.npz"));
}

TEST_CASE("many threads compile and run at once", "[library]") {
  const rondo::Cell cell = gru_by_operators();
  const Gru shared(cell);
  const std::vector<float> x = numbers(8 * features);
  std::vector<float> wanted(8 * units);
  shared.model.run({.time = 8,
                    .inputs = {rondo::batch_major(x.data(), 8, features)},
                    .outputs = {rondo::batch_major(wanted.data(), 8, units)}});
  std::vector<int> equal(8);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < equal.size(); ++i)
    threads.emplace_back([&, i] {
      const rondo::Model own(rondo::compile(cell), {shared.W.data(), shared.U.data(), shared.b.data()});
      const rondo::Model& model = i % 2 ? own : shared.model;
      std::vector<float> y(8 * units);
      rondo::Stream stream(model);
      for (size_t t = 0; t < 8; ++t) stream.step(x.data() + t * features, y.data() + t * units);
      equal[i] = y == wanted;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(equal == std::vector<int>(8, 1));
}

TEST_CASE("the version of the header is that of the library", "[library]") {
  CHECK(rondo::version() == std::to_string(RONDO_VERSION_MAJOR) + "." + std::to_string(RONDO_VERSION_MINOR) +
                                "." + std::to_string(RONDO_VERSION_PATCH));
}

TEST_CASE("lists that are too short are refused, as nothing else would stop at their end", "[library]") {
  const Gru gru(gru_by_operators());
  std::vector<float> x(features), y(units);
  CHECK_THAT(thrown_by([&] { rondo::Model(rondo::compile(gru_by_operators()), {x.data()}); }),
             Contains("weights: the cell has 3, and 1 are given"));
  CHECK_THAT(thrown_by([&] { gru.model.run({.time = 1}); }),
             Contains("inputs: the cell has 1, and 0 are given"));
  CHECK_THAT(thrown_by([&] { rondo::Stream(gru.model, 1, {.constants = {x.data()}}); }),
             Contains("constants: the cell has 0, and 1 are given"));
  rondo::Stream stream(gru.model);
  CHECK_FALSE(stream.step(std::span<const void* const>(), std::span<void* const>()));
  CHECK(stream.step(x.data(), y.data()));
}
