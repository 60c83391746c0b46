// A short run of every fuzz target: a few thousand changed seeds. ./x fuzz runs them for as long as one
// likes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "tests/fuzz/changed_seeds.h"
#include "tests/run_program.h"

using namespace rondo;

TEST_CASE("what anybody may hand in is taken or refused, and nothing else happens", "[fuzz]") {
  const char* given = std::getenv("RONDO_SEED");
  const uint64_t seed = given ? std::strtoull(given, nullptr, 10) : 7;
  for (const fuzz::Target& target : fuzz::targets()) {
    const int inputs = target.name == "text" ? 1500 : 3000;
    CAPTURE(target.name, seed);
    REQUIRE_NOTHROW(fuzz::run_changed_seeds(target, seed, inputs));
  }
}

// tests/fuzz/found/TARGET-WHAT-IT-IS
TEST_CASE("what was found once stays mended", "[fuzz]") {
  int inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(RONDO_SOURCE_DIR "/tests/fuzz/found")) {
    const std::string name = entry.path().filename().string(),
                      bytes = test::read_whole(entry.path().string());
    CAPTURE(name);
    const auto& targets = fuzz::targets();
    const auto target = std::find_if(targets.begin(), targets.end(), [&](const fuzz::Target& candidate) {
      return candidate.name == name.substr(0, name.find('-'));
    });
    REQUIRE(target != targets.end());
    REQUIRE_NOTHROW(target->run({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}));
    ++inputs;
  }
  CHECK(inputs >= 2);
}
