// LLVM's ways to end a process are errors like others.
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicsWebAssembly.h>
#include <llvm/Support/ErrorHandling.h>

#include <catch2/catch.hpp>
#include <new>

#include "codegen/context.h"
#include "codegen/machines.h"
#include "codegen/object_emitter.h"
#include "codegen/target_machine.h"
#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "tests/parsing.h"

using namespace rondo;
using Catch::Contains;

namespace {

// What no x86 has an instruction for.
void emit_the_impossible() {
  codegen::Context context;
  llvm::Module module("impossible", context);
  llvm::IRBuilder<> b(context);
  auto* function = llvm::Function::Create(llvm::FunctionType::get(b.getVoidTy(), false),
                                          llvm::Function::ExternalLinkage, "impossible", module);
  b.SetInsertPoint(llvm::BasicBlock::Create(context, "entry", function));
  b.CreateIntrinsic(llvm::Intrinsic::wasm_memory_atomic_notify, {},
                    {llvm::ConstantPointerNull::get(b.getPtrTy()), b.getInt32(0)});
  b.CreateRetVoid();
  const ir::Target target = codegen::host_machine();
  module.setTargetTriple(target.triple);
  codegen::emit_object(module, *codegen::make_target_machine(target));
}

}  // namespace

TEST_CASE("what LLVM cannot select is an internal error, and the next cell compiles", "[limits]") {
  CHECK_THROWS_WITH(emit_the_impossible(), Contains("LLVM cannot make code of this: Cannot select"));
  const Parsed parsed = parse_cell(
      "cell c(n) {\n input x : f32[n]\n state h : f32[n]\n next h = h + x\n output next h\n}", {{"n", 4}});
  REQUIRE(parsed.recurrence.has_value());
  ir::Diagnostics diagnostics;
  const auto compiled = engine::Engine().compile(*parsed.recurrence, {}, diagnostics);
  REQUIRE(compiled.has_value());
  ir::Arguments arguments;
  arguments.inputs["x"] = ir::Tensor(ir::DType::F32, {1, 2, 4});
  CHECK(engine::run(compiled->kernel, arguments, diagnostics).has_value());
}

TEST_CASE("fatal errors, failed allocations and error diagnostics of LLVM are exceptions", "[limits]") {
  codegen::Context context;
  CHECK_THROWS_AS(llvm::report_fatal_error("no way on"), ir::InternalError);
  CHECK_THROWS_AS(llvm::report_bad_alloc_error("nothing left"), std::bad_alloc);
  CHECK_THROWS_WITH(context.emitError("inline assembly of nonsense"),
                    Contains("inline assembly of nonsense"));
  CHECK_NOTHROW(context.diagnose(llvm::DiagnosticInfoInlineAsm("beware", llvm::DS_Warning)));
}
