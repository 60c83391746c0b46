// What the command line says to wrong input: exit status 1 and the reason; 2 where the command line itself is
// wrong.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "frontend/data/npy.h"
#include "frontend/data/npz.h"
#include "tests/run_program.h"

using namespace rondo;
using Catch::Contains;
using Words = std::vector<std::string>;

namespace {

const std::string gather = R"(cell gather(features) {
  input  x : f32[features]
  state  s : f32[features]
  weight w : f32[features]
  weight v : f32[features]
  next s = s + w * x + v
  output next s
}
)";

std::string write_array(const test::Scratch& scratch, const std::string& name, ir::DType dtype,
                        ir::Dims dims) {
  ir::Diagnostics diagnostics;
  REQUIRE(data::write_npy(scratch.path(name), ir::Tensor(dtype, std::move(dims)), diagnostics));
  return scratch.path(name);
}

std::string write_weights(const test::Scratch& scratch, const std::string& file, const Words& names) {
  std::map<std::string, ir::Tensor> arrays;
  for (const std::string& name : names) arrays.emplace(name, ir::Tensor(ir::DType::F32, {2}));
  ir::Diagnostics diagnostics;
  REQUIRE(data::write_npz(scratch.path(file), arrays, data::Compression::Stored, diagnostics));
  return scratch.path(file);
}

// Standard error of a run that must end with `status`, and must not have reported anything.
std::string complaint(int status, const Words& words, const std::string& input = "") {
  const test::Outcome outcome = test::run_rondo(words, input);
  INFO(outcome.err);
  CHECK(outcome.status == status);
  CHECK(outcome.out.empty());
  return outcome.err;
}

std::string explain(const std::string& text, const Words& more = {}) {
  Words words = {"explain", "-"};
  words.insert(words.end(), more.begin(), more.end());
  return complaint(1, words, text);
}

}  // namespace

TEST_CASE("Mistakes in a cell are shown where they are", "[cli]") {
  CHECK_THAT(explain("cell c() {\n  input x : f32[2\n}\n"), Contains("<stdin>:3:1") && Contains("expected "));
  CHECK_THAT(explain("cell c() {\n  input x : f32[2]\n  output x + yy\n}\n"),
             Contains("<stdin>:3:14") && Contains("yy"));
  CHECK_THAT(explain("cell c() {\n  input x : f32[2]\n  weight w : f32[3]\n  output x + w\n}\n"),
             Contains("<stdin>:4:10") && Contains("[2]") && Contains("[3]"));
  CHECK_THAT(explain("cell c() {\n  input x : f32[2]\n  weight w : f64[2]\n  output x + w\n}\n"),
             Contains("f32[2]") && Contains("f64[2]"));
  CHECK_THAT(explain(gather), Contains("features") && Contains("--set features=32"));
  CHECK_THAT(explain(gather, {"--set", "feature=2"}), Contains("feature") && Contains("did you mean"));
  CHECK_THAT(explain(gather, {"--cell", "gathre"}), Contains("there is no cell 'gathre'"));
  CHECK_THAT(explain(""), Contains("<stdin>"));
  CHECK_THAT(explain(std::string("cell c() {\0\xff\x01", 13)), Contains("error: "));
}

TEST_CASE("What the reference calls a ValueError is an error", "[cli]") {
  CHECK_THAT(explain(gather, {"--set", "features=2", "--unroll", "true"}),
             Contains("'unroll=true' needs a fixed number"));
  CHECK_THAT(explain(gather, {"--set", "features=2", "--time", "0"}), Contains("0 time steps"));
  CHECK_THAT(explain("cell c() {\n  input x : f32[2]\n  output x\n}\n", {"--masking", "mask"}),
             Contains("has no state"));
  CHECK_THAT(explain("cell c() {\n  input x : f32[]\n  output x\n}\n"), Contains("has no feature axis"));
}

TEST_CASE("Arrays that do not fit are named, with both shapes", "[cli]") {
  const test::Scratch scratch;
  const std::string cell = scratch.write("cell.rondo", gather);
  const std::string x = write_array(scratch, "x.npy", ir::DType::F32, {2, 3, 2});
  const std::string weights = write_weights(scratch, "weights.npz", {"w", "v"});
  const Words start = {"run", cell, "--weights", weights};
  const auto run = [&](Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return complaint(1, words);
  };

  const std::string wide = write_array(scratch, "wide.npy", ir::DType::F32, {2, 3, 5});
  CHECK_THAT(run(start, {"--set", "features=2", "--input", wide}),
             Contains("input 'x' should be f32 (B=2, T=3, 2), but the array given is f32 (2, 3, 5)"));
  CHECK_THAT(run(start, {"--input", x, "--state", wide}),
             Contains("state 's' should be") && Contains("(2, 3, 5)"));
  CHECK_THAT(run(start, {"--input", x, "--mask", wide}), Contains("mask") && Contains("(2, 3, 5)"));
  CHECK_THAT(run(start, {"--input", x, "--input-length", wide}), Contains("integers of shape (B=2)"));
  CHECK_THAT(run(start, {"--input", x, "--truth", wide}), Contains("[2, 3, 2]") && Contains("[2, 3, 5]"));
  CHECK_THAT(run(start, {"--input", x, "--test-from", "3"}), Contains("behind the last of 3 steps"));
  const std::string flat = write_array(scratch, "flat.npy", ir::DType::F32, {4});
  CHECK_THAT(run(start, {"--input", flat}), Contains("(4)"));
}

TEST_CASE("Names of arrays that are missing or not known are told, with those that are", "[cli]") {
  const test::Scratch scratch;
  const std::string cell = scratch.write("cell.rondo", gather);
  const std::string x = write_array(scratch, "x.npy", ir::DType::F32, {2, 3, 2});
  const std::string weights = write_weights(scratch, "weights.npz", {"w", "v"});

  CHECK_THAT(complaint(1, {"run", cell}), Contains("--input x=FILE.npy") && Contains("weights (w, v)"));
  CHECK_THAT(complaint(1, {"run", cell, "--weights", weights, "--input", "y=" + x}),
             Contains("no input 'y'; it has x"));
  const std::string other = write_weights(scratch, "other.npz", {"w", "bias"});
  CHECK_THAT(complaint(1, {"run", cell, "--weights", other, "--input", x}),
             Contains("no array for the weight v") && Contains("the file has bias, w; the cell wants w, v"));
  const test::Outcome spare = test::run_rondo(
      {"run", cell, "--input", x, "--weights", write_weights(scratch, "spare.npz", {"w", "v", "u"})});
  CHECK(spare.status == 0);
  CHECK_THAT(spare.err, Contains("warning: ") && Contains("no use for u"));
}

TEST_CASE("Floats never become integers, nor large integers small ones", "[cli]") {
  const test::Scratch scratch;
  const std::string cell =
      scratch.write("count.rondo", "cell count() {\n  input x : i32[1]\n  output x\n}\n");
  const std::string floats = write_array(scratch, "f.npy", ir::DType::F32, {1, 2, 1});
  CHECK_THAT(complaint(1, {"run", cell, "--input", floats}),
             Contains("input 'x' should be i32, but the array given is f32"));
  ir::Diagnostics diagnostics;
  ir::Tensor large(ir::DType::I64, {1, 1, 1});
  large.as<int64_t>()[0] = int64_t{1} << 40;
  REQUIRE(data::write_npy(scratch.path("large.npy"), large, diagnostics));
  CHECK_THAT(complaint(1, {"run", cell, "--input", scratch.path("large.npy")}), Contains("1099511627776"));
}

TEST_CASE("Files that are missing, damaged or of another kind", "[cli]") {
  const test::Scratch scratch;
  const std::string cell = scratch.write("cell.rondo", gather);
  const std::string x = write_array(scratch, "x.npy", ir::DType::F32, {2, 3, 2});
  const std::string weights = write_weights(scratch, "weights.npz", {"w", "v"});
  const std::string nowhere = scratch.path("nowhere.npy");
  const auto with_input = [&](const std::string& path) {
    return complaint(1, {"run", cell, "--weights", weights, "--input", path});
  };

  CHECK_THAT(complaint(1, {"run", scratch.path("nowhere.rondo")}),
             Contains("nowhere.rondo") && Contains("No such file"));
  CHECK_THAT(complaint(1, {"run", scratch.path("")}), Contains("cannot read"));
  CHECK_THAT(with_input(nowhere), Contains("nowhere.npy"));
  const std::string whole = test::read_whole(x);
  CHECK_THAT(with_input(scratch.write("cut.npy", whole.substr(0, whole.size() - 5))), Contains("cut.npy"));
  CHECK_THAT(with_input(scratch.write("head.npy", whole.substr(0, 20))), Contains("head.npy"));
  CHECK_THAT(with_input(scratch.write("empty.npy", "")), Contains("empty.npy"));
  std::string hostile = whole;
  hostile.replace(hostile.find("(2, 3, 2), }"), 12, "(9999999,)*9");
  CHECK_THAT(with_input(scratch.write("hostile.npy", hostile)), Contains("hostile.npy"));
  CHECK_THAT(complaint(1, {"run", cell, "--weights", x, "--input", x}), Contains("x.npy"));
  CHECK_THAT(
      complaint(1, {"run", cell, "--weights", weights, "--input", x, "--out", scratch.path("no/out.npz")}),
      Contains("out.npz"));
}

TEST_CASE("Hostile sizes are refused, not tried", "[cli]") {
  CHECK_THAT(explain(gather, {"--set", "features=9223372036854775807"}), Contains("error: "));
  CHECK_THAT(explain(gather, {"--set", "features=-3"}), Contains("error: "));
  CHECK_THAT(explain("cell c() {\n  input x : f32[2**62]\n  output x\n}\n"), Contains("error: "));
  CHECK_THAT(explain("cell c(n = 1/0) {\n  input x : f32[n]\n  output x\n}\n"), Contains("error: "));
}

TEST_CASE("A wrong command line ends with 2", "[cli]") {
  const test::Scratch scratch;
  const std::string cell = scratch.write("cell.rondo", gather);
  CHECK_THAT(complaint(2, {}), Contains("Usage: rondo"));
  CHECK_THAT(complaint(2, {"fly"}), Contains("fly"));
  CHECK_THAT(complaint(2, {"run"}), Contains("FILE"));
  CHECK_THAT(complaint(2, {"explain"}), Contains("FILE"));
  CHECK_THAT(complaint(2, {"run", cell, "--no-such-option"}), Contains("--no-such-option"));
  const std::pair<Words, std::string> wrong[] = {
      {{"--set", "features"}, "NAME=NUMBER"},
      {{"--set", "features=two"}, "NAME=NUMBER"},
      {{"--set", "a=1", "--set", "a=2"}, "twice"},
      {{"--unroll", "sometimes"}, "auto, true, false"},
      {{"--unroll", "0"}, "1 to 64"},
      {{"--engine", "steam"}, "steam"},
      {{"--math", "fast"}, "no fast mode yet"},
      {{"--threads", "257"}, "256 threads are the most"},
      {{"--threads", "0"}, "at least one"},
      {{"--lanes", "3"}, "3"},
      {{"--plot", "chart.jpg"}, ".png or .svg"},
      {{"--disable-pass", "lower"}, "cannot be left out"},
      {{"--disable-pass", "hurry"}, "there is no pass"},
      {{"--stop-after", "hurry"}, "there is no pass"},
      {{"--input-length", "-1"}, "negative"},
      {{"--input", "a.npy", "--input", "b.npy"}, "NAME=FILE"},
  };
  for (const auto& [words, message] : wrong) {
    Words all = {"run", cell};
    all.insert(all.end(), words.begin(), words.end());
    CHECK_THAT(complaint(2, all), Contains(message));
  }
  CHECK_THAT(complaint(1, {"run", cell, "--set", "features=1", "--cpu", "abacus"}), Contains("--input"));
  CHECK_THAT(explain(gather, {"--set", "features=1", "--cpu", "abacus"}), Contains("abacus"));
}

TEST_CASE("A default is a value: check does not make up another", "[cli]") {
  const test::Scratch scratch;
  const std::string path =
      scratch.write("cell.rondo",
                    "cell a(n=3) {\n input x : f32[n]\n state h : f32[2]\n next h = h + x\n "
                    "output h\n}\n");
  const test::Outcome outcome = test::run_rondo({"check", path});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("shapes [2] and [3] do not broadcast"));
}

TEST_CASE("Output that cannot be written is an error", "[cli]") {
  const test::Scratch scratch;
  const std::string path = scratch.write("cell.rondo", gather);
  const std::string command = std::string(RONDO_PROGRAM) + " check " + path + " > /dev/full 2> /dev/null";
  const int status = std::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 1);
}
