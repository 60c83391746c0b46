// Nothing that somebody wrote steers the terminal that shows it.
#include "ir/visible_text.h"

#include <catch2/catch.hpp>

#include "tests/run_program.h"

using namespace rondo;
using ir::can_be_name, ir::visible;

TEST_CASE("what steers a terminal is written out", "[errors]") {
  CHECK(visible("plain text\n\tof lines") == "plain text\n\tof lines");
  CHECK(visible("ä € 𝄞 日本") == "ä € 𝄞 日本");
  CHECK(visible("\033[31mred\a\r\x7f") == "\\x1b[31mred\\x07\\x0d\\x7f");
  CHECK(visible("\xc2\x9b"
                "31m") == "\\x9b31m");
  CHECK(visible("\u202eabc\u2066\u200f") == "\\u202eabc\\u2066\\u200f");
  CHECK(visible("\xff\xc3\xe2\x80") == "\\xff\\xc3\\xe2\\x80");
  CHECK(visible(std::string_view("a\0b", 3)) == "a\\x00b");
}

TEST_CASE("names have nothing in them that steers a terminal", "[errors]") {
  CHECK(can_be_name("dense/kernel:0"));
  CHECK(can_be_name("größe"));
  for (const char* name : {"", "a`b", "a\nb", "a\tb", "\033[31m", "\u202eabc", "\xff"}) {
    CAPTURE(name);
    CHECK(!can_be_name(name));
  }
}

TEST_CASE("messages about hostile names can be read", "[errors][cli]") {
  const test::Scratch scratch;
  const std::string file =
      scratch.write("hostile.rondo", "cell c() {\n input `\033[31mred` : f32[3]\n output `\033[31mbad`\n}\n");
  const test::Outcome outcome = test::run_rondo({"check", file});
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK((outcome.out + outcome.err).find('\033') == std::string::npos);
  CHECK_THAT(outcome.err, Catch::Contains("a name cannot have control characters in it"));
  CHECK(test::run_rondo({"check", "no\033[31msuch"}).err.find('\033') == std::string::npos);
}

TEST_CASE("headers and pages with hostile names are headers and pages", "[errors][cli]") {
  const test::Scratch scratch;
  const std::string file = scratch.write("hostile.rondo",
                                         "cell `c*/ int evil; /*`() {\n"
                                         "  input `a*/\"<script>evil()</script>\\` : f32[2]\n"
                                         "  state `s'&<b>` : f32[2]\n"
                                         "  next `s'&<b>` = `s'&<b>` + `a*/\"<script>evil()</script>\\`\n"
                                         "  output `o?"
                                         "?/ */ #error` = next `s'&<b>`\n}\n");
  REQUIRE(test::run_rondo({"compile", file, "-o", scratch.path("hostile")}).status == 0);
  const test::Outcome compiled =
      test::run_command({"gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                         "-Wno-unused-function", scratch.path("hostile.h")});
  INFO(compiled.err);
  CHECK(compiled.status == 0);
  REQUIRE(test::run_rondo({"explain", file, "--html", scratch.path("page.html")}).status == 0);
  const std::string page = test::read_whole(scratch.path("page.html"));
  CHECK_THAT(page, Catch::Contains("&lt;script&gt;evil()") && !Catch::Contains("<script>evil"));
}

TEST_CASE("a long name is not told in full", "[errors][cli]") {
  const test::Scratch scratch;
  const std::string file = scratch.write(
      "long.rondo", "cell c() {\n input x : f32[3]\n output " + std::string(1'000'000, 'a') + "\n}\n");
  const test::Outcome outcome = test::run_rondo({"check", file});
  CHECK(outcome.status == 1);
  CHECK(outcome.err.size() < 10'000);
}
