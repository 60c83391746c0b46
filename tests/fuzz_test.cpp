// A short run of every fuzz target: seeds, changed a few thousand times. ./x fuzz runs them for as long as
// one likes.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "tests/fuzz/targets.h"

using namespace rondo;

namespace {

using Random = std::mt19937_64;

// One change: a byte, a stretch that goes or comes twice, a word of the language.
void change(std::string& bytes, const std::vector<std::string>& words, Random& random) {
  const size_t at = bytes.empty() ? 0 : random() % bytes.size();
  const size_t length = 1 + random() % 16;
  switch (random() % 5) {
    case 0:
      if (!bytes.empty()) bytes[at] = static_cast<char>(random());
      break;
    case 1:
      bytes.erase(at, length);
      break;
    case 2:
      bytes.insert(at, bytes.substr(bytes.empty() ? 0 : random() % bytes.size(), length));
      break;
    case 3:
      bytes.insert(at, words[random() % words.size()]);
      break;
    default:
      if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
  }
}

}  // namespace

TEST_CASE("what anybody may hand in is taken or refused, and nothing else happens", "[fuzz]") {
  const char* given = std::getenv("RONDO_SEED");
  const uint64_t seed = given ? std::strtoull(given, nullptr, 10) : 7;
  for (const fuzz::Target& target : fuzz::targets()) {
    Random random(seed);
    const std::vector<std::string> seeds = target.seeds(), words = target.words();
    REQUIRE(!seeds.empty());
    const int inputs = target.name == "text" ? 1500 : 3000;
    for (int i = 0; i < inputs; ++i) {
      std::string bytes = seeds[random() % seeds.size()];
      for (uint64_t changes = random() % 6; changes > 0; --changes) change(bytes, words, random);
      CAPTURE(target.name, seed, i);
      REQUIRE_NOTHROW(target.run({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}));
    }
  }
}
