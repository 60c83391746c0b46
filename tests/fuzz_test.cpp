// A short run of every fuzz target: a few thousand changed seeds. ./x fuzz runs them for as long as one
// likes.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/fuzz/changed_seeds.h"

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
