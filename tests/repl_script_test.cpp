// `rondo repl < script` and `rondo -e`: what statements do, and what is said of those that are wrong.
#include <catch2/catch.hpp>

#include "frontend/data/npz.h"
#include "tests/run_program.h"

using namespace rondo;
using test::Outcome;

namespace {

Outcome repl(const std::string& script) {
  return test::run_rondo({"repl"}, script);
}

// Sums that can be followed by hand.
const std::string gather = R"(
cell gather(features) {
  input  x : f32[features]
  state  s : f32[features]
  weight w : f32[features]
  scaled = w * x
  next s = s + scaled
  output next s
}
x = [[[1], [2], [3]], [[4], [5], [6]]]
w = [10]
)";
const std::string declared = "gather(features): input x; state s; weight w\n";

// What comes behind `gather` and its arrays.
std::string after_gather(const std::string& script) {
  const Outcome outcome = repl(gather + script);
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  REQUIRE(outcome.out.starts_with(declared));
  return outcome.out.substr(declared.size());
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("expressions print as numpy prints, with type and shape", "[repl]") {
  CHECK(repl("[[1, 2.5], [3, 4]] @ [1, 2]\n").out == "f32 (2,)\n[ 6, 11]\n");
  CHECK(repl("2 ** 0.5 + 1\n").out == "f32  2.41421\n");
  CHECK(repl("x = arange(6); reshape(x, [2, 3])[:, ::-1]\n").out == "f32 (2, 3)\n[[2, 1, 0],\n [5, 4, 3]]\n");
  CHECK(repl("a, b = split([1, 2, 3, 4], 2); b; a < 2\n").out ==
        "f32 (2,)\n[3, 4]\nbool (2,)\n[ true, false]\n");
  CHECK(repl("zeros(1000)\n").out == "f32 (1000,)\n[0, 0, 0, ..., 0, 0, 0]\n");
  CHECK(repl("i64([3, -1])\n").out == "i64 (2,)\n[ 3, -1]\n");
  CHECK(repl("zeros(0, 3)\n").out == "f32 (0, 3)\n[]\n");
  CHECK(repl("linspace(0, 1, 3)\nlinspace(7, 9, 1)\n").out == "f32 (3,)\n[  0, 0.5,   1]\nf32 (1,)\n[7]\n");
  CHECK(repl("randn(4, seed=3) == randn(4, seed=3)\n").out == "bool (4,)\n[true, true, true, true]\n");
}

TEST_CASE("a product that is large is the same as one that is small, to the bit", "[repl]") {
  // The first is compiled, the second interpreted.
  CHECK(repl("a = randn(100, 80); b = randn(80, 90, seed=1)\n"
             "sum(f32((a @ b)[7:9] == a[7:9] @ b), axis=[0, 1])\n")
            .out == "f32  180\n");
}

TEST_CASE("a cell runs, is looked at, and is put in another's place", "[repl]") {
  const std::string out = after_gather(R"(
run gather x
outputs[1, :, 0]
state.s
cell gather(features) {
  input  x : f32[features]
  state  s : f32[features]
  next s = s + x
  output next s
}
r = run gather x s=[[100], [200]] --go-backwards
r.outputs[:, :, 0]
r
)");
  CHECK(contains(out, "  outputs      f32  (2, 3, 1)          10     63.333        150  10, 30, 60, ...\n"));
  CHECK(contains(out, "f32 (3,)\n[ 40,  90, 150]\n"));
  CHECK(contains(out, "f32 (2, 1)\n[[ 60],\n [150]]\n"));
  CHECK(contains(out, "gather(features): input x; state s\n"));
  CHECK(contains(out, "f32 (2, 3)\n[[103, 105, 106],\n [206, 211, 215]]\n"));
  CHECK(out.ends_with("  r.last_output  f32 (2, 1)\n  r.outputs  f32 (2, 3, 1)\n  r.state.s  f32 (2, 1)\n"));
}

TEST_CASE("calls take the options of the command line, masks and lengths by expression", "[repl]") {
  const std::string out = after_gather(R"(
run gather [[[1], [2]]]
outputs[:, :, 0]
run gather x --mask [[1, 0, 1], [0, 1, 1]]
outputs[:, :, 0]
run gather x --input-length [1, 3]
outputs[:, :, 0]
run --input-length=2 --unroll 2
outputs[:, :, 0]
:set input-length=1
run gather x
outputs[:, :, 0]
:set
)");
  CHECK(contains(out, "f32 (1, 2)\n[[10, 30]]\n"));
  CHECK(contains(out, "[[ 10,  10,  40],\n [  0,  50, 110]]\n"));
  CHECK(contains(out, "[[ 10,  10,  10],\n [ 40,  90, 150]]\n"));
  CHECK(contains(out, "[[10, 30,  0],\n [40, 90,  0]]\n"));
  CHECK(contains(out, "[[10,  0,  0],\n [40,  0,  0]]\n"));
  CHECK(out.ends_with("  input-length=1\n"));
}

TEST_CASE("values within the step are seen over time, forwards and backwards", "[repl]") {
  const std::string out =
      after_gather("run gather x\n:trace scaled sample=1\n:step 1 sample=1\n:step\n:step back\n");
  CHECK(contains(out, "'trace': f32 (3, 1)\n[[40],\n [50],\n [60]]\n"));
  const std::string middle =
      "step 1 of 3, sample 1\n"
      "  x       f32[1]  5\n"
      "  s       f32[1]  40\n"
      "  scaled  f32[1]  50\n"
      "  next s  f32[1]  90\n"
      "  output  f32[1]  90\n";
  CHECK(contains(out, middle + "step 2 of 3, sample 1\n"));
  CHECK(out.ends_with(middle));
}

TEST_CASE("the first NaN is named with step, sample, node, line and operands", "[repl]") {
  const std::string cell =
      "cell c {\n  input x : f32[1]\n  state s : f32[1]\n  root = sqrt(x)\n  next s = s + root\n"
      "  output next s\n}\n";
  const Outcome outcome = repl(cell + "x = [[[1], [4], [9]], [[1], [-4], [9]]]\n:nan c x\n:nan c x[:1]\n");
  CHECK(outcome.out ==
        "c: input x; state s\n"
        "step 1, sample 1: 'root' is nan at element 0 of f32[1]\n"
        "  c:4       root = sqrt(x)\n"
        "  operand   'x' f32[1]: -4 there\n"
        "no NaN and no infinity (steps: 3, samples: 1)\n");
}

TEST_CASE("the interpreter agrees, and two calls are compared", "[repl]") {
  const std::string out = after_gather(
      "run gather x\n:check\n:compare --unroll=1 | --unroll=4\n:compare gather x | gather x "
      "--go-backwards\n:time\n");
  CHECK(contains(
      out, "gather: largest difference from the interpreter 0, all bits agree (samples: 2, steps: 3)\n"));
  CHECK(contains(out, "  outputs      the same bits\n"));
  CHECK(contains(out, "  first   --unroll=1: "));
  CHECK(contains(out, "  outputs      largest difference "));
  CHECK(contains(out, " a step, "));
}

TEST_CASE("what the compiler makes of a cell is shown", "[repl]") {
  const std::string out = after_gather(":graph gather x\n:passes fuse-nests gather x\n:loops gather x\n");
  CHECK(contains(out, "  weight w : f32[1]\n"));
  CHECK(contains(out, "-     stage []\n"));
  CHECK(contains(out, "store out"));
  CHECK(contains(after_gather(":plan gather x\n"), "vectorize"));
  const std::string assembly = after_gather(":asm gather x\n");
  CHECK(contains(assembly, "scaled = w * x"));
  CHECK(contains(assembly, "ret"));
  CHECK(contains(after_gather(":llvm gather --set features=8\n"), "define "));
}

TEST_CASE("a session is saved and comes back", "[repl]") {
  const test::Scratch scratch;
  const std::string file = scratch.path("work.session");
  after_gather(":set unroll=2\nr = run gather x\n:save " + file + "\n");
  const Outcome outcome =
      repl(":load " + file + "\n:names\n:set\nrun gather x\nsum(abs(outputs - r.outputs), axis=[0, 1, 2])\n");
  CHECK(outcome.err.empty());
  CHECK(contains(outcome.out, "  cell  gather\n"));
  CHECK(contains(outcome.out, "  unroll=2\n"));
  CHECK(outcome.out.ends_with("f32  0\n"));
  CHECK(scratch.file_count() == 2);
}

TEST_CASE("arrays come from files, pictures and objects go to them", "[repl]") {
  const test::Scratch scratch;
  ir::Diagnostics diagnostics;
  const double ten = 10, one = 1;
  REQUIRE(data::write_npz(scratch.path("w.npz"),
                          {{"w", ir::Tensor::of(ir::DType::F32, {1}, std::span(&ten, 1))},
                           {"v", ir::Tensor::of(ir::DType::F32, {1}, std::span(&one, 1))}},
                          data::Compression::Stored, diagnostics));
  const std::string path = scratch.path("w.npz");
  const std::string out =
      after_gather("g = load(\"" + path + "\")\ng.w\nload(\"" + path + "\", \"v\")\n:load " + path +
                   "\nrun gather x --weights=g\n:plot outputs " + scratch.path("y.svg") + "\n:plot\n:emit " +
                   scratch.path("gather") + "\n");
  CHECK(contains(out, "f32 (1,)\n[10]\nf32 (1,)\n[1]\nv, w are bound\n"));
  CHECK(contains(out, "written   " + scratch.path("y.svg") + "\n"));
  CHECK(contains(out, "(the first of 2 samples of outputs)\n"));
  CHECK(contains(out, "written   " + scratch.path("gather.o")));
  CHECK(contains(test::read_whole(scratch.path("y.svg")), "<svg"));
  CHECK(contains(test::read_whole(scratch.path("gather.h")), "gather_run"));
}

TEST_CASE("a mistake ends a script with status 1", "[repl]") {
  const Outcome outcome = repl(gather + "x + nothing\nx\n");
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.err, "input:1:5: error: there is no 'nothing' here\n"));
  CHECK(contains(outcome.err, "the script ends here"));
}

TEST_CASE("a cell with a mistake leaves the one before", "[repl]") {
  const Outcome outcome = repl(gather + "cell gather { input x : f32[1]; output x + y }\n");
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.err, "gather:1:44: error: there is no 'y' here"));
}

TEST_CASE("what is hostile is refused, with a reason", "[repl]") {
  CHECK(contains(repl("zeros(10**12)\n").err, "at most 268435456 elements"));
  CHECK(contains(repl("zeros(100000, 100000, 100000, 100000)\n").err, "out of bounds"));
  CHECK(contains(repl("arange(0, 1, 0)\n").err, "no end of steps"));
  CHECK(contains(repl("zeros(30000, 1) + zeros(1, 30000)\n").err, "would take"));
  CHECK(contains(repl(std::string(5000, '(') + "\n").err, "nested more than 200 deep"));
  CHECK(contains(repl(std::string(5000, '[') + "1" + std::string(5000, ']') + "\n").err,
                 "nested more than 200 deep"));
  CHECK(contains(repl("\xff\xfe + 1\n").err, "'\\xff\\xfe' means nothing here"));
  CHECK(contains(repl(std::string("a\0b\n", 4)).err, "'\\x00' means nothing here"));
  CHECK(contains(repl("x = " + std::string(size_t{20} << 20, ' ') + "1\n").err, "longer than 16 MB"));
}

TEST_CASE("-e works on lines of the command line", "[repl]") {
  const Outcome outcome = test::run_rondo({"-e", "x = [1, 2]; x * 2", "-e", "x"});
  CHECK(outcome.out == "f32 (2,)\n[2, 4]\nf32 (2,)\n[1, 2]\n");
  CHECK(outcome.status == 0);
  CHECK(test::run_rondo({"-e", "nothing"}).status == 1);
}

TEST_CASE("help teaches: a beginning, every command, every function", "[repl]") {
  const std::string help = repl(":help\n").out;
  for (const char* command :
       {":cell", ":graph", ":plan", ":loops", ":llvm", ":asm", ":passes", ":time", ":plot", ":emit", ":save",
        ":load", ":set", ":trace", ":step", ":nan", ":check", ":compare"})
    CHECK(contains(help, std::string("  ") + command + " "));
  CHECK(contains(repl(":help step\n").out, "':step back' one back"));
  CHECK(contains(repl(":help softmax\n").out, "softmax(x, axis=-1)"));
  CHECK(contains(repl(":help expressions\n").out, "linspace(start, stop, count=50)"));
}

TEST_CASE("results without a finite value have no range, and what is no number no sign", "[repl]") {
  const std::string table = after_gather("run gather x w=sqrt(-ones(1))\nrun gather zeros(1, 0, 1)\n");
  CHECK(contains(
      table,
      "outputs      f32  (2, 3, 1)           -          -          -  nan, nan, nan, ...  (6 not finite)"));
  CHECK(contains(table, "outputs      f32  (1, 0, 1)           -          -          -  \n"));
  CHECK(!contains(table, "-nan"));
}

TEST_CASE("a size that no cell has is told, and kept for those to come", "[repl]") {
  const Outcome outcome = repl(gather + ":set features=1\n:set unrol=4\n:set\n");
  CHECK(outcome.status == 0);
  CHECK(outcome.err == "note: no cell has a size 'unrol' so far; did you mean 'unroll'?\n");
  CHECK(contains(outcome.out, "unrol=4"));
}
