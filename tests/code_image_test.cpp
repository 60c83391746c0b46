// Images of code: they run wherever they are put, in memory that is never writable and executable at once.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>

#include "codegen/compiler.h"
#include "codegen/machines.h"
#include "passes/pass_manager.h"
#include "runtime/code_image.h"
#include "tests/parsing.h"

using namespace rondo;

namespace {

runtime::CodeImage image_of(const std::string& text) {
  const Parsed parsed = parse_cell(text, {});
  REQUIRE(parsed.recurrence.has_value());
  ir::Diagnostics diagnostics;
  const auto pipeline = passes::run_passes(*parsed.recurrence, codegen::host_machine(), {}, diagnostics);
  REQUIRE(pipeline.has_value());
  auto image = codegen::compile(*pipeline->program, codegen::host_machine(), diagnostics);
  REQUIRE(image.has_value());
  return std::move(*image);
}

const char* const wave =
    "cell wave() { input x : f32[4]; state s : f32[4]; next s = sin(s + x); output next s }";

// How the memory at an address is mapped: "r-xp"; empty where it is not.
std::string permissions_at(const void* address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    size_t end = 0;
    const uint64_t first = std::stoull(line, &end, 16), last = std::stoull(line.substr(end + 1), nullptr, 16);
    const auto wanted = reinterpret_cast<uint64_t>(address);
    if (wanted >= first && wanted < last) return line.substr(line.find(' ') + 1, 4);
  }
  return {};
}

}  // namespace

TEST_CASE("one program has one image", "[code]") {
  const runtime::CodeImage first = image_of(wave), second = image_of(wave);
  CHECK(first.bytes == second.bytes);
  CHECK(first.entries == second.entries);
}

TEST_CASE("an image runs in several places at once", "[code]") {
  const runtime::CodeImage image = image_of(wave);
  std::error_code problem;
  const auto here = runtime::make_executable(image, problem);
  const auto there = runtime::make_executable(image, problem);
  REQUIRE(here);
  REQUIRE(there);
  CHECK(here->bytes() == image.bytes.size());
  CHECK(here->entries().run != there->entries().run);
  CHECK(here->entries().workspace_size(3) == there->entries().workspace_size(3));
  CHECK(here->entries().prepared_size() == there->entries().prepared_size());
}

TEST_CASE("code can be read and run, not written, and is given back", "[code]") {
  std::error_code problem;
  auto code = runtime::make_executable(image_of(wave), problem);
  REQUIRE(code);
  const auto* address = reinterpret_cast<const void*>(code->entries().run);
  CHECK(permissions_at(address) == "r-xp");
  code.reset();
  CHECK_FALSE(permissions_at(address) == "r-xp");
}

TEST_CASE("code that cannot be mapped says why", "[code]") {
  std::error_code problem;
  CHECK_FALSE(runtime::make_executable({}, problem));  // no system maps nothing
  CHECK(problem == std::errc::invalid_argument);

  // A system that lets no memory become executable (systemd: MemoryDenyWriteExecute); for good, so in a
  // process of its own.
  const runtime::CodeImage image = image_of(wave);
  constexpr int set_mdwe = 65, refuse_exec_gain = 1, not_supported = 2;
  const pid_t child = fork();
  if (child == 0) {
    if (prctl(set_mdwe, refuse_exec_gain, 0, 0, 0) != 0) _exit(not_supported);
    const bool refused = !runtime::make_executable(image, problem) && problem == std::errc::permission_denied;
    _exit(refused ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((status == 0 || WEXITSTATUS(status) == not_supported));
}
