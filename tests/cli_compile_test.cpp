// `rondo compile`: the files it writes, and what it says where it cannot.
#include <catch2/catch.hpp>

#include "frontend/data/npz.h"
#include "ir/tensor.h"
#include "tests/run_program.h"

using namespace rondo;
using Catch::Contains;
using Words = std::vector<std::string>;

namespace {

const std::string gather = R"(
cell gather(features) {
  input  x : f32[features]
  state  s : f32[features]
  weight w : f32[features]
  next s = s + w * x
  output next s
}
)";

test::Outcome compile(const Words& more, const std::string& cell = gather) {
  Words words = {"compile", "-"};
  words.insert(words.end(), more.begin(), more.end());
  return test::run_rondo(words, cell);
}

std::string weights_file(const test::Scratch& scratch, const ir::Dims& dims) {
  ir::Diagnostics diagnostics;
  REQUIRE(data::write_npz(scratch.path("w.npz"), {{"w", ir::Tensor(ir::DType::F32, dims)}},
                          data::Compression::Stored, diagnostics));
  return scratch.path("w.npz");
}

bool is_there(const std::string& path) {
  return std::filesystem::exists(path);
}

}  // namespace

TEST_CASE("rondo compile writes object and header, or what is asked for", "[cli][aot]") {
  const test::Scratch scratch;
  const test::Outcome usual = compile({"--set", "features=3", "-o", scratch.path("my-cell")});
  INFO(usual.err);
  CHECK(usual.status == 0);
  CHECK_THAT(usual.out, Contains("my-cell.o (") && Contains("my-cell.h ("));
  CHECK_THAT(test::read_whole(scratch.path("my-cell.o")),
             Contains("ELF") && Contains("Rondo " RONDO_VERSION));
  CHECK_THAT(test::read_whole(scratch.path("my-cell.h")),
             Contains("my_cell_run(") && Contains("MY_CELL_X_SIZE = 3"));

  const test::Outcome texts =
      compile({"--set", "features=3", "-o", scratch.path("b"), "--emit", "llvm,asm,bc"});
  CHECK(texts.status == 0);
  CHECK_THAT(test::read_whole(scratch.path("b.ll")), Contains(" i32 @b_kernel("));
  CHECK_THAT(test::read_whole(scratch.path("b.s")), Contains("b_kernel:"));
  CHECK_THAT(test::read_whole(scratch.path("b.bc")), Catch::StartsWith("BC"));
  CHECK_FALSE(is_there(scratch.path("b.o")));
  CHECK_FALSE(is_there(scratch.path("b.h")));
}

TEST_CASE("the same cell gives the same bytes", "[cli][aot]") {
  const test::Scratch scratch;
  const std::string target = GENERATE("x86_64-linux-gnu", "aarch64-linux-gnu", "wasm32");
  const Words words = {"--weights", weights_file(scratch, {5}), "--target", target,
                       "--emit",    "obj,header,asm,llvm,bc"};
  std::string first;
  for (int turn = 0; turn < 2; ++turn) {
    Words all = words;
    all.insert(all.end(), {"-o", scratch.path("same")});
    REQUIRE(compile(all).status == 0);
    std::string bytes;
    for (const char* ending : {".o", ".h", ".s", ".ll", ".bc"})
      bytes += test::read_whole(scratch.path(std::string("same") + ending));
    if (turn == 0) first = bytes;
    CHECK(bytes == first);
  }
}

TEST_CASE("weights tell the sizes of a cell, and become part of the object", "[cli][aot]") {
  const test::Scratch scratch;
  REQUIRE(compile({"--weights", weights_file(scratch, {6}), "-o", scratch.path("within")}).status == 0);
  const std::string header = test::read_whole(scratch.path("within.h"));
  CHECK_THAT(header, Contains("WITHIN_X_SIZE = 6") && !Contains("within_prepare(") && !Contains("_weights"));
}

// A small cell for one sample needs no tiles, and one step no phases around it.
TEST_CASE("calls that are expected small have less code", "[cli][aot]") {
  const test::Scratch scratch;
  const std::string lstm = test::read_whole(RONDO_SOURCE_DIR "/cells/lstm.rondo");
  size_t before = SIZE_MAX;
  for (const Words& expected : {Words{}, Words{"--batch", "1"}, Words{"--batch", "1", "--time", "1"}}) {
    Words words = {"--set", "features=1", "--set", "units=8", "-o", scratch.path("cell")};
    words.insert(words.end(), expected.begin(), expected.end());
    REQUIRE(compile(words, lstm).status == 0);
    const size_t size = test::read_whole(scratch.path("cell.o")).size();
    CHECK(size < before);
    before = size;
  }
  const std::string header = test::read_whole(scratch.path("cell.h"));
  CHECK_THAT(header, Contains("cell_stream_step(") && !Contains("cell_stream_block("));
}

TEST_CASE("rondo compile refuses what is wrong, and leaves no files", "[cli][aot]") {
  const test::Scratch scratch;
  const Words sized = {"--set", "features=3"};
  const auto refused = [&](const Words& words, int status) {
    const test::Outcome outcome = compile(words);
    CHECK(outcome.status == status);
    CHECK(outcome.out.empty());
    return outcome.err;
  };
  const std::string out = scratch.path("out");
  CHECK_THAT(refused(sized, 2), Contains("-o is required"));
  CHECK_THAT(refused({"-o", out, "--emit", "obj,exe"}, 2), Contains("found 'exe'"));
  CHECK_THAT(refused({"-o", out}, 1), Contains("features"));
  CHECK_THAT(refused({"-o", scratch.path("7up"), "--set", "features=3"}, 1), Contains("no prefix"));
  CHECK_THAT(refused({"-o", out + ".o", "--set", "features=3"}, 1), Contains("leave '.o' out"));
  CHECK_THAT(refused({"-o", out, "--set", "features=3", "--target", "pdp11"}, 1), Contains("'pdp11'"));
  CHECK_THAT(refused({"-o", out, "--set", "features=3", "--cpu", "z80"}, 1), Contains("'z80'"));
  CHECK_THAT(refused({"-o", out, "--set", "features=3", "--cpu", "x86-64-v3,x86-64-v2"}, 1),
             Contains("rising order"));
  CHECK_THAT(refused({"-o", scratch.path("none/out"), "--set", "features=3"}, 1), Contains("none"));
  CHECK_THAT(refused({"-o", out, "--weights", weights_file(scratch, {2, 2})}, 1), Contains("w"));
  CHECK_THAT(refused({"-o", out, "--set", "features=3", "--stop-after", "simplify"}, 1),
             Contains("nothing to compile"));
  CHECK_FALSE(is_there(out + ".o"));
  CHECK_FALSE(is_there(out + ".h"));
}

TEST_CASE("names that C has for itself, or the header, are no trouble", "[cli][aot]") {
  const test::Scratch scratch;
  const std::string cell = R"(
cell clash(n) {
  input W : f32[n]
  input time : f32[n]
  input int : f32[n]
  input stream : f32[n]
  input int64_t : f32[n]
  input NULL : f32[n]
  input _Bool : f32[n]
  input linux : f32[n]
  input clash_run : f32[n]
  input CLASH_H : f32[n]
  input `end */ of @p_run "comment` : f32[n]
  state bytes : f32[n]
  state s_t : f32[n]
  state level : f32[n]
  weight w : f32[n]
  next s_t = s_t + W * w + time
  next level = level * 0.5 + stream + int
  next bytes = bytes + int64_t + NULL + _Bool + linux + clash_run + CLASH_H + `end */ of @p_run "comment`
  output arrays = next s_t
  output memory = next level
})";
  REQUIRE(compile({"--set", "n=3", "-o", scratch.path("clash")}, cell).status == 0);
  for (const char* language : {"-xc", "-xc++"}) {
    const test::Outcome outcome = test::run_command({"gcc", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic",
                                                     "-Werror", language, scratch.path("clash.h")});
    INFO(outcome.err);
    CHECK(outcome.status == 0);
  }
  CHECK_THAT(test::read_whole(scratch.path("clash.h")), Contains("input end * / of @p_run \"comment:"));
}

TEST_CASE("the name of a cell is a string of C whatever is in it", "[cli][aot]") {
  const test::Scratch scratch;
  const std::string cell = R"(cell `a"b\c*/d @P`() { input x : f32[1]; output x + 1 })";
  REQUIRE(compile({"-o", scratch.path("named")}, cell).status == 0);
  const std::string source = scratch.write("main.c",
                                           "#include <stdio.h>\n#include \"named.h\"\n"
                                           "int main(void) {\n  puts(NAMED_CELL);\n  return 0;\n}\n");
  const test::Outcome compiled = test::run_command(
      {"gcc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o", scratch.path("main"), source});
  INFO(compiled.err);
  REQUIRE(compiled.status == 0);
  CHECK(test::run_command({scratch.path("main")}).out == "a\"b\\c*/d @P\n");
}
