// Plans: what the passes decide, written down, edited and followed. No plan changes a bit of a result.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "frontend/engine/plan_file.h"
#include "ir/interpreter.h"
#include "random_recurrence.h"
#include "tests/parsing.h"

using namespace rondo;
using Catch::Contains;
using Json = nlohmann::ordered_json;

namespace {

const char* const lstm = R"(cell lstm(features, units) {
  input x : f32[features]
  state h, c : f32[units]
  weight W : f32[features, 4*units]
  weight U : f32[units, 4*units]
  weight b : f32[4*units]
  zi, zf, zc, zo = split(x @ W + h @ U + b, 4)
  f = sigmoid(zf)
  next c = f * c + sigmoid(zi) * tanh(zc)
  next h = sigmoid(zo) * tanh(next c)
  output next h @ U
})";

const ir::Target avx2{"", "", "", 256, 16, true};

ir::Recurrence lstm_of(int64_t units) {
  const Parsed parsed = parse_cell(lstm, {{"features", 20}, {"units", units}});
  REQUIRE(parsed.recurrence.has_value());
  return *parsed.recurrence;
}

std::string plan_of(const ir::Recurrence& recurrence, const passes::Options& options = {}) {
  ir::Diagnostics diagnostics;
  const auto pipeline = passes::run_passes(recurrence, avx2, options, diagnostics);
  REQUIRE(pipeline.has_value());
  return engine::plan_text(*pipeline, options);
}

// The errors of a plan, read or followed; empty where it will do.
std::string objections(const ir::Recurrence& recurrence, const std::string& plan) {
  ir::Diagnostics diagnostics;
  passes::Options options;
  if (engine::apply_plan(plan, "plan.json", options, diagnostics))
    passes::run_passes(recurrence, avx2, options, diagnostics);
  return diagnostics.render();
}

std::string objections_to(const std::string& before, const std::string& after) {
  const ir::Recurrence recurrence = lstm_of(40);
  std::string plan = plan_of(recurrence);
  const size_t at = plan.find(before);
  REQUIRE(at != std::string::npos);
  return objections(recurrence, plan.replace(at, before.size(), after));
}

template <class Values>
const auto& pick(tests::Random& random, const Values& values) {
  return *(std::begin(values) + static_cast<std::ptrdiff_t>(random() % std::size(values)));
}

// Changes some of the decisions, each to one that would do somewhere.
std::string edited(tests::Random& random, const std::string& plan) {
  Json json = Json::parse(plan);
  json["unroll"] = random() % 5 + 1;
  for (auto& [label, placement] : json["placements"].items())
    if (random() % 6 == 0) placement = passes::name_of(pick(random, passes::all_placements));
  const char* const tiles[] = {R"(["1x1"])", R"(["1x3"])", R"(["4x1", "1x2"])", R"(["5x2", "2x1", "1x4"])"};
  const char* const packings[] = {"null", R"({"vectors": 1, "rows": [1]})",
                                  R"({"vectors": 3, "rows": [5, 2, 1]})",
                                  R"({"vectors": 2, "rows": [8, 3, 1]})"};
  for (auto& [stage, how] : json["stages"].items()) {
    how["lanes"] = 1 << random() % 5;
    how["tiles"] = Json::parse(pick(random, tiles));
    if (random() % 2 == 0) how["packing"] = Json::parse(pick(random, packings));
  }
  return json.dump();
}

// The edited plan less what it cannot have.
passes::Options followable(const ir::Recurrence& recurrence, const std::string& plan) {
  ir::Diagnostics diagnostics;
  passes::Options options;
  REQUIRE(engine::apply_plan(plan, "plan.json", options, diagnostics));
  const auto refused = [&](const passes::Pins& pins) {
    passes::Options some = options;
    some.pins = pins;
    ir::Diagnostics quiet;
    return !passes::run_passes(recurrence, avx2, some, quiet);
  };
  const passes::Pins all = options.pins;
  std::erase_if(options.pins.stages, [&](const auto& pin) { return refused({"", {}, {pin}}); });
  options.pins.placements.clear();
  for (const auto& pin : all.placements) {
    options.pins.placements.insert(pin);
    if (refused(options.pins)) options.pins.placements.erase(pin.first);
  }
  return options;
}

void require_interpreters_bits(const ir::Recurrence& recurrence, const passes::Options& options,
                               const ir::Arguments& arguments) {
  ir::Diagnostics diagnostics;
  const auto wanted = ir::interpret(recurrence, arguments, diagnostics);
  const auto compiled = engine::Engine().compile(recurrence, options, diagnostics);
  INFO(diagnostics.render());
  REQUIRE((wanted && compiled));
  const auto found = engine::run(compiled->kernel, arguments, diagnostics);
  REQUIRE(found.has_value());
  const auto require_same = [](const std::vector<ir::Tensor>& a, const std::vector<ir::Tensor>& b) {
    REQUIRE(a.size() == b.size());
    for (size_t i = 0; i < a.size(); ++i) REQUIRE(ir::same_bits(a[i], b[i]));
  };
  require_same(wanted->outputs, found->outputs);
  require_same(wanted->last_output, found->last_output);
  require_same(wanted->new_states, found->new_states);
}

}  // namespace

TEST_CASE("a plan that is given back decides the same", "[plan]") {
  for (const int64_t units : {4, 11, 40})
    for (const bool samples : {false, true}) {
      CAPTURE(units, samples);
      const ir::Recurrence recurrence = lstm_of(units);
      passes::Options options;
      options.samples_across_lanes = samples;
      ir::Diagnostics diagnostics;
      const auto first = passes::run_passes(recurrence, avx2, options, diagnostics);
      passes::Options pinned;
      REQUIRE(engine::apply_plan(engine::plan_text(*first, options), "plan.json", pinned, diagnostics));
      const auto second = passes::run_passes(recurrence, avx2, pinned, diagnostics);
      INFO(diagnostics.render());
      REQUIRE(second.has_value());
      CHECK(ir::print(*second->program) == ir::print(*first->program));
      CHECK(engine::plan_text(*second, pinned) == engine::plan_text(*first, options));
    }
}

TEST_CASE("a plan says of everything where it can run", "[plan]") {
  const Parsed parsed = parse_cell(
      "cell t() { input x : i32[1]; state h : f32[8]; weight table : f32[4, 8]\n"
      "e = take(table, x[0]); next h = h * 0.5 + e; output next h }",
      {});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  CHECK(objections(*parsed.recurrence, plan_of(*parsed.recurrence)) == "");
}

TEST_CASE("what a plan pins is what is done", "[plan]") {
  const ir::Recurrence recurrence = lstm_of(40);
  passes::Options options;
  ir::Diagnostics diagnostics;
  REQUIRE(engine::apply_plan(R"({
    "unroll": 3,  // copies
    "placements": {"f": "where used"},
    "stages": {"step 0": {"lanes": 4, "tiles": ["2x1", "1x1"], "packing": null}}
  })",
                             "plan.json", options, diagnostics));
  const auto pipeline = passes::run_passes(recurrence, avx2, options, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(pipeline.has_value());
  CHECK(pipeline->program->unroll == 3);
  const ir::Stage& stage = pipeline->program->step[0].stages[0];
  CHECK(stage.lanes == 4);
  CHECK(!stage.panels);
  CHECK((stage.tiles.size() == 2 && stage.tiles[0].rows == 2));
}

TEST_CASE("a plan that cannot be followed says why", "[plan]") {
  CHECK(objections_to("\"cell\"", "\"cell\"").empty());
  CHECK_THAT(objections_to("lstm", "gru"), Contains("it is for cell 'gru', and this is 'lstm'"));
  CHECK_THAT(objections_to("\"f\"", "\"g\""), Contains("there is no operation 'g'; there are %"));
  CHECK_THAT(objections_to("\"f\": \"in the step\"", "\"f\": \"before the loop\""),
             Contains("'f' (sigmoid f32[40]) is carried: it can run 'in the step' or 'where used'"));
  CHECK_THAT(objections_to("\"f\": \"in the step\"", "\"f\": \"later\""),
             Contains("placements.f: expected \"once a call\"") && Contains("found \"later\""));
  CHECK_THAT(objections_to("step 0", "step 7"), Contains("there is no stage 'step 7'; there are"));
  CHECK_THAT(objections_to("\"lanes\":8", "\"lanes\":7"), Contains("not 7"));
  CHECK_THAT(objections(lstm_of(11), R"({"stages": {"step 0": {"lanes": 32}}})"),
             Contains("vectors of 32 lanes are wider than its 11 columns ask for"));
  CHECK_THAT(objections_to("\"tiles\":[", "\"tiles\":[\"0x1\","), Contains("1 to 8 rows"));
  CHECK_THAT(objections_to("\"tiles\":[", "\"tiles\":[\"x1\","), Contains("as in \"3x1\""));
  CHECK_THAT(objections_to("\"rows\":[", "\"rows\":[9,"), Contains("cannot be packed"));
  CHECK_THAT(objections_to("\"vectors\":", "\"vectors\":6"), Contains("to 4 vectors"));
  CHECK_THAT(objections_to("\"unroll\": 1", "\"unroll\": 0"), Contains("unroll: expected a whole number"));
  CHECK_THAT(objections_to("\"unroll\": 1", "\"unrol\": 0"), Contains("expected no entries but cell"));
  CHECK_THAT(objections_to("columns", "rows"),
             Contains("expected \"columns\" or \"samples\", found \"rows\""));
  CHECK_THAT(objections_to("columns", "samples"), Contains("where vectors run over samples"));
  CHECK_THAT(objections_to("\"disabled_passes\": []", "\"disabled_passes\": [\"lower\"]"),
             Contains("can be left out") && Contains("found \"lower\""));
}

TEST_CASE("operations run behind what they need, whatever the plan says", "[plan]") {
  const Parsed parsed = parse_cell(R"(cell chain(n) {
  input x : f32[n]
  state h : f32[n]
  weight W : f32[n, n]
  first = tanh(x @ W)
  second = tanh(first @ W)
  next h = second + h
  output next h
})",
                                   {{"n", 16}});
  REQUIRE(parsed.recurrence.has_value());
  CHECK_THAT(objections(*parsed.recurrence, R"({"placements": {"first": "in the step"}})"),
             Contains("'%5' cannot run before the loop: it needs 'first', which runs in the step"));
}

TEST_CASE("what is no plan is refused", "[plan]") {
  const ir::Recurrence recurrence = lstm_of(8);
  CHECK_THAT(objections(recurrence, ""), Contains("plan.json:1:1: error: this is no plan"));
  CHECK_THAT(objections(recurrence, "{\n  \"unroll\": 4,,\n}"), Contains("plan.json:2:"));
  CHECK_THAT(objections(recurrence, "[]"), Contains("expected an object { ... }, found []"));
  CHECK_THAT(objections(recurrence, "{\"stages\": {\"step 0\": 4}}"), Contains("stages.step 0: expected"));
  CHECK_THAT(objections(recurrence, std::string(100'000, '[')), Contains("this is no plan"));
  CHECK_THAT(objections(recurrence, "{\"cell\": \"\xff\"}"), Contains("this is no plan"));
  for (const char* value : {"1e400", "-1", "4.5", "\"4\"", "null", "true", "{}", "99999999999999999999"})
    CHECK_THAT(objections(recurrence, fmt::format("{{\"unroll\": {}}}", value)), Contains("error"));
}

TEST_CASE("no plan changes a bit", "[plan]") {
  const uint64_t seed = 20260;
  size_t pinned = 0;
  for (uint64_t graph = 0; graph < 20; ++graph) {
    tests::Random random(seed + graph);
    CAPTURE(seed + graph);
    constexpr int64_t time = 5;
    const ir::Recurrence recurrence = graph % 2 == 0 ? lstm_of(3 + static_cast<int64_t>(random() % 40))
                                                     : tests::random_recurrence(random, 12, time);
    const passes::Options options = followable(recurrence, edited(random, plan_of(recurrence)));
    pinned += options.pins.stages.size() + options.pins.placements.size();
    const ir::Arguments arguments =
        tests::random_arguments(random, recurrence, static_cast<int64_t>(random() % 8), time, false);
    require_interpreters_bits(recurrence, options, arguments);
  }
  CHECK(pinned >= 50);
}
