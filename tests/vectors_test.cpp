// What tf_keras.backend.rnn itself answered (tests/vectors): every engine gives that, up to rounding.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "frontend/data/npz.h"
#include "tests/every_engine.h"
#include "tests/parsing.h"

using namespace rondo;

namespace {

using Json = nlohmann::json;
using Arrays = std::map<std::string, ir::Tensor>;

const std::string folder = std::string(RONDO_SOURCE_DIR) + "/tests/vectors/";

std::string contents(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

ir::Recurrence recurrence_of(const Json& stored) {
  Parsed parsed = parse_cell(contents(folder + "cells/" + stored["cell"].get<std::string>() + ".rondo"));
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  ir::Recurrence& recurrence = *parsed.recurrence;
  recurrence.go_backwards = stored["go_backwards"];
  recurrence.time_major = stored["time_major"];
  recurrence.zero_output_for_mask = stored["zero_output_for_mask"];
  if (!stored["mask"].is_null())
    recurrence.masking = ir::Masking::Mask;
  else if (stored["input_length"].is_string())
    recurrence.masking = ir::Masking::Lengths;
  if (stored["input_length"].is_number()) recurrence.input_length = stored["input_length"].get<int64_t>();
  return recurrence;
}

ir::Arguments arguments_of(const Json& stored, const Arrays& arrays) {
  ir::Arguments arguments;
  const auto fill = [&](Arrays& to, const char* part) {
    for (const auto& [name, key] : stored[part].items()) to[name] = arrays.at(key);
  };
  fill(arguments.inputs, "inputs");
  fill(arguments.states, "states");
  fill(arguments.constants, "constants");
  fill(arguments.weights, "weights");
  if (!stored["mask"].is_null()) arguments.mask = arrays.at(stored["mask"]);
  if (stored["input_length"].is_string()) arguments.lengths = arrays.at(stored["input_length"]);
  return arguments;
}

// Integers exactly; floats to 1e-5 or 1e-12 of max(1, |x|).
void check_near(const ir::Tensor& found, const ir::Tensor& wanted, const std::string& what) {
  INFO(what);
  REQUIRE(found.dtype() == wanted.dtype());
  REQUIRE(found.dims() == wanted.dims());
  if (!ir::is_float(wanted.dtype()))
    CHECK(ir::same_bits(found, wanted));
  else
    CHECK(ir::largest_difference(found, wanted) <= (wanted.dtype() == ir::DType::F64 ? 1e-12 : 1e-5));
}

}  // namespace

TEST_CASE("every stored answer of tf_keras.backend.rnn is met, with equal bits from all engines") {
  ir::Diagnostics diagnostics;
  const std::optional<Arrays> arrays = data::read_npz(folder + "rnn.npz", diagnostics);
  INFO(diagnostics.render());
  REQUIRE(arrays.has_value());
  const Json cases = Json::parse(contents(folder + "rnn.json"));
  REQUIRE(cases.size() >= 300);
  for (const Json& stored : cases) {
    INFO(stored["name"].get<std::string>());
    const ir::Recurrence recurrence = recurrence_of(stored);
    const ir::Results results =
        tests::run_everywhere(recurrence, arguments_of(stored, *arrays), tests::Engines::Few);
    const Json& expected = stored["expected"];
    const ir::StepGraph& step = recurrence.step;
    REQUIRE(step.outputs.size() == expected["outputs"].size());
    REQUIRE(step.states.size() == expected["states"].size());
    for (size_t i = 0; i < step.outputs.size(); ++i) {
      const std::string& name = step.outputs[i].name;
      check_near(results.outputs[i], arrays->at(expected["outputs"][name]), "outputs " + name);
      check_near(results.last_output[i], arrays->at(expected["last_output"][name]), "last output " + name);
    }
    for (size_t i = 0; i < step.states.size(); ++i) {
      const std::string& name = step.states[i].name;
      check_near(results.new_states[i], arrays->at(expected["states"][name]), "state " + name);
    }
  }
}
