// What kernels are made of: vector instructions where there should be some, no calls to the outside, and no
// memory that is writable and executable at once.
#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "codegen/compiler.h"
#include "codegen/machines.h"
#include "frontend/engine/engine.h"
#include "tests/parsing.h"

using namespace rondo;

namespace {

const char* const lstm = R"(cell lstm(features, units) {
  input x : f32[features]
  state h, c : f32[units]
  weight W : f32[features, 4*units]
  weight U : f32[units, 4*units]
  zi, zf, zc, zo = split(x @ W + h @ U, 4)
  next c = sigmoid(zf) * c + sigmoid(zi) * tanh(zc)
  next h = sigmoid(zo) * tanh(next c)
  output next h
})";

engine::Compiled compiled(const std::string& text, const std::map<std::string, int64_t>& settings) {
  static ir::Diagnostics diagnostics;
  static const engine::Engine engine;
  const Parsed parsed = parse_cell(text, settings);
  REQUIRE(parsed.recurrence.has_value());
  auto result = engine.compile(*parsed.recurrence, {}, diagnostics);
  REQUIRE(result.has_value());
  return std::move(*result);
}

const ir::Target& host() {
  static const ir::Target target = codegen::host_machine();
  return target;
}

std::string assembly_of(const engine::Compiled& cell) {
  return codegen::assembly_text(*cell.pipeline.program, host());
}

// Names that the assembly calls or jumps to outside its own blocks.
std::vector<std::string> calls(const std::string& assembly) {
  std::vector<std::string> result;
  std::istringstream lines(assembly);
  for (std::string line; std::getline(lines, line);) {
    const size_t at = line.find("call");
    if (at != std::string::npos && line.find('#') > at) result.push_back(line.substr(at));
  }
  return result;
}

size_t occurrences(const std::string& text, const std::string& word) {
  size_t count = 0;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("a kernel of products and activations calls nothing outside its object", "[code]") {
  const std::string assembly = assembly_of(compiled(lstm, {{"features", 8}, {"units", 64}}));
  std::istringstream lines(assembly);
  std::set<std::string> labels;
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line.find(':') != std::string::npos) labels.insert(line.substr(0, line.find(':')));
  for (const std::string& call : calls(assembly)) {
    INFO(call);
    std::istringstream words(call);
    std::string mnemonic, callee;
    words >> mnemonic >> callee;
    CHECK((callee[0] == '*' || labels.count(callee) == 1));
  }
  CHECK(assembly.find("@PLT") == std::string::npos);
  CHECK(assembly.find("@GOT") == std::string::npos);
}

TEST_CASE("long functions are called inside the object alone", "[code]") {
  const engine::Compiled waves = compiled(
      "cell waves() { input x : f32[8]; state s : f32[8]; next s = sin(x) + erf(s); output next s }", {});
  for (const std::string& call : calls(assembly_of(waves))) {
    INFO(call);
    CHECK((call.find("sin.f32") != std::string::npos || call.find("erf.f32") != std::string::npos));
  }
  CHECK(calls(assembly_of(waves)).size() >= 2);
}

#if defined(__x86_64__)
TEST_CASE("contractions are fused multiply-adds on the widest vectors", "[code]") {
  const engine::Compiled cell = compiled(lstm, {{"features", 8}, {"units", 64}});
  const std::string assembly = assembly_of(cell);
  if (!host().has_fma) return;
  CHECK(occurrences(assembly, "vfmadd") > 20);
  CHECK(occurrences(assembly, host().vector_bits == 512 ? "%zmm" : "%ymm") > 20);
  CHECK(codegen::llvm_text(*cell.pipeline.program, host()).find("llvm.fma.v") != std::string::npos);
}
#endif

TEST_CASE("numbers of activations are operands in memory", "[code]") {
  // Not spread over a register by instructions of their own, where LLVM would have them so.
  const engine::Compiled cell = compiled(
      "cell fade(units) { input x : f32[units]; state s : f32[units]; next s = tanh(x + sigmoid(s)); output "
      "next s }",
      {{"units", 64}});
  ir::Diagnostics diagnostics;
  const auto target = codegen::machine_named("x86_64-linux-gnu", "x86-64-v3", diagnostics);
  REQUIRE(target.has_value());
  const std::string assembly = codegen::assembly_text(*cell.pipeline.program, *target);
  INFO(assembly);
  CHECK(occurrences(assembly, "vfmadd") > 10);
  CHECK(occurrences(assembly, "vbroadcastss") < 8);
}

TEST_CASE("no memory is writable and executable at once", "[code]") {
  const engine::Compiled cell = compiled(lstm, {{"features", 2}, {"units", 8}});
  std::ifstream maps("/proc/self/maps");
  int executable = 0;
  for (std::string line; std::getline(maps, line);) {
    INFO(line);
    const std::string permissions = line.substr(line.find(' ') + 1, 4);
    executable += permissions[2] == 'x' ? 1 : 0;
    CHECK_FALSE((permissions[1] == 'w' && permissions[2] == 'x'));
  }
  CHECK(executable > 0);
}

TEST_CASE("code of kernels that are gone is given back", "[code]") {
  const auto mappings = [] {
    std::ifstream maps("/proc/self/maps");
    int count = 0;
    for (std::string line; std::getline(maps, line);) ++count;
    return count;
  };
  const std::string text =
      "cell ema() { input x : f32[4]; state s : f32[4]; next s = s * 0.5 + x; output next s }";
  compiled(text, {});
  const int before = mappings();
  for (int i = 0; i < 100; ++i) compiled(text, {});
  CHECK(mappings() <= before + 4);
}

TEST_CASE("the frame of a kernel does not grow with its extents", "[code]") {
  // "subq $224, %rsp"
  const std::regex grows(R"(subq\s+\$(\d+), %rsp)");
  // Many columns with short sums, whose rows are written out.
  const std::string wide =
      "cell wide(units) { input x : f32[1]; state s : f32[1]; state h : f32[units]\n"
      "weight V, Z : f32[1, units]\n"
      "next h = sigmoid(s @ V) * h + tanh(s @ Z); next s = 0.5 * s + x; output next s }";
  const std::string cell = GENERATE_COPY(std::string(lstm), wide);
  for (const int64_t units : {20, 300, 3000}) {
    const std::map<std::string, int64_t> sizes =
        cell == wide ? std::map<std::string, int64_t>{{"units", units}}
                     : std::map<std::string, int64_t>{{"features", 64}, {"units", units}};
    const std::string assembly = assembly_of(compiled(cell, sizes));
    for (std::sregex_iterator i(assembly.begin(), assembly.end(), grows), end; i != end; ++i) {
      INFO(units << " units: " << i->str());
      CHECK(std::stol((*i)[1]) <= 4096);
    }
  }
}
