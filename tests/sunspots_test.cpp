// The trained model of examples/sunspots forecasts what Keras forecast with it.
#include <catch2/catch.hpp>

#include "frontend/data/arrays.h"
#include "tests/run_program.h"

using namespace rondo;

namespace {

const std::string folder = RONDO_SOURCE_DIR "/examples/sunspots/";

ir::Tensor stored(const std::string& name) {
  ir::Diagnostics diagnostics;
  auto tensor = data::read_array(folder + name, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(tensor);
  return *tensor;
}

void check_near_keras(const std::vector<std::string>& options) {
  const test::Scratch scratch;
  std::vector<std::string> words = {
      "run",       folder + "forecast.rondo", "--set",   "units=32",
      "--weights", folder + "weights.npz",    "--input", "x=" + folder + "series.npy",
      "--out",     scratch.path("out.npz")};
  words.insert(words.end(), options.begin(), options.end());
  const test::Outcome outcome = test::run_rondo(words);
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  ir::Diagnostics diagnostics;
  auto results = data::read_arrays(scratch.path("out.npz"), diagnostics);
  REQUIRE(results);
  REQUIRE(results->size() == 4);
  const ir::Tensor& outputs = results->at("outputs");
  REQUIRE(outputs.dims() == ir::Dims{1, 308, 1});
  CHECK(ir::largest_difference(outputs, stored("keras_prediction.npy")) < 1e-5);
  CHECK(ir::largest_difference(results->at("state.h"), stored("keras_state_h.npy")) < 1e-5);
  CHECK(ir::largest_difference(results->at("state.c"), stored("keras_state_c.npy")) < 1e-5);
  CHECK(results->at("last_output").at(0) == outputs.at(307));
}

}  // namespace

TEST_CASE("The sunspot forecaster repeats Keras, whatever runs it", "[sunspots]") {
  SECTION("compiled, with the unrolling that the compiler chooses") {
    check_near_keras({});
  }
  SECTION("compiled, a plain loop") {
    check_near_keras({"--unroll", "false"});
  }
  SECTION("compiled, unrolled") {
    check_near_keras({"--unroll", "true"});
  }
  SECTION("interpreted") {
    check_near_keras({"--engine", "interpreter"});
  }
}

TEST_CASE("The example's script reports how good the forecast is", "[sunspots]") {
  const test::Outcome outcome = test::run_rondo(
      {"run", folder + "forecast.rondo", "--weights", folder + "weights.npz", "--input",
       folder + "series.npy", "--truth", folder + "truth.npy", "--test-from", "215", "--verify", "--show"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.out, Catch::Contains("truth     from step 215 on (93 numbers): RMSE 0.0953"));
  CHECK_THAT(outcome.out, Catch::Contains("all bits agree"));
  CHECK_THAT(outcome.out, Catch::Contains("test"));
}
