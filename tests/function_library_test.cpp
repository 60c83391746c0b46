// Functions that kernels have in common: taken out of their modules, compiled once, part of each image.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <thread>

#include "codegen/compiler.h"
#include "codegen/context.h"
#include "codegen/function_library.h"
#include "codegen/kernel_emitter.h"
#include "codegen/machines.h"
#include "codegen/object_emitter.h"
#include "passes/pass_manager.h"
#include "tests/parsing.h"

using namespace rondo;

namespace {

const ir::Target& host() {
  static const ir::Target target = codegen::host_machine();
  return target;
}

ir::LoopProgram program_of(const std::string& cell, int64_t units) {
  std::ifstream file(RONDO_SOURCE_DIR "/cells/" + cell + ".rondo");
  std::stringstream text;
  text << file.rdbuf();
  const Parsed parsed = parse_cell(text.str(), {{"features", 24}, {"units", units}});
  REQUIRE(parsed.recurrence.has_value());
  ir::Diagnostics diagnostics;
  auto pipeline = passes::run_passes(*parsed.recurrence, host(), {}, diagnostics);
  REQUIRE(pipeline.has_value());
  return std::move(*pipeline->program);
}

std::vector<codegen::StandaloneFunction> functions_of(const ir::LoopProgram& program) {
  codegen::Context context;
  const auto module = codegen::emit_module(program, host(), "kernel", context);
  return codegen::take_standalone_functions(*module);
}

std::vector<codegen::StandaloneFunction> common_functions_of(const ir::LoopProgram& program) {
  std::vector<codegen::StandaloneFunction> functions = functions_of(program);
  CHECK(std::erase_if(functions, [](const auto& function) { return !function.is_common; }) > 0);
  return functions;
}

std::vector<const codegen::LinkedImage*> images(const std::vector<codegen::LinkedFunction>& functions) {
  std::vector<const codegen::LinkedImage*> result;
  for (const codegen::LinkedFunction& function : functions) result.push_back(function.image.get());
  return result;
}

}  // namespace

TEST_CASE(
    "sums of packed weights, and long loops behind them, are taken out of a module and wanted from outside",
    "[library]") {
  const ir::LoopProgram program = program_of("lstm", 72);
  codegen::Context context;
  const auto module = codegen::emit_module(program, host(), "kernel", context);
  const auto functions = codegen::take_standalone_functions(*module);
  CHECK(functions.size() >= 2);
  for (const codegen::StandaloneFunction& function : functions) {
    INFO(function.name);
    const bool is_common = function.name.starts_with("sum.") || function.name.starts_with("pack.");
    CHECK(is_common == function.is_common);
    CHECK((is_common || function.name.starts_with("kernel.rest")));
    REQUIRE(module->getFunction(function.name));
    CHECK(module->getFunction(function.name)->isDeclaration());
  }
  CHECK_FALSE(module->getFunction("kernel")->isDeclaration());
  CHECK_NOTHROW(codegen::verify(*module));
}

TEST_CASE("cells of other sizes and other kinds have the same functions", "[library]") {
  const auto names_and_code = [](const ir::LoopProgram& program) {
    std::map<std::string, std::string> result;
    for (codegen::StandaloneFunction& function : common_functions_of(program))
      result[function.name] = std::move(function.bitcode);
    return result;
  };
  const auto small = names_and_code(program_of("lstm", 72)), large = names_and_code(program_of("lstm", 136)),
             other = names_and_code(program_of("peephole_lstm", 72));
  CHECK(small == large);
  CHECK(small == other);
}

TEST_CASE("a function is compiled once", "[library]") {
  const auto functions = common_functions_of(program_of("gru", 72));
  codegen::FunctionLibrary library;
  const auto first = library.code_of(functions, host()).get();
  REQUIRE(first.size() == functions.size());
  const auto second = library.code_of(functions, host()).get();
  CHECK(images(first) == images(second));
}

TEST_CASE("many threads may want the same functions", "[library]") {
  const auto functions = functions_of(program_of("gru", 72));
  codegen::FunctionLibrary library;
  std::vector<std::vector<codegen::LinkedFunction>> found(4);
  std::vector<std::thread> threads;
  for (auto& each : found) threads.emplace_back([&] { each = library.code_of(functions, host()).get(); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& each : found)
    for (size_t i = 0; i < functions.size(); ++i) CHECK(each[i].image->bytes == found[0][i].image->bytes);
}

TEST_CASE("an image is the same with functions that were known and without", "[library]") {
  ir::Diagnostics diagnostics;
  const ir::LoopProgram program = program_of("minimal_gated_unit", 72);
  const auto first = codegen::compile(program, host(), diagnostics);
  const auto second = codegen::compile(program, host(), diagnostics);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(first->bytes == second->bytes);
  CHECK(first->entries == second->entries);
}
