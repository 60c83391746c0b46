// What the command line says to hostile input, and to what is no mistake. What it says to single mistakes
// stands in tests/errors.
#include <catch2/catch.hpp>

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
                        const ir::Dims& dims) {
  ir::Diagnostics diagnostics;
  REQUIRE(data::write_npy(scratch.path(name), ir::Tensor(dtype, dims), diagnostics));
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

TEST_CASE("Weights that a cell has no use for are no mistake, but told", "[cli]") {
  const test::Scratch scratch;
  const std::string cell = scratch.write("cell.rondo", gather);
  const std::string x = write_array(scratch, "x.npy", ir::DType::F32, {2, 3, 2});
  const test::Outcome spare = test::run_rondo(
      {"run", cell, "--input", x, "--weights", write_weights(scratch, "spare.npz", {"w", "v", "u"})});
  CHECK(spare.status == 0);
  CHECK_THAT(spare.err, Contains("warning: ") && Contains("no use for u"));
}

TEST_CASE("Texts and files that are hostile are refused", "[cli]") {
  CHECK_THAT(explain(""), Contains("<stdin>"));
  CHECK_THAT(explain(std::string("cell c() {\0\xff\x01", 13)), Contains("this is no text"));
  CHECK_THAT(explain("cell c() {\xff\x01"), Contains("'\\xff\\x01' means nothing here"));
  const test::Scratch scratch;
  const std::string cell = scratch.write("cell.rondo", gather);
  const std::string whole = test::read_whole(write_array(scratch, "x.npy", ir::DType::F32, {2, 3, 2}));
  const std::string weights = write_weights(scratch, "weights.npz", {"w", "v"});
  std::string hostile = whole;
  hostile.replace(hostile.find("(2, 3, 2), }"), 12, "(9999999,)*9");
  for (const std::string& bytes : {whole.substr(0, 20), hostile})
    CHECK_THAT(complaint(1, {"run", cell, "--weights", weights, "--input", scratch.write("bad.npy", bytes)}),
               Contains("bad.npy"));
}

TEST_CASE("Hostile sizes are refused, not tried", "[cli]") {
  CHECK_THAT(explain(gather, {"--set", "features=9223372036854775807"}), Contains("error: "));
  CHECK_THAT(explain(gather, {"--set", "features=-3"}), Contains("error: "));
  CHECK_THAT(explain("cell c() {\n  input x : f32[2**62]\n  output x\n}\n"), Contains("error: "));
  CHECK_THAT(explain("cell c(n = 1/0) {\n  input x : f32[n]\n  output x\n}\n"), Contains("error: "));
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
