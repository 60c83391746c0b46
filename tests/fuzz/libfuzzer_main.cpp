// A target under libFuzzer: ./x fuzz builds and runs it. RONDO_FUZZ_TARGET names the target; with --seeds
// FOLDER the program writes the seeds of all targets to FOLDER/NAME/ and their words to FOLDER/NAME.dict, and
// ends.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/targets.h"

using namespace rondo;

namespace {

void write_seeds(const std::filesystem::path& folder) {
  for (const fuzz::Target& target : fuzz::targets()) {
    std::filesystem::create_directories(folder / target.name);
    int number = 0;
    for (const std::string& seed : target.seeds())
      std::ofstream(folder / target.name / ("seed" + std::to_string(number++)), std::ios::binary) << seed;
    std::ofstream dictionary(folder / (std::string(target.name) + ".dict"));
    for (const std::string& word : target.words()) {
      dictionary << '"';
      for (const char c : word) {
        char code[5];
        std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(c));
        dictionary << code;
      }
      dictionary << "\"\n";
    }
  }
}

const fuzz::Target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** words) {
  if (*count == 3 && std::strcmp((*words)[1], "--seeds") == 0) {
    write_seeds((*words)[2]);
    std::exit(0);
  }
  const char* name = std::getenv("RONDO_FUZZ_TARGET");
  for (const fuzz::Target& target : fuzz::targets())
    if (name && target.name == name) chosen = &target;
  if (!chosen) {
    std::fprintf(stderr, "RONDO_FUZZ_TARGET names no target\n");
    std::exit(2);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  chosen->run({data, size});
  return 0;
}
