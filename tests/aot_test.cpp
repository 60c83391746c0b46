// Cells compiled ahead of time, linked into C programs and run: the same bits as the interpreter's, on this
// machine and on others (the latter run by qemu, WebAssembly by node).
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "codegen/machines.h"
#include "frontend/aot/emit.h"
#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "ir/interpreter.h"
#include "ir/printer.h"
#include "random_recurrence.h"
#include "tests/aot_driver.h"
#include "tests/memcheck.h"
#include "tests/parsing.h"
#include "tests/run_program.h"
#include "tests/sanitizers.h"

using namespace rondo;
using tests::DrivenCell;
using Words = std::vector<std::string>;

namespace {

// A kind of machine, how C programs are made for it and run.
struct Machine {
  std::string triple, cpu;
  Words compiler, runner;
  std::set<std::string> provided{};  ///< names that the linker, no library, gives a meaning
};

const Machine aarch64{"aarch64-linux-gnu", "", {"aarch64-linux-gnu-gcc", "-static"}, {"qemu-aarch64"}};
const Machine riscv64{"riscv64-linux-gnu", "", {"riscv64-linux-gnu-gcc", "-static"}, {"qemu-riscv64"}};
const Machine armv7{"arm-linux-gnueabihf", "", {"arm-linux-gnueabihf-gcc", "-static"}, {"qemu-arm"}};
const Machine armv7_without_fma{
    "arm-linux-gnueabihf", "cortex-a9", {"arm-linux-gnueabihf-gcc", "-static"}, {"qemu-arm"}};
const Machine riscv64_vectors{"riscv64-linux-gnu",
                              "generic-rv64+v",
                              {"riscv64-linux-gnu-gcc", "-static"},
                              {"qemu-riscv64", "-cpu", "rv64,v=true,vext_spec=v1.0"}};

// Without a C library, and with a program that node runs: it calls what the module exports.
const Machine wasm32{"wasm32",
                     "",
                     {"clang-19", "--target=wasm32", "-ffreestanding", "-nostdlib", "-mbulk-memory",
                      "-fuse-ld=/usr/bin/wasm-ld-19", "-Wl,--no-entry"},
                     {"node", "-e",
                      "const code = new WebAssembly.Module(require('fs').readFileSync(process.argv[1]));"
                      "const exports = new WebAssembly.Instance(code).exports;"
                      "for (const name of Object.keys(exports)) if (name.startsWith('check_'))"
                      "  console.log(name.slice(6), exports[name]());"},
                     {"__stack_pointer", "__indirect_function_table"}};

Machine x86_64(const std::string& cpu) {
  return {"x86_64-linux-gnu", cpu, {"gcc"}, {}};
}

// Runs under Valgrind, and tells it what is written and what is whose. AVX-512 is beyond it.
Machine memcheck() {
  const bool has_v3 = codegen::host_machine().has_fma;
  return {"x86_64-linux-gnu",
          has_v3 ? "x86-64-v3" : "x86-64-v2",
          {"gcc", "-g", "-DRONDO_MEMCHECK"},
          test::memcheck};
}

ir::Target target_of(const Machine& machine) {
  ir::Diagnostics diagnostics;
  const auto target = codegen::machine_named(machine.triple, machine.cpu, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(target.has_value());
  return *target;
}

// --- cells ---

// Each function of floats, of both types; what all of it makes of numbers small and large.
const std::string functions = R"(
cell functions(n) {
  input x : $[n]
  state s : $[n]
  y = x * 3 + s
  next s = sin(y) + cos(y) * erf(x) + tanh(y) - sigmoid(x) + floor(y) * 0.25
  output a = exp(x) + log(abs(x) + 1e-3) + abs(x) ** 1.5 + sqrt(abs(y))
  output b = maximum(minimum(next s, 2), -1)
})";

const std::string numbers_and_bits = R"(
cell counts(n) {
  input x : i32[n]
  input on : bool[n]
  state total : i64[n]
  state seen : bool[n]
  state mean : f32[n]
  constant step : i64[n]
  next total = total + where(on, i64(x), step)
  next seen = seen or on
  next mean = mean * 0.5 + f32(next total) + f32(f64(next total) / 3)
  output where(next seen, i64(mean * 1e9) + i64(x), next total)
})";

// Of a call: samples, and steps where the recurrence does not fix them.
struct Extents {
  int64_t batch = 5, time = 7;
};

DrivenCell driven(const std::string& prefix, ir::Recurrence recurrence, bool special_values = false,
                  const Extents& extents = {}) {
  tests::Random random(prefix.size() * 77 + 5);
  const int64_t time = recurrence.time.value_or(extents.time);
  DrivenCell cell{prefix, std::move(recurrence), {}, {}};
  cell.arguments = tests::random_arguments(random, cell.recurrence, extents.batch, time, special_values);
  return cell;
}

DrivenCell driven(const std::string& prefix, const std::string& text,
                  const std::map<std::string, int64_t>& settings, ir::Masking masking = ir::Masking::None) {
  Parsed parsed = parse_cell(text, settings);
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  parsed.recurrence->masking = masking;
  return driven(prefix, std::move(*parsed.recurrence));
}

std::string ready_cell(const std::string& name) {
  return test::read_whole(RONDO_SOURCE_DIR "/cells/" + name + ".rondo");
}

std::string with_type(std::string text, const std::string& type) {
  for (size_t at = text.find('$'); at != std::string::npos; at = text.find('$')) text.replace(at, 1, type);
  return text;
}

// What matters to a machine: packed products and masks, rows alone, reductions, samples across lanes, both
// float types, integers and booleans, each function, weights within and without, loops, unrolled steps and
// single ones.
std::vector<DrivenCell> usual_cells() {
  using ir::Masking;
  const std::map<std::string, int64_t> sizes{{"features", 7}, {"units", 19}};
  std::vector<DrivenCell> cells;
  cells.push_back(driven("lstm", ready_cell("lstm"), sizes));
  cells.push_back(driven("masked_lstm", ready_cell("lstm"), sizes, Masking::Mask));
  cells.push_back(driven("zeroed_lstm", ready_cell("lstm"), sizes, Masking::Mask));
  cells.back().recurrence.zero_output_for_mask = true;
  cells.push_back(driven("gru", ready_cell("gru"), sizes, Masking::Lengths));
  cells.push_back(driven("norm", ready_cell("layer_norm_lstm"), sizes));
  cells.push_back(driven("attention", ready_cell("attention_integrator"),
                         {{"features", 3}, {"width", 5}, {"length", 7}, {"units", 9}}));
  cells.push_back(driven("biquad", ready_cell("biquad"), {{"channels", 2}}, Masking::Mask));
  cells.push_back(driven("functions", with_type(functions, "f32"), {{"n", 5}}));
  cells.push_back(driven("functions64", with_type(functions, "f64"), {{"n", 5}}));
  cells.push_back(driven("counts", numbers_and_bits, {{"n", 3}}));
  DrivenCell unrolled = driven("unrolled", ready_cell("simple_rnn"), sizes);
  unrolled.recurrence.unroll = ir::Unroll::Always;
  unrolled.recurrence.time = 7;
  cells.push_back(std::move(unrolled));
  Parsed one = parse_cell(ready_cell("lstm"), sizes);
  one.recurrence->time = 1;
  one.recurrence->masking = Masking::Mask;
  cells.push_back(driven("one_step", std::move(*one.recurrence)));
  for (const size_t within : {0, 4, 5, 6}) {
    cells.push_back(cells[within]);
    cells.back().prefix += "_within";
    cells.back().weights_inside = true;
  }
  return cells;
}

std::vector<DrivenCell> random_cells(int count) {
  std::vector<DrivenCell> cells;
  for (int i = 0; i < count; ++i) {
    tests::Random random(static_cast<uint64_t>(1000 + i));
    ir::Recurrence recurrence = tests::random_recurrence(random, 24, 7);
    cells.push_back(driven(fmt::format("random_{}", i), std::move(recurrence), true));
    cells.back().weights_inside = i % 2 == 0;
    cells.back().workspace_is_unwritten = cells.back().recurrence.masking == ir::Masking::None;
  }
  return cells;
}

// --- building and running ---

// The interpreter's results; without fused multiply-add those of this machine's code without it, as
// multiplying and adding apart gives one result, too, wherever it is done.
ir::Results wanted_from(const DrivenCell& cell, bool has_fma) {
  ir::Diagnostics diagnostics;
  std::optional<ir::Results> results;
  if (has_fma) {
    results = ir::interpret(cell.recurrence, cell.arguments, diagnostics);
  } else {
    static const engine::Engine plain(codegen::machine_named("", "x86-64-v2", diagnostics));
    const auto compiled = plain.compile(cell.recurrence, {}, diagnostics);
    if (compiled) results = engine::run(compiled->kernel, cell.arguments, diagnostics);
  }
  INFO(diagnostics.render());
  REQUIRE(results.has_value());
  return std::move(*results);
}

void emit(const DrivenCell& cell, const std::vector<ir::Target>& targets, const test::Scratch& scratch) {
  ir::Diagnostics diagnostics;
  aot::Options options{cell.prefix, targets, {}, {aot::FileKind::Object, aot::FileKind::Header}, {}};
  options.passes.verify_each = true;
  if (cell.weights_inside) options.weights = cell.arguments.weights;
  const auto files = aot::emit(cell.recurrence, options, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(files.has_value());
  REQUIRE(aot::write(*files, scratch.path(cell.prefix), diagnostics).has_value());
  scratch.write("check_" + cell.prefix + ".c", driver_text(cell));
}

// An object wants nothing of others, has no variables, and all that others see begins with its prefix.
void check_symbols(const Machine& machine, const std::string& object, const std::string& prefix) {
  const test::Outcome outcome = test::run_command({"llvm-nm-19", "--format=posix", object});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    std::istringstream words(line);
    std::string name, kind;
    words >> name >> kind;
    if (kind == "U")
      CHECK(machine.provided.contains(name));
    else if (kind == "T" || kind == "R")
      CHECK(name.starts_with(prefix + "_"));
    else
      // WebAssembly knows of no data that is only read.
      CHECK_THAT(machine.triple == "wasm32" ? "trdD" : "tr", Catch::Contains(kind));
  }
}

Words all_files(const std::vector<DrivenCell>& cells, const test::Scratch& scratch) {
  Words files;
  for (const DrivenCell& cell : cells)
    for (const std::string& name : {"check_" + cell.prefix + ".c", cell.prefix + ".o"})
      files.push_back(scratch.path(name));
  return files;
}

// Whether the code that runs multiplies and adds in one.
bool has_fma(const DrivenCell& cell, const std::vector<ir::Target>& targets) {
  if (cell.level == DrivenCell::Level::V2) return false;
  if (cell.level == DrivenCell::Level::Chosen) return codegen::host_machine().has_fma;
  return targets.back().has_fma;
}

// Emits, links and runs all of them as one program; each says that it found nothing wrong.
void check_on(const Machine& machine, const std::vector<ir::Target>& targets, std::vector<DrivenCell> cells) {
  const test::Scratch scratch;
  std::string fine;
  for (DrivenCell& cell : cells) {
    INFO(cell.prefix << "\n" << ir::print(cell.recurrence));
    cell.results = wanted_from(cell, has_fma(cell, targets));
    emit(cell, targets, scratch);
    check_symbols(machine, scratch.path(cell.prefix + ".o"), cell.prefix);
    fine += cell.prefix + " 0\n";
  }
  Words link = machine.compiler;
  link.insert(link.end(), {"-std=c99", "-Wall", "-Wextra", "-Werror", "-O1", "-o", scratch.path("program")});
  if (&machine == &wasm32)
    for (const DrivenCell& cell : cells) link.push_back("-Wl,--export=check_" + cell.prefix);
  else
    link.push_back(scratch.write("main.c", main_text(cells)));
  for (const std::string& file : all_files(cells, scratch)) link.push_back(file);
  const test::Outcome linked = test::run_command(link);
  INFO(linked.err);
  REQUIRE(linked.status == 0);
  Words run = machine.runner;
  run.push_back(scratch.path("program"));
  const test::Outcome outcome = test::run_command(run);
  INFO(outcome.err);
  // QEMU 7.2 aborts where a conversion of vectors follows one of a number in a block. Clang, which builds
  // what is sanitized, orders some instructions so; GCC does not.
  if (test::sanitized && outcome.err.find("ctx->insn_start != NULL") != std::string::npos) {
    WARN("not run: the emulator aborts at an instruction that it does not know in this place");
    return;
  }
  CHECK(outcome.status == 0);
  CHECK(outcome.out == fine);
}

void check_on(const Machine& machine, std::vector<DrivenCell> cells) {
  check_on(machine, {target_of(machine)}, std::move(cells));
}

}  // namespace

TEST_CASE("cells compiled ahead of time give the interpreter's bits", "[aot]") {
  check_on(x86_64("native"), usual_cells());
}

TEST_CASE("random recurrences compiled ahead of time give the interpreter's bits", "[aot]") {
  check_on(x86_64("native"), random_cells(24));
}

TEST_CASE("objects without samples or steps write what there is, and end at once",
          "[aot][limits][memcheck]") {
  std::vector<DrivenCell> cells;
  for (const Extents& extents : {Extents{0, 7}, Extents{5, 0}, Extents{0, 0}})
    for (DrivenCell& usual : usual_cells()) {
      const std::string prefix = fmt::format("{}_{}_{}", usual.prefix, extents.batch, extents.time);
      cells.push_back(driven(prefix, std::move(usual.recurrence), false, extents));
      cells.back().weights_inside = usual.weights_inside;
    }
  check_on(memcheck(), std::move(cells));
}

TEST_CASE("objects use nothing that was not written, and touch nothing that is not theirs",
          "[aot][memcheck]") {
  check_on(memcheck(), usual_cells());
}

TEST_CASE("objects of random recurrences use what was written and touch what is theirs",
          "[.][aot][memcheck]") {
  check_on(memcheck(), random_cells(60));
}

TEST_CASE("every level of x86-64 gives the same bits", "[aot]") {
  const std::string level = GENERATE("x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4");
  const Machine machine = x86_64(level);
  const ir::Target target = target_of(machine), host = codegen::host_machine();
  if (target.vector_bits <= host.vector_bits && (host.has_fma || !target.has_fma))
    return check_on(machine, usual_cells());
  WARN(level << " is not run, as the processor at hand has it not");
  const test::Scratch scratch;
  for (DrivenCell& cell : usual_cells()) {
    cell.results = wanted_from(cell, true);
    emit(cell, {target}, scratch);
    check_symbols(machine, scratch.path(cell.prefix + ".o"), cell.prefix);
  }
}

TEST_CASE("one object has code for several processors, and picks at run time", "[aot]") {
  using Level = DrivenCell::Level;
  const bool has_v4 = codegen::host_machine().vector_bits == 512;
  std::vector<ir::Target> targets;
  for (const char* level : {"x86-64-v2", "x86-64-v3", "x86-64-v4"})
    targets.push_back(target_of(x86_64(level)));
  std::vector<DrivenCell> cells;
  for (const bool within : {false, true})
    for (const Level level : {Level::Chosen, Level::V2, Level::V3, Level::V4}) {
      if (level == Level::V4 && !has_v4) continue;
      cells.push_back(driven("lstm", ready_cell("lstm"), {{"features", 7}, {"units", 19}}));
      cells.back().prefix += fmt::format("_{}{}", static_cast<int>(level), within ? "_within" : "");
      cells.back().level = level;
      cells.back().weights_inside = within;
    }
  Machine without_shared_libraries = x86_64("");
  without_shared_libraries.compiler.push_back("-static");
  check_on(without_shared_libraries, targets, cells);
}

TEST_CASE("other machines give the same bits", "[aot][cross]") {
  const Machine& machine = *GENERATE(
      values<const Machine*>({&aarch64, &riscv64, &riscv64_vectors, &armv7, &armv7_without_fma, &wasm32}));
  INFO(machine.triple << " " << machine.cpu);
  check_on(machine, usual_cells());
  check_on(machine, random_cells(6));
}
