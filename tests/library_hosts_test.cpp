// Programs with Rondo in them: what a real-time thread is promised, and another LLVM in the same process.
#include <catch2/catch.hpp>

#include "tests/run_program.h"
#include "tests/sanitizers.h"

using namespace rondo;

TEST_CASE("streams keep the promises to real-time threads", "[library][realtime]") {
  if (test::sanitized) {
    WARN("not run: sanitizers allocate, lock and call the system");
    return;
  }
  const test::Outcome outcome = test::run_command({RONDO_HOSTS "/realtime_host"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find("makes no system call: kept") != std::string::npos);
}

TEST_CASE("a program with an LLVM of its own is not disturbed", "[library]") {
  const test::Outcome outcome = test::run_command({RONDO_HOSTS "/two_llvms_host"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
}

TEST_CASE("the thread sanitizer finds nothing in what threads share", "[library][threads]") {
  const test::Outcome outcome = test::run_command({RONDO_HOSTS "/threads_host"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
}

TEST_CASE("sanitizers find nothing in what reads texts and arrays of anybody", "[fuzz]") {
  const test::Outcome outcome = test::run_command({RONDO_HOSTS "/readers_host"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
}
