// How calls are cut up for threads.
#include <catch2/catch.hpp>
#include <utility>

#include "frontend/engine/division.h"

using namespace rondo;
using engine::divide, engine::Division;

namespace {

// As of a cell whose weights fill several caches, and of one that does much outside its products.
const ir::Sharing large{
    .threads = 16, .products = 65536, .weights = 4 << 20, .elements = 4000, .alone = 100, .meetings = 1};
const ir::Sharing scattered{
    .threads = 2, .products = 4096, .weights = 256 << 10, .elements = 1000, .alone = 4000, .meetings = 4};

// Samples of a part, and threads that share its columns.
using Parts = std::pair<int64_t, int>;

Parts parts(const Division& division) {
  return {division.samples, division.members};
}

}  // namespace

TEST_CASE("threads share the columns of a single sample", "[division]") {
  CHECK(parts(divide(large, 1, 1, 2)) == Parts(1, 1));
  CHECK(parts(divide(large, 1, 2, 2)) == Parts(1, 2));
  CHECK(parts(divide(large, 1, 4, 8)) == Parts(1, 4));
  CHECK(parts(divide(scattered, 1, 4, 8)) == Parts(1, 2));
}

TEST_CASE("threads take samples of their own where that gives as much to each", "[division]") {
  CHECK(parts(divide(large, 64, 2, 2)) == Parts(32, 1));
  CHECK(parts(divide(scattered, 2, 2, 2)) == Parts(1, 1));
  CHECK(parts(divide(scattered, 6, 2, 2)) == Parts(3, 1));
}

TEST_CASE("threads share columns where samples do not come out even", "[division]") {
  CHECK(parts(divide(large, 3, 2, 2)) == Parts(3, 2));
  CHECK(parts(divide(large, 3, 4, 4)) == Parts(3, 4));
}

TEST_CASE("no more threads share columns than have processors", "[division]") {
  CHECK(parts(divide(large, 1, 8, 2)) == Parts(1, 2));
  CHECK(parts(divide(large, 1, 8, 1)) == Parts(1, 1));
  CHECK(parts(divide(large, 3, 8, 1)) == Parts(1, 1));
}

TEST_CASE("pinned, threads share columns in any case", "[division]") {
  ir::Sharing pinned = scattered;
  pinned.pinned = true;
  pinned.threads = 4;
  CHECK(parts(divide(pinned, 1, 4, 1)) == Parts(1, 4));
  CHECK(parts(divide(pinned, 6, 2, 1)) == Parts(6, 2));
}

TEST_CASE("a call without samples has parts of one, and none of them", "[division]") {
  CHECK(divide(large, 0, 4, 4).samples >= 1);
  CHECK(engine::by_samples(0, 4, true).samples >= 1);
}

TEST_CASE("samples across lanes come in whole vectors where there are many", "[division]") {
  CHECK(parts(engine::by_samples(1000, 2, true)) == Parts(512, 1));
  CHECK(parts(engine::by_samples(1000, 2, false)) == Parts(500, 1));
  CHECK(parts(engine::by_samples(10, 4, true)) == Parts(3, 1));
}
