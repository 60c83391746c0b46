// Every ready cell, in every engine, with masks and without.
#include <catch2/catch.hpp>

#include "random_recurrence.h"
#include "tests/every_engine.h"
#include "tests/ready_cells.h"

using namespace rondo;

TEST_CASE("every ready cell gives the same bits in every engine", "[cells]") {
  for (auto& [name, recurrence] :
       tests::ready_cells({{"features", 3}, {"units", 20}, {"channels", 2}, {"length", 7}, {"width", 5}})) {
    INFO(name);
    for (ir::Masking masking : {ir::Masking::None, ir::Masking::Mask, ir::Masking::Lengths}) {
      recurrence.masking = masking;
      recurrence.go_backwards = masking == ir::Masking::Lengths;
      tests::Random random(7);
      tests::run_everywhere(recurrence, tests::random_arguments(random, recurrence, 5, 6, false),
                            tests::Engines::Few);
    }
  }
}
