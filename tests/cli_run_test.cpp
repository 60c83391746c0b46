// `rondo run`: the forms that scripts rely on, and what they do to the results.
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "frontend/data/arrays.h"
#include "frontend/data/npy.h"
#include "frontend/data/npz.h"
#include "tests/run_program.h"

using namespace rondo;
using Words = std::vector<std::string>;
using Numbers = std::vector<double>;

namespace {

// Sums that can be followed by hand: the state gathers weighted inputs.
const std::string gather = R"(
cell gather(features) {
  input  x : f32[features]
  state  s : f32[features]
  weight w : f32[features]
  next s = s + w * x
  output next s
}
)";

// Files of one test, a cell in "cell.rondo" among them.
class Desk {
 public:
  explicit Desk(const std::string& cell = gather) { cell_ = scratch_.write("cell.rondo", cell); }

  std::string array(const std::string& name, ir::DType dtype, ir::Dims dims, const Numbers& elements) {
    ir::Diagnostics diagnostics;
    const ir::Tensor tensor = ir::Tensor::of(dtype, std::move(dims), elements);
    REQUIRE(data::write_npy(path(name + ".npy"), tensor, diagnostics));
    return path(name + ".npy");
  }

  // Two samples, three steps, one feature; the weight 2.
  Words usual() {
    array("x", ir::DType::F32, {2, 3, 1}, {1, 2, 3, 10, 20, 30});
    weights({{"w", ir::Tensor::of(ir::DType::F32, {1}, Numbers{2})}});
    return {"run", cell_, "--weights", path("weights.npz"), "--input", "x=" + path("x.npy")};
  }

  void weights(const std::map<std::string, ir::Tensor>& arrays) {
    ir::Diagnostics diagnostics;
    REQUIRE(data::write_npz(path("weights.npz"), arrays, data::Compression::Stored, diagnostics));
  }

  // Runs with --out, which must go well; results by name.
  std::map<std::string, Numbers> results(Words words, const Words& more = {}, const std::string& input = "") {
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"--out", path("out.npz")});
    outcome = test::run_rondo(words, input);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    ir::Diagnostics diagnostics;
    const auto arrays = data::read_arrays(path("out.npz"), diagnostics);
    REQUIRE(arrays);
    std::map<std::string, Numbers> numbers;
    for (const auto& [name, tensor] : *arrays)
      for (int64_t i = 0; i < tensor.count(); ++i) numbers[name].push_back(tensor.at(i));
    return numbers;
  }

  std::string path(const std::string& name) const { return scratch_.path(name); }
  const std::string& cell() const { return cell_; }
  test::Outcome outcome;

 private:
  test::Scratch scratch_;
  std::string cell_;
};

}  // namespace

TEST_CASE("rondo run writes last_output, outputs and states", "[cli]") {
  Desk desk;
  const auto results = desk.results(desk.usual(), {"--cell", "gather", "--set", "features=1"});
  CHECK(results.size() == 3);
  CHECK(results.at("outputs") == Numbers{2, 6, 12, 20, 60, 120});
  CHECK(results.at("last_output") == Numbers{12, 120});
  CHECK(results.at("state.s") == Numbers{12, 120});
  CHECK_THAT(desk.outcome.out,
             Catch::Contains("outputs") && Catch::Contains("(2, 3, 1)") && Catch::Contains("a step"));
}

TEST_CASE("rondo run reads the cell from standard input, and names may be left out", "[cli]") {
  Desk desk;
  desk.usual();
  desk.weights({{"kernel:0", ir::Tensor::of(ir::DType::F32, {1}, Numbers{2})}});
  const auto results = desk.results(
      {"run", "-", "--weights", desk.path("weights.npz"), "--input", desk.path("x.npy")}, {}, gather);
  CHECK(results.at("last_output") == Numbers{12, 120});
  CHECK_THAT(desk.outcome.out, Catch::Contains("<stdin>"));
}

TEST_CASE("The options of a recurrence do what the reference does", "[cli]") {
  Desk desk;
  const Words usual = desk.usual();
  const auto outputs = [&](const Words& more) { return desk.results(usual, more).at("outputs"); };
  const std::string engine = GENERATE("jit", "interpreter");
  const std::string mask = desk.array("mask", ir::DType::Bool, {2, 3}, {0, 1, 0, 1, 0, 1});
  const std::string mask3 = desk.array("mask3", ir::DType::F32, {2, 3, 1}, {0, 1, 0, 5, 0, -1});
  const std::string lengths = desk.array("lengths", ir::DType::I64, {2}, {1, 2});
  const std::string state = desk.array("s0", ir::DType::F32, {2, 1}, {100, 200});
  INFO(engine);

  CHECK(outputs({"--engine", engine, "--go-backwards"}) == Numbers{6, 10, 12, 60, 100, 120});
  CHECK(outputs({"--engine", engine, "--state", state}) == Numbers{102, 106, 112, 220, 260, 320});
  CHECK(outputs({"--engine", engine, "--state", "s=" + state, "--input-length", "2"}) ==
        Numbers{102, 106, 0, 220, 260, 0});
  CHECK(outputs({"--engine", engine, "--input-length", lengths}) == Numbers{2, 2, 2, 20, 60, 60});
  CHECK(outputs({"--engine", engine, "--mask", mask}) == Numbers{0, 4, 4, 20, 20, 80});
  CHECK(outputs({"--engine", engine, "--mask", mask3}) == Numbers{0, 4, 4, 20, 20, 80});
  CHECK(outputs({"--engine", engine, "--mask", mask, "--zero-output-for-mask"}) ==
        Numbers{0, 4, 0, 20, 0, 80});
}

TEST_CASE("Time-major arrays, constants and several outputs", "[cli]") {
  Desk desk(R"(
cell two() {
  input    x : f32[1]
  state    s : f32[1]
  constant c : f32[1]
  next s = s + x
  output sum = next s
  output shifted = x + c
}
)");
  desk.array("x", ir::DType::F32, {3, 2, 1}, {1, 10, 2, 20, 3, 30});
  desk.array("c", ir::DType::F32, {2, 1}, {0.5, 0.25});
  const auto results = desk.results({"run", desk.cell(), "--input", desk.path("x.npy"), "--constant",
                                     "c=" + desk.path("c.npy"), "--time-major"});
  CHECK(results.size() == 5);
  CHECK(results.at("outputs.sum") == Numbers{1, 10, 3, 30, 6, 60});
  CHECK(results.at("outputs.shifted") == Numbers{1.5, 10.25, 2.5, 20.25, 3.5, 30.25});
  CHECK(results.at("last_output.sum") == Numbers{6, 60});
  CHECK(results.at("state.s") == Numbers{6, 60});
}

TEST_CASE("Options in the file hold unless the command line says otherwise", "[cli]") {
  Desk desk(
      "cell sum() {\n  option input_length = 2\n  option go_backwards = true\n  input x : f32[1]\n"
      "  state s : f32[1]\n  next s = s + x\n  output next s\n}\n");
  desk.array("x", ir::DType::F32, {1, 3, 1}, {1, 2, 3});
  const Words words = {"run", desk.cell(), "--input", desk.path("x.npy")};
  CHECK(desk.results(words).at("outputs") == Numbers{3, 5, 0});
  CHECK(desk.results(words, {"--input-length", "1"}).at("outputs") == Numbers{3, 0, 0});
}

TEST_CASE("Arrays are converted where that is safe or usual", "[cli]") {
  Desk desk;
  const Words usual = desk.usual();
  const ir::DType dtype = GENERATE(ir::DType::F64, ir::DType::I32, ir::DType::I64, ir::DType::Bool);
  desk.array("x", dtype, {2, 3, 1}, {1, 0, 1, 0, 0, 1});
  CHECK(desk.results(usual).at("outputs") == Numbers{2, 2, 4, 0, 0, 2});
}

TEST_CASE("No choice of the compiler changes a value", "[cli]") {
  Desk desk;
  const Words usual = desk.usual();
  const auto choice = GENERATE(values<Words>({{"--unroll", "auto"},
                                              {"--unroll", "true"},
                                              {"--unroll", "false"},
                                              {"--unroll", "2"},
                                              {"--lanes", "4"},
                                              {"--math", "strict", "--threads", "1"},
                                              {"--disable-pass", "hoist", "--disable-pass", "fuse-nests"},
                                              {"--cpu", "x86-64-v3", "--time-passes"}}));
  Words more = choice;
  more.push_back("--verify");
  CHECK(desk.results(usual, more).at("outputs") == Numbers{2, 6, 12, 20, 60, 120});
  CHECK_THAT(desk.outcome.out, Catch::Contains("all bits agree"));
}

TEST_CASE("rondo run --math fast takes the fast functions, with the same bits in every engine", "[cli]") {
  Desk desk("cell gate() { input x : f32[1]; state h : f32[1]; next h = tanh(x + h); output next h }");
  const std::string x = desk.array("x", ir::DType::F32, {1, 4, 1}, {2.5, -1, 0.5, 3});
  const auto outputs = [&](const Words& more) {
    return desk.results({"run", desk.cell(), "--input", x}, more).at("outputs");
  };
  const Numbers strict = outputs({"--math", "strict", "--verify"}),
                fast = outputs({"--math", "fast", "--verify"});
  CHECK_THAT(desk.outcome.out, Catch::Contains("all bits agree"));
  CHECK(strict != fast);
  for (size_t i = 0; i < strict.size(); ++i) CHECK(std::fabs(strict[i] - fast[i]) < 2e-6);
}

TEST_CASE("rondo run --json is one JSON object", "[cli]") {
  Desk desk;
  const std::string truth = desk.array("truth", ir::DType::F32, {2, 3, 1}, {2, 6, 13, 20, 60, 123});
  desk.results(desk.usual(),
               {"--json", "--truth", truth, "--test-from", "2", "--verify", "--dump-after", "all"});
  const auto json = nlohmann::json::parse(desk.outcome.out);
  CHECK(json["cell"] == "gather");
  CHECK(json["batch"] == 2);
  CHECK(json["time"] == 3);
  CHECK(json["engine"] == "jit");
  CHECK(json["results"]["outputs"]["shape"] == nlohmann::json({2, 3, 1}));
  CHECK(json["results"]["outputs"]["max"] == 120);
  CHECK(json["truth"][1]["mae"] == 2);
  CHECK(json["verified"]["same_bits"] == true);
  CHECK(json["written"][0] == desk.path("out.npz"));
  CHECK_THAT(desk.outcome.err, Catch::Contains("# after simplify"));
}

TEST_CASE("rondo run draws charts", "[cli]") {
  Desk desk;
  desk.results(desk.usual(), {"--plot", desk.path("chart.svg"), "--show"});
  CHECK_THAT(test::read_whole(desk.path("chart.svg")), Catch::StartsWith("<svg") || Catch::Contains("<svg "));
  CHECK_THAT(desk.outcome.out, Catch::Contains("sample 0 of 2 is shown"));
  desk.results(desk.usual(), {"--plot", desk.path("chart.png")});
  CHECK_THAT(test::read_whole(desk.path("chart.png")), Catch::StartsWith("\x89PNG"));
}

TEST_CASE("No steps and no samples are no error when running", "[cli]") {
  Desk desk;
  const Words usual = desk.usual();
  desk.array("x", ir::DType::F32, {2, 0, 1}, {});
  CHECK(desk.results(usual).at("last_output") == Numbers{0, 0});
  desk.array("x", ir::DType::F32, {0, 3, 1}, {});
  CHECK(desk.results(usual).empty());
}
