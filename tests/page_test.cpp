// `rondo explain --html`: the page, opened in a browser.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/browser.h"
#include "tests/run_program.h"

using namespace rondo;
using Catch::Contains;

namespace {

const std::string lstm = RONDO_SOURCE_DIR "/cells/lstm.rondo";

// Lines of source, and panes that have a mark.
constexpr const char* marked_panes =
    "[...document.querySelectorAll('section')].filter(s => s.querySelector('.on')).map(s => s.id).join(' ')";
constexpr const char* all_marks_are_of_line =
    "line => [...document.querySelectorAll('.on')].every(e => e.dataset.lines.split(' ').includes(line))";

std::string page_of(const test::Scratch& scratch, const std::string& cell) {
  const std::string page = scratch.path("page.html");
  const test::Outcome outcome =
      test::run_rondo({"explain", cell, "--set", "features=3", "--set", "units=8", "--html", page});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  return page;
}

}  // namespace

TEST_CASE("the page links source, graph, recurrence, decisions, loops and code", "[page]") {
  const test::Scratch scratch;
  test::Browser browser(page_of(scratch, lstm));
  CHECK(browser.evaluate("performance.getEntriesByType('resource').length") == 0);
  CHECK(browser.evaluate("document.querySelectorAll('.on').length") == 0);
  CHECK(browser.evaluate("document.querySelectorAll('.graph .end').length") == 3);  // next h, next c, output
  CHECK(browser.evaluate("document.querySelector('p + p').textContent.includes('measured')") == true);

  browser.hover("#source span[data-lines='17']");
  CHECK(browser.evaluate(marked_panes) == "source graph recurrence loops llvm assembly");
  CHECK(browser.evaluate(std::string("(") + all_marks_are_of_line + ")('17')") == true);
  // The code that came of it has moved into sight.
  CHECK(browser.evaluate(
            "(() => { const pane = document.querySelector('#assembly .scroll'), "
            "f = pane.getBoundingClientRect(); return [...pane.querySelectorAll('.on')].some(e => { "
            "const b = e.getBoundingClientRect(); return b.top >= f.top && b.top < f.bottom; }); })()") ==
        true);
  const std::string picture = browser.screenshot();
  CHECK(picture.substr(0, 4) == "\x89PNG");
  CHECK(picture.size() > 20'000);

  browser.hover("#decisions tr[data-lines='12']");
  CHECK_THAT(browser.evaluate(marked_panes).get<std::string>(), Contains("source") && Contains("decisions"));
  CHECK(browser.evaluate(std::string("(") + all_marks_are_of_line + ")('12')") == true);
  browser.hover("h1");
  CHECK(browser.evaluate("document.querySelectorAll('.on').length") == 0);
}

TEST_CASE("names of cells and values cannot become markup", "[page]") {
  const test::Scratch scratch;
  const std::string cell = scratch.write("evil.rondo", R"(# <script>alert(1)</script> </pre>
cell evil(features, units) {
  input `<b>x</b>` : f32[units]
  state h : f32[units]
  next h = h + `<b>x</b>`
  `"><img src=x onerror=alert(1)>` = tanh(next h)
  output `"><img src=x onerror=alert(1)>`
})");
  const std::string page = test::read_whole(page_of(scratch, cell));
  CHECK_THAT(page, !Contains("<b>x</b>") && !Contains("<script>alert") && !Contains("<img"));
  CHECK_THAT(page, Contains("&lt;b&gt;x&lt;/b&gt;"));
}

TEST_CASE("a graph too large to be drawn says so in its place", "[page]") {
  const test::Scratch scratch;
  std::string text =
      "cell large(features, units) {\n  input x : f32[units]\n  state h : f32[units]\n  v0 = x\n";
  for (int i = 1; i <= 601; ++i) text += fmt::format("  v{} = tanh(v{} + h)\n", i, i - 1);
  const std::string cell = scratch.write("large.rondo", text + "  next h = v601\n  output next h\n}\n");
  const std::string page = test::read_whole(page_of(scratch, cell));
  CHECK_THAT(page, Contains("id=\"graph\"") && Contains("Not drawn: it has 1204 operations"));
}

TEST_CASE("a page that cannot be written is an error", "[page]") {
  const test::Outcome outcome = test::run_rondo(
      {"explain", lstm, "--set", "features=3", "--set", "units=8", "--html", "/nowhere/page.html"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("/nowhere"));
}
