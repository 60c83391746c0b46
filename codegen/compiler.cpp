#include "codegen/compiler.h"

#include <llvm/IR/DebugInfo.h>
#include <llvm/Support/raw_ostream.h>

#include "codegen/beside.h"
#include "codegen/bounds_checks.h"
#include "codegen/context.h"
#include "codegen/function_library.h"
#include "codegen/image_linker.h"
#include "codegen/kernel_emitter.h"
#include "codegen/object_emitter.h"
#include "codegen/target_machine.h"

namespace rondo::codegen {

using namespace ir;

namespace {

const std::string kernel_name = "rondo_kernel";

std::unique_ptr<llvm::MemoryBuffer> object_of(llvm::Module& module, const Target& target) {
  return emit_object(module, *make_target_machine(target));
}

llvm::Expected<LinkedImage> compile_part(Part part, const LoopProgram& program, const Target& target) {
  Context context;
  const auto module = emit_module(program, target, kernel_name, context, {}, Origins::None, part);
  auto functions = FunctionLibrary::instance().code_of(take_standalone_functions(*module), target);
  const std::unique_ptr<llvm::MemoryBuffer> object = object_of(*module, target);
  return link_part(part, object->getMemBufferRef(), kernel_name, functions.get());
}

// What is called ahead of the kernel is compiled beside it.
llvm::Expected<runtime::CodeImage> compile_parts(const LoopProgram& program, const Target& target) {
  const auto part = [&](Part which) { return compile_part(which, program, target); };
  auto ahead = beside([&] { return part(Part::Ahead); });
  llvm::Expected<LinkedImage> kernel = part(Part::Kernel);
  llvm::Expected<LinkedImage> others = ahead.get();
  if (llvm::Error error = llvm::joinErrors(kernel.takeError(), others.takeError())) return error;
  return joined(std::move(*kernel), *others);
}

// In one piece: checks are about all functions and what only this kernel has.
llvm::Expected<runtime::CodeImage> compile_checked(const LoopProgram& program, const Target& target) {
  Context context;
  const auto module = emit_module(program, target, kernel_name, context, {}, Origins::Carried);
  insert_bounds_checks(*module, kernel_name);
  llvm::StripDebugInfo(*module);
  const std::unique_ptr<llvm::MemoryBuffer> object = object_of(*module, target);
  return link_kernel(object->getMemBufferRef(), kernel_name);
}

}  // namespace

std::optional<runtime::CodeImage> compile(const LoopProgram& program, const Target& target,
                                          Diagnostics& diagnostics, Checks checks) {
  auto image = checks == Checks::None ? compile_parts(program, target) : compile_checked(program, target);
  if (image) return std::move(*image);
  diagnostics.error("the kernel cannot be linked: " + llvm::toString(image.takeError()));
  return std::nullopt;
}

std::string llvm_text(const LoopProgram& program, const Target& target) {
  Context context;
  std::string text;
  llvm::raw_string_ostream(text) << *emit_module(program, target, program.name, context);
  return text;
}

std::string assembly_text(const LoopProgram& program, const Target& target) {
  Context context;
  return emit_assembly(*emit_module(program, target, program.name, context), *make_target_machine(target));
}

}  // namespace rondo::codegen
