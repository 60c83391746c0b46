#include "frontend/aot/targets.h"

#include <sstream>

#include "codegen/machines.h"

namespace rondo::aot {

std::optional<std::vector<ir::Target>> targets_named(const std::string& triple, const std::string& cpus,
                                                     ir::Diagnostics& diagnostics) {
  std::vector<ir::Target> targets;
  std::istringstream words(cpus);
  std::string word;
  do {
    std::getline(words, word, ',');
    const auto target = codegen::machine_named(triple, word, diagnostics);
    if (!target) return std::nullopt;
    targets.push_back(*target);
  } while (!words.eof());
  return targets;
}

}  // namespace rondo::aot
