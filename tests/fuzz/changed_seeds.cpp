#include "tests/fuzz/changed_seeds.h"

#include <fmt/format.h>

#include <random>
#include <stdexcept>

namespace rondo::fuzz {

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

void run_changed_seeds(const Target& target, uint64_t seed, int inputs) {
  Random random(seed);
  const std::vector<std::string> seeds = target.seeds(), words = target.words();
  if (seeds.empty()) throw std::logic_error("a target without seeds");
  for (int i = 0; i < inputs; ++i) {
    std::string bytes = seeds[random() % seeds.size()];
    for (uint64_t changes = random() % 6; changes > 0; --changes) change(bytes, words, random);
    try {
      target.run({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
    } catch (const std::exception& problem) {
      throw std::logic_error(fmt::format("{}, input {}: {}", target.name, i, problem.what()));
    }
  }
}

}  // namespace rondo::fuzz
