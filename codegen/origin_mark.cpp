#include "codegen/origin_mark.h"

#include <llvm/IR/DIBuilder.h>

namespace rondo::codegen {

namespace {

llvm::DICompileUnit* unit_of(llvm::Module& module) {
  const auto units = module.debug_compile_units();
  return units.begin() == units.end() ? nullptr : *units.begin();
}

}  // namespace

void carry_origins(llvm::Module& module) {
  module.addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
  llvm::DIBuilder builder(module);
  // Lines alone, as directives between the instructions: no section of the object tells of them.
  builder.createCompileUnit(llvm::dwarf::DW_LANG_C, builder.createFile("loops", ""), "rondo", true, "", 0, "",
                            llvm::DICompileUnit::DebugDirectivesOnly);
  builder.finalize();
}

void begin_function(llvm::IRBuilder<>& b, llvm::Function& function) {
  llvm::DICompileUnit* unit = unit_of(*function.getParent());
  if (!unit) return b.SetCurrentDebugLocation({});
  llvm::DIBuilder builder(*function.getParent(), false, unit);
  llvm::DISubprogram* subprogram =
      builder.createFunction(unit->getFile(), function.getName(), "", unit->getFile(), 0,
                             builder.createSubroutineType(builder.getOrCreateTypeArray({})), 0,
                             llvm::DINode::FlagZero, llvm::DISubprogram::SPFlagDefinition);
  builder.finalizeSubprogram(subprogram);
  function.setSubprogram(subprogram);
  b.SetCurrentDebugLocation(llvm::DILocation::get(b.getContext(), 0, 0, subprogram));
}

OriginMark::OriginMark(llvm::IRBuilder<>& b, const ir::LoopProgram& program, const ir::Stage& stage,
                       size_t position)
    : b_(b), before_(b.getCurrentDebugLocation()) {
  llvm::DISubprogram* subprogram = b.GetInsertBlock()->getParent()->getSubprogram();
  if (!subprogram) return;
  const ir::InstructionNumber number = ir::first_number(program, stage) + static_cast<int>(position);
  b.SetCurrentDebugLocation(llvm::DILocation::get(b.getContext(), line_of(number), 0, subprogram));
}

}  // namespace rondo::codegen
