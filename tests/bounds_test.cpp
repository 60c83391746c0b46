// Checked kernels: each load and store against the memory of the call.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "codegen/compiler.h"
#include "codegen/machines.h"
#include "frontend/data/npy.h"
#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "inputs_ahead.h"
#include "ir/interpreter.h"
#include "random_recurrence.h"
#include "tests/parsing.h"
#include "tests/run_program.h"

using namespace rondo;
using Catch::Contains;

namespace {

ir::Recurrence cell(int64_t units) {
  const Parsed parsed = parse_cell(R"(cell plain(features, units) {
  input x : f32[features]
  state h : f32[units]
  weight W : f32[features, units]
  weight U : f32[units, units]
  next h = erf(x @ W + h @ U)
  output next h
})",
                                   {{"features", 3}, {"units", units}});
  REQUIRE(parsed.recurrence.has_value());
  return *parsed.recurrence;
}

// The error of a call whose loop program has been tampered with: an offset moved in the first instruction of
// the kind in the phase.
std::string error_with(ir::Opcode opcode, int64_t units, int64_t moved,
                       ir::Access ir::Instruction::* access) {
  const ir::Recurrence recurrence = cell(units);
  const ir::Target target = codegen::host_machine();
  ir::Diagnostics diagnostics;
  passes::Options options;
  options.pins = tests::inputs_ahead(recurrence, target, options);
  auto pipeline = passes::run_passes(recurrence, target, options, diagnostics);
  REQUIRE(pipeline.has_value());
  ir::LoopProgram& program = *pipeline->program;
  // The first such instruction of the step that touches what is no temporary.
  for (ir::Nest& nest : program.step)
    for (ir::Stage& stage : nest.stages)
      for (ir::Instruction& instruction : stage.body) {
        if (instruction.opcode != opcode || moved == 0) continue;
        ir::Access& changed = instruction.*access;
        if (program[changed.buffer].kind != ir::BufferKind::Temporary)
          changed.offset += std::exchange(moved, 0);
      }
  REQUIRE(moved == 0);
  const auto image = codegen::compile(program, target, diagnostics, codegen::Checks::Bounds);
  INFO(diagnostics.render());
  REQUIRE(image.has_value());
  std::error_code problem;
  const engine::Kernel kernel(program, recurrence, runtime::make_executable(*image, problem), 0, true);
  tests::Random random(1);
  engine::run(kernel, tests::random_arguments(random, recurrence, 3, 5, false), diagnostics);
  return diagnostics.render();
}

}  // namespace

TEST_CASE("checked kernels find nothing in what the passes make, and give the same bits", "[bounds]") {
  for (uint64_t graph = 0; graph < 20; ++graph) {
    tests::Random random(4000 + graph);
    CAPTURE(4000 + graph);
    constexpr int64_t time = 5;
    const ir::Recurrence recurrence = tests::random_recurrence(random, 14, time);
    const ir::Arguments arguments =
        tests::random_arguments(random, recurrence, static_cast<int64_t>(random() % 20), time, false);
    passes::Options options;
    options.checked = true;
    options.lanes = 4 << random() % 3;
    options.samples_across_lanes = random() % 3 == 0;
    if (graph % 2 == 0) options.pins = tests::inputs_ahead(recurrence, codegen::host_machine(), options);
    ir::Diagnostics diagnostics;
    const auto wanted = ir::interpret(recurrence, arguments, diagnostics);
    const auto compiled = engine::Engine().compile(recurrence, options, diagnostics);
    REQUIRE((wanted && compiled));
    const auto found = engine::run(compiled->kernel, arguments, diagnostics);
    INFO(diagnostics.render());
    REQUIRE(found.has_value());
    for (size_t i = 0; i < wanted->outputs.size(); ++i)
      REQUIRE(ir::same_bits(wanted->outputs[i], found->outputs[i]));
    for (size_t i = 0; i < wanted->new_states.size(); ++i)
      REQUIRE(ir::same_bits(wanted->new_states[i], found->new_states[i]));
  }
}

TEST_CASE("an access outside the memory of a call is reported, and does no damage", "[bounds]") {
  using ir::Instruction;
  CHECK_THAT(error_with(ir::Opcode::Store, 5, 1'000'000, &Instruction::access),
             Contains("would have written") && Contains("the code is that of: store"));
  CHECK_THAT(error_with(ir::Opcode::Store, 40, -1'000'000, &Instruction::access),
             Contains("would have written"));
  CHECK_THAT(error_with(ir::Opcode::Contract, 40, 1, &Instruction::rhs),
             Contains("what prepares weights for the kernel would have read 4 bytes") &&
                 Contains("at byte 6400 of weight 'U', which has 6400"));
  CHECK_THAT(error_with(ir::Opcode::Contract, 5, 100'000'000, &Instruction::rhs),
             Contains("would have read") &&
                 Contains("the code is that of: %1 = contract f32 k=5 h.current[k] * U["));
}

TEST_CASE("rondo run --checked runs as ever", "[bounds]") {
  const test::Scratch scratch;
  const std::string file = scratch.write(
      "sum.rondo", "cell sum() {\n input x : f32[1]\n state s : f32[1]\n next s = s + x\n output next s\n}");
  const std::string x = scratch.path("x.npy");
  ir::Diagnostics diagnostics;
  ir::Tensor ones(ir::DType::F32, {1, 7, 1});
  for (float& one : ones.as<float>()) one = 1;
  REQUIRE(data::write_npy(x, ones, diagnostics));
  const test::Outcome outcome = test::run_rondo({"run", file, "--input", x, "--checked", "--verify"});
  INFO(outcome.err);
  CHECK(outcome.status == 0);
}
