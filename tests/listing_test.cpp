// Code links to the loop program and so to the source: without changing the code.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "codegen/compiler.h"
#include "codegen/listing.h"
#include "codegen/machines.h"
#include "passes/pass_manager.h"
#include "tests/parsing.h"

using namespace rondo;

namespace {

// Tiles as well as packed weights, a function of the module's own (erf), a reduction.
const char* const cell = R"(cell mixed(features, units) {
  input x : f32[features]
  state h, c : f32[units]
  weight W : f32[features, 2*units]
  weight U : f32[units, 2*units]
  a, b = split(x @ W + h @ U, 2)
  next c = sigmoid(a) * c
  g = erf(b) * sum(c)
  next h = g * tanh(next c)
  output next h
})";

struct Lowered {
  passes::Pipeline pipeline;
  ir::Target target;

  const ir::LoopProgram& program() const { return *pipeline.program; }
};

Lowered lowered(const std::string& text, int64_t units, const ir::Target& target,
                const passes::Options& options = {}) {
  const Parsed parsed = parse_cell(text, {{"features", 3}, {"units", units}});
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  ir::Diagnostics diagnostics;
  auto pipeline = passes::run_passes(*parsed.recurrence, target, options, diagnostics);
  REQUIRE(pipeline.has_value());
  return {std::move(*pipeline), target};
}

std::string text_of(const std::vector<ir::ListingLine>& lines) {
  std::string text;
  for (const ir::ListingLine& line : lines) text += line.text + "\n";
  return text;
}

// Whole listings would fill the screen.
std::string first_difference(const std::string& a, const std::string& b) {
  if (a == b) return "";
  const auto at =
      static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  return a.substr(at, 80) + " instead of " + (at < b.size() ? b.substr(at, 80) : "the end");
}

// The lines of source that some line of the listing comes from.
std::set<int> source_lines(const Lowered& of, const std::vector<ir::ListingLine>& lines) {
  const std::vector<const ir::Instruction*> all = ir::all_instructions(of.program());
  std::set<int> result;
  for (const ir::ListingLine& line : lines)
    for (const ir::InstructionNumber number : line.instructions) {
      const ir::NodeId origin = all.at(static_cast<size_t>(number))->origin;
      if (origin.valid()) result.insert(of.pipeline.recurrence.step[origin].where.line);
    }
  return result;
}

}  // namespace

TEST_CASE("origins change no code", "[listing]") {
  for (const int64_t units : {4, 11, 40})
    for (const bool samples : {false, true}) {
      passes::Options options;
      options.samples_across_lanes = samples;
      CAPTURE(units, samples);
      const Lowered of = lowered(cell, units, codegen::host_machine(), options);
      CHECK(first_difference(text_of(codegen::llvm_listing(of.program(), of.target)),
                             codegen::llvm_text(of.program(), of.target)) == "");
      CHECK(first_difference(text_of(codegen::assembly_listing(of.program(), of.target)),
                             codegen::assembly_text(of.program(), of.target)) == "");
    }
}

TEST_CASE("each line of the source is found in the loop program, LLVM IR and assembly", "[listing]") {
  for (const int64_t units : {4, 40}) {
    CAPTURE(units);
    const Lowered of = lowered(cell, units, codegen::host_machine());
    const std::set<int> lines{6, 7, 8, 9};
    for (const auto& listing : {ir::list(of.program()), codegen::llvm_listing(of.program(), of.target),
                                codegen::assembly_listing(of.program(), of.target)}) {
      const std::set<int> found = source_lines(of, listing);
      for (const int line : lines) CHECK(found.count(line) == 1);
    }
  }
}

TEST_CASE("multiply-adds of a product come from the line of the product", "[listing]") {
  const Lowered of = lowered(R"(cell product(features, units) {
  input x : f32[features]
  state h : f32[units]
  weight U : f32[units, units]
  next h = h @ U
  output h * 2
})",
                             40, codegen::host_machine());
  int products = 0;
  for (const ir::ListingLine& line : codegen::assembly_listing(of.program(), of.target)) {
    if (line.text.find("\tvfmadd") != 0) continue;
    ++products;
    REQUIRE(!line.instructions.empty());
    CHECK(source_lines(of, {line}) == std::set<int>{5});
  }
  CHECK(products > 0);
}
