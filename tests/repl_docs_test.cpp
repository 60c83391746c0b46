// The sessions of docs/repl.md and of the README print what these pages say: each page is one session, typed
// from top to bottom.
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/run_program.h"

using namespace rondo;

namespace {

struct Page {
  std::string typed, shown;
};

// What stands in blocks that are marked as sessions: "> " and ". " begin what is typed.
Page page_of(const std::string& path) {
  Page page;
  std::istringstream lines(test::read_whole(path));
  bool within = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      within = line == "```session";
    } else if (within && (line.starts_with("> ") || line.starts_with(". "))) {
      page.typed += line.substr(2) + "\n";
    } else if (within) {
      page.shown += line + "\n";
    }
  }
  return page;
}

void check(const std::string& path) {
  const test::Scratch scratch;
  const Page page = page_of(path);
  REQUIRE(!page.typed.empty());
  // In a folder of its own, for the files that it writes.
  const test::Outcome outcome = test::run_command({"env", "-C", scratch.path(""), RONDO_PROGRAM, "repl"},
                                                  page.typed, {{"RONDO_CACHE_DIR", "/dev/null"}});
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
  CHECK(outcome.out == page.shown);
}

}  // namespace

TEST_CASE("the sessions of the guide to the REPL print what it says", "[repl][docs]") {
  check(RONDO_SOURCE_DIR "/docs/repl.md");
}

TEST_CASE("the session of the README prints what it says", "[repl][docs]") {
  check(RONDO_SOURCE_DIR "/README.md");
}
