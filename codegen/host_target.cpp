#include "codegen/host_target.h"

#include <fmt/format.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/Triple.h>

#include <algorithm>
#include <vector>

#include "codegen/target_machine.h"

namespace rondo::codegen {

namespace {

std::string host_features() {
  std::string result;
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  // In a fixed order, so that the same machine gives the same bytes.
  std::vector<std::string> names;
  for (const auto& feature : features) names.push_back((feature.second ? "+" : "-") + feature.first().str());
  std::sort(names.begin(), names.end(),
            [](const auto& a, const auto& b) { return a.substr(1) < b.substr(1); });
  for (const std::string& name : names) result += (result.empty() ? "" : ",") + name;
  return result;
}

// What decisions above LLVM need to know, asked of LLVM's own tables.
void fill_in(ir::Target& target, const llvm::MCSubtargetInfo& info) {
  const llvm::Triple triple(target.triple);
  if (triple.isX86()) {
    const bool wide = info.checkFeatures("+avx512f");
    target.vector_bits = wide ? 512 : info.checkFeatures("+avx2") ? 256 : 128;
    target.vector_registers = wide ? 32 : 16;
    target.has_fma = info.checkFeatures("+fma");
  } else {
    target.vector_bits = 128;
    target.vector_registers = 32;
    target.has_fma = triple.isAArch64() || triple.isRISCV64();
  }
}

}  // namespace

ir::Target host_target() {
  static const ir::Target host = [] {
    ir::Target target;
    target.triple = llvm::sys::getProcessTriple();
    target.cpu = llvm::sys::getHostCPUName().str();
    target.features = host_features();
    fill_in(target, *make_target_machine(target)->getMCSubtargetInfo());
    return target;
  }();
  return host;
}

std::optional<ir::Target> named_target(const std::string& cpu, ir::Diagnostics& diagnostics) {
  ir::Target target;
  target.triple = llvm::sys::getProcessTriple();
  const std::unique_ptr<llvm::TargetMachine> generic = make_target_machine(target);
  if (!generic->getMCSubtargetInfo()->isCPUStringValid(cpu)) {
    diagnostics.error(
        fmt::format("LLVM knows no processor '{}' of this architecture; try x86-64-v2, x86-64-v3, "
                    "x86-64-v4, znver4, skylake-avx512 or the like",
                    cpu));
    return std::nullopt;
  }
  target.cpu = cpu;
  fill_in(target, *make_target_machine(target)->getMCSubtargetInfo());
  return target;
}

}  // namespace rondo::codegen
