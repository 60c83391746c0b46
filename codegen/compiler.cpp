#include "codegen/compiler.h"

#include <llvm/IR/DebugInfo.h>
#include <llvm/Support/raw_ostream.h>

#include "codegen/bounds_checks.h"
#include "codegen/context.h"
#include "codegen/function_library.h"
#include "codegen/image_linker.h"
#include "codegen/kernel_emitter.h"
#include "codegen/object_emitter.h"
#include "codegen/target_machine.h"

namespace rondo::codegen {

using namespace ir;

std::optional<runtime::CodeImage> compile(const LoopProgram& program, const Target& target,
                                          Diagnostics& diagnostics, Checks checks) {
  const std::string name = "rondo_kernel";
  Context context;
  const std::unique_ptr<llvm::Module> module = emit_module(
      program, target, name, context, {}, checks == Checks::None ? Origins::None : Origins::Carried);
  std::vector<StandaloneFunction> standalone;
  if (checks == Checks::Bounds) {
    insert_bounds_checks(*module, name);  // in all functions, with what only this kernel has
    llvm::StripDebugInfo(*module);
  } else {
    standalone = take_standalone_functions(*module);
  }
  auto functions = FunctionLibrary::instance().code_of(std::move(standalone), target);
  const std::unique_ptr<llvm::MemoryBuffer> object = emit_object(*module, *make_target_machine(target));
  auto image = link_kernel(object->getMemBufferRef(), name, functions.get());
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
