// `rondo explain`, `rondo check` and the help.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/run_program.h"

using namespace rondo;
using Catch::Contains;

namespace {

const std::string lstm = RONDO_SOURCE_DIR "/cells/lstm.rondo";
const std::vector<std::string> small = {"explain", lstm, "--set", "features=3", "--set", "units=8"};

test::Outcome explain(const std::vector<std::string>& more) {
  std::vector<std::string> words = small;
  words.insert(words.end(), more.begin(), more.end());
  return test::run_rondo(words);
}

}  // namespace

TEST_CASE("rondo explain tells decisions, time classes and loops", "[cli]") {
  const test::Outcome outcome = explain({});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK_THAT(outcome.out, Contains("What was decided") && Contains("lstm.rondo:1") &&
                              Contains("stays in the step") && Contains("loop program"));
  // A step of so many units is not short.
  const test::Outcome larger =
      test::run_rondo({"explain", lstm, "--set", "features=64", "--set", "units=128"});
  CHECK_THAT(larger.out, Contains("input-only") && Contains("before the loop"));
}

TEST_CASE("rondo explain shows the parts that are asked for", "[cli]") {
  CHECK_THAT(explain({"--graph"}).out, Contains("cell lstm") && !Contains("loop program"));
  CHECK_THAT(explain({"--loops", "--masking", "mask"}).out,
             Contains("masking mask") && !Contains("What was decided"));
  CHECK_THAT(explain({"--llvm"}).out, Contains("define "));
  CHECK_THAT(explain({"--asm", "--cpu", "x86-64-v3"}).out, Contains(".text") || Contains("ret"));
  CHECK_THAT(explain({"--stop-after", "classify"}).out, Contains("cell lstm"));
  CHECK_THAT(explain({"--dump-after", "simplify"}).out, Contains("# after simplify"));
  CHECK_THAT(explain({"--time", "3", "--unroll", "true", "--remarks"}).out, Contains("unroll"));
  CHECK_THAT(test::run_rondo({"explain", "--passes"}).out,
             Contains("vectorize") && Contains("cannot be left out"));
  CHECK(test::run_rondo({"explain", "--passes", "--loops"}).status == 2);
}

TEST_CASE("rondo explain --json is one JSON object", "[cli]") {
  const test::Outcome outcome = explain({"--json", "--passes", "--remarks", "--classes", "--loops"});
  REQUIRE(outcome.status == 0);
  const auto json = nlohmann::json::parse(outcome.out);
  CHECK(json["cell"] == "lstm");
  CHECK(json["passes"].size() > 5);
  CHECK(json["remarks"].size() > 3);
  CHECK(json["nodes"][0].contains("time_class"));
}

TEST_CASE("rondo check finds sizes to try", "[cli]") {
  const test::Outcome outcome = test::run_rondo({"check", lstm, RONDO_SOURCE_DIR "/cells/stacked.rondo"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("lstm: OK (tried with features=3, units=5)") && Contains("stacked: OK"));
  // `width` must be a multiple of `heads`, and `heads` has a default that stays.
  const std::string heads =
      "cell a(width, heads = 2) {\n  input x : f32[width]\n  state s : f32[width/heads]\n"
      "  next s = s\n  output x\n}\n";
  const test::Outcome from_input = test::run_rondo({"check", "-"}, heads);
  CHECK(from_input.out == "<stdin>: a: OK (tried with width=4)\n");
}

TEST_CASE("rondo check goes on behind a wrong cell", "[cli]") {
  const test::Scratch scratch;
  const std::string wrong =
      scratch.write("wrong.rondo", "cell w() {\n  input x : f32[2]\n  output x + y\n}\n");
  const test::Outcome outcome = test::run_rondo({"check", wrong, lstm});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.out, Contains("w: wrong") && Contains("lstm: OK"));
  CHECK_THAT(outcome.err, Contains("wrong.rondo:3:14"));
}

TEST_CASE("Help and version go to standard output", "[cli]") {
  for (const char* command : {"run", "explain", "check"}) {
    const test::Outcome outcome = test::run_rondo({command, "--help"});
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.out, Contains("Examples:"));
  }
  CHECK_THAT(test::run_rondo({"--help"}).out, Contains("rondo run cells/lstm.rondo"));
  CHECK_THAT(test::run_rondo({"--version"}).out, Catch::StartsWith("rondo "));
}

TEST_CASE("a plan is written, edited and followed", "[cli]") {
  const test::Scratch scratch;
  const std::string plan = scratch.path("plan.json");
  CHECK(explain({"--write-plan", plan}).status == 0);
  CHECK_THAT(test::read_whole(plan), Contains("\"vector_axis\": \"columns\"") && Contains("\"unroll\": 1"));
  scratch.write("plan.json", "{\"unroll\": 3}");
  CHECK_THAT(explain({"--plan", plan, "--remarks"}).out, Contains("a loop with 3 copies of the step"));
  scratch.write("plan.json", "{\"unroll\": }");
  const test::Outcome refused = explain({"--plan", plan});
  CHECK(refused.status == 1);
  CHECK_THAT(refused.err, Contains("plan.json:1:12: error: this is no plan"));
  CHECK_THAT(explain({"--plan", scratch.path("none.json")}).err, Contains("none.json"));
}

TEST_CASE("code shows the lines of source that it comes from", "[cli]") {
  CHECK_THAT(explain({"--asm"}).out, Contains("lstm.rondo:13: i = sigmoid(zi)\n"));
  CHECK_THAT(explain({"--llvm"}).out, Contains("; " + lstm + ":13: i = sigmoid(zi)\n"));
}
