// Includes point one way, and LLVM is seen in codegen alone: the house of docs/architecture.md, held to its
// word.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

namespace fs = std::filesystem;

namespace {

const std::map<std::string, std::set<std::string>> allowed = {
    {"ir", {"ir"}},
    {"runtime", {"runtime"}},
    {"passes", {"passes", "ir"}},
    {"codegen", {"codegen", "ir", "runtime"}},
    {"frontend", {"frontend", "passes", "codegen", "ir", "runtime"}},
};

bool is_source(const fs::path& path) {
  return path.extension() == ".h" || path.extension() == ".cpp" || path.extension() == ".c" ||
         path.extension() == ".def";
}

// What is wrong with one include of a file in `folder`; empty where it is allowed.
std::string objection(const std::string& folder, const std::string& included) {
  const std::string first = included.substr(0, included.find('/'));
  if (first.starts_with("llvm") && folder != "codegen") return "LLVM is seen in codegen alone";
  if (allowed.contains(first) && !allowed.at(folder).contains(first))
    return folder + " must not include " + first;
  return {};
}

}  // namespace

TEST_CASE("includes point one way", "[house]") {
  const std::regex include(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  int files = 0;
  for (const auto& [folder, targets] : allowed) {
    for (const fs::directory_entry& entry :
         fs::recursive_directory_iterator(fs::path(RONDO_SOURCE_DIR) / folder)) {
      if (!entry.is_regular_file() || !is_source(entry.path())) continue;
      ++files;
      std::ifstream file(entry.path());
      std::string line;
      std::smatch match;
      while (std::getline(file, line)) {
        if (!std::regex_search(line, match, include)) continue;
        INFO(entry.path() << ": " << line);
        CHECK(objection(folder, match[1]).empty());
      }
    }
  }
  CHECK(files > 80);
}

TEST_CASE("the direction check objects to what it should", "[house]") {
  CHECK(objection("ir", "passes/lower.h") == "ir must not include passes");
  CHECK(objection("passes", "codegen/compiler.h") == "passes must not include codegen");
  CHECK(objection("codegen", "passes/lower.h") == "codegen must not include passes");
  CHECK(objection("runtime", "ir/type.h") == "runtime must not include ir");
  CHECK(objection("frontend", "llvm/IR/Module.h") == "LLVM is seen in codegen alone");
  CHECK(objection("codegen", "llvm/IR/Module.h").empty());
  CHECK(objection("frontend", "codegen/compiler.h").empty());
}
