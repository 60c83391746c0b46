// The example of docs/ahead-of-time.md compiles, runs, and prints what the page says.
#include <catch2/catch.hpp>

#include "tests/run_program.h"

using namespace rondo;

namespace {

// The block of the page that begins with these words.
std::string block(const std::string& page, const std::string& beginning) {
  const size_t begin = page.find("```" + beginning);
  REQUIRE(begin != std::string::npos);
  const size_t text = page.find('\n', begin) + 1;
  return page.substr(text, page.find("```\n", text) - text);
}

}  // namespace

TEST_CASE("the example of an object does what the page says", "[aot]") {
  const std::string page = test::read_whole(RONDO_SOURCE_DIR "/docs/ahead-of-time.md");
  const test::Scratch scratch;
  const auto run = [](const std::vector<std::string>& words) {
    const test::Outcome outcome = test::run_command(words);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return outcome.out;
  };
  run({RONDO_PROGRAM, "compile", scratch.write("smooth.rondo", block(page, "\ncell smooth")), "--set",
       "features=2", "-o", scratch.path("smooth")});
  const std::string source = scratch.write("main.c", block(page, "c\n"));
  const std::string language = GENERATE("-std=c99", "-std=c11", "-xc++");
  run({"gcc", "-Wall", "-Wextra", "-pedantic", "-Werror", language, source, "-xnone",
       scratch.path("smooth.o"), "-o", scratch.path("program")});
  CHECK(run({scratch.path("program")}) == "2.125 1.26562\n2.125 1.26562\n");
}
