// Changed texts of cells and array files, under the sanitizers for addresses and undefined behaviour: what
// reads them, checks them and interprets them is compiled with these once more. Its own memory is what they
// watch; an exception tells what is wrong otherwise.
#include <cstdio>
#include <exception>

#include "tests/fuzz/changed_seeds.h"

int main() {
  constexpr int inputs = 2000;
  for (const rondo::fuzz::Target& target : rondo::fuzz::reader_targets()) try {
      rondo::fuzz::run_changed_seeds(target, 11, inputs);
    } catch (const std::exception& problem) {
      std::fprintf(stderr, "%s\n", problem.what());
      return 1;
    }
  return 0;
}
