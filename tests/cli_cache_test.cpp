// `rondo run` and the kernel cache: the second time is told, and nothing about the cache fails a run.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "frontend/data/npy.h"
#include "tests/run_program.h"

using namespace rondo;
using Words = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;

namespace {

struct Desk {
  test::Scratch scratch;
  std::string cell = scratch.write(
      "cell.rondo", "cell ema() { input x : f32[4]; state s : f32[4]; next s = s * 0.5 + x; output next s }");
  std::string input = scratch.path("x.npy");
  Variables environment = {{"RONDO_CACHE_DIR", scratch.path("cache")}};

  Desk() {
    ir::Diagnostics diagnostics;
    REQUIRE(data::write_npy(input, ir::Tensor(ir::DType::F32, {2, 3, 4}), diagnostics));
  }

  std::string run(Words more = {}) const {
    Words words = {"run", cell, "--input", input};
    words.insert(words.end(), more.begin(), more.end());
    const test::Outcome outcome = test::run_rondo(words, "", environment);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(outcome.err.empty());
    return outcome.out;
  }
  bool cached(const Words& more = {}) const {
    Words words = {"--json"};
    words.insert(words.end(), more.begin(), more.end());
    return nlohmann::json::parse(run(words)).at("cached").get<bool>();
  }
};

}  // namespace

TEST_CASE("rondo run keeps what it compiled, and says so the second time", "[cli][cache]") {
  const Desk desk;
  CHECK_THAT(desk.run(), Catch::Contains("\ncompiled  for "));
  CHECK_THAT(desk.run(), Catch::Contains("\ncached    for "));
  CHECK(desk.cached());
  CHECK_FALSE(desk.cached({"--lanes", "2"}));
  CHECK_FALSE(desk.cached({"--go-backwards"}));
  CHECK(desk.cached({"--lanes", "2"}));
}

TEST_CASE("rondo run --no-cache neither reads nor keeps", "[cli][cache]") {
  const Desk desk;
  CHECK_FALSE(desk.cached({"--no-cache"}));
  CHECK_FALSE(std::filesystem::exists(desk.scratch.path("cache")));
  CHECK_FALSE(desk.cached());
  CHECK_FALSE(desk.cached({"--no-cache"}));
  CHECK(desk.cached());
}

TEST_CASE("the cache is where the environment says", "[cli][cache]") {
  Desk desk;
  const std::string home = desk.scratch.path("home"), xdg = desk.scratch.path("xdg");
  const auto kept_in = [&](const std::string& folder, const Variables& environment) {
    desk.environment = environment;
    desk.run();
    const bool kept = std::filesystem::exists(folder) && !std::filesystem::is_empty(folder);
    return kept && desk.cached();
  };
  CHECK(kept_in(home + "/.cache/rondo", {{"RONDO_CACHE_DIR", ""}, {"XDG_CACHE_HOME", ""}, {"HOME", home}}));
  CHECK(kept_in(xdg + "/rondo", {{"RONDO_CACHE_DIR", ""}, {"XDG_CACHE_HOME", xdg}, {"HOME", home}}));
  desk.environment = {{"RONDO_CACHE_DIR", ""}, {"XDG_CACHE_HOME", "relative"}, {"HOME", ""}};
  CHECK_FALSE(desk.cached());
  CHECK_FALSE(desk.cached());
}

TEST_CASE("a cache that cannot be had fails no run", "[cli][cache]") {
  Desk desk;
  desk.environment["RONDO_CACHE_DIR"] = desk.cell;  // a file
  CHECK_FALSE(desk.cached());
  CHECK_FALSE(desk.cached());
}

TEST_CASE("an entry that is damaged is compiled again", "[cli][cache]") {
  const Desk desk;
  desk.run();
  const std::filesystem::path entry =
      std::filesystem::directory_iterator(desk.environment.at("RONDO_CACHE_DIR"))->path();
  const std::string bytes = test::read_whole(entry);
  std::ofstream(entry, std::ios::binary | std::ios::trunc) << bytes.substr(0, bytes.size() - 1);
  CHECK_FALSE(desk.cached());
  CHECK(desk.cached());
}

TEST_CASE("an entry for another processor is not taken, not even in the place of this one's",
          "[cli][cache]") {
  const Desk desk;
  const auto entries = [&] {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(desk.scratch.path("cache")))
      paths.push_back(entry.path());
    return paths;
  };
  CHECK_FALSE(desk.cached());
  const std::filesystem::path own = entries().at(0);
  CHECK_FALSE(desk.cached({"--cpu", "x86-64"}));
  REQUIRE(entries().size() == 2);
  const std::filesystem::path foreign = entries()[entries()[0] == own ? 1 : 0];
  std::filesystem::copy_file(foreign, own, std::filesystem::copy_options::overwrite_existing);
  CHECK_FALSE(desk.cached());
  CHECK(desk.cached());
}

TEST_CASE("runs that compile the same at once, and runs that are killed, leave a cache that works",
          "[limits][cli][cache]") {
  const Desk desk;
  const std::string out = desk.scratch.path("out.npz"), wanted = desk.scratch.path("wanted.npz");
  desk.run({"--no-cache", "--out", wanted});
  const std::string result = test::read_whole(wanted);
  const std::string line =
      std::string(RONDO_PROGRAM) + " run " + desk.cell + " --input " + desk.input + " --out ";
  for (int round = 0; round < 10; ++round) {
    std::filesystem::remove_all(desk.scratch.path("cache"));
    const std::string first = desk.scratch.path("first.npz"), second = desk.scratch.path("second.npz");
    // Two at once, then one that is killed after a few hundredths of a second, wherever it is then.
    const test::Outcome outcome =
        test::run_command({"sh", "-c",
                           fmt::format("{0}{1} & {0}{2}; wait; timeout -s KILL 0.0{3} {0}{4} --lanes 2; true",
                                       line, first, second, round + 1, out)},
                          "", desk.environment);
    INFO(outcome.err);
    CHECK(test::read_whole(first) == result);
    CHECK(test::read_whole(second) == result);
    CHECK(desk.cached());
    desk.run({"--lanes", "2", "--out", out});
    CHECK(test::read_whole(out) == result);
  }
}

TEST_CASE("rondo run --calls times as many calls as it is told", "[cli]") {
  const Desk desk;
  CHECK(nlohmann::json::parse(desk.run({"--json", "--calls", "7"})).at("calls") == 7);
  CHECK(test::run_rondo({"run", desk.cell, "--input", desk.input, "--calls", "0"}).status == 2);
}
