#include "codegen/host_target.h"

#include <fmt/format.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/Triple.h>

#include <algorithm>
#include <vector>

#include "codegen/target_machine.h"

namespace rondo::codegen {

namespace {

std::string list_of(const llvm::StringMap<bool>& features) {
  std::string result;
  // In a fixed order, so that the same machine gives the same bytes.
  std::vector<std::string> names;
  for (const auto& feature : features) names.push_back((feature.second ? "+" : "-") + feature.first().str());
  std::sort(names.begin(), names.end(),
            [](const auto& a, const auto& b) { return a.substr(1) < b.substr(1); });
  for (const std::string& name : names) result += (result.empty() ? "" : ",") + name;
  return result;
}

// What decisions above LLVM need to know; `has` tells whether the processor has a feature of LLVM's.
template <class Has>
void fill_in(ir::Target& target, const Has& has) {
  const llvm::Triple triple(target.triple);
  if (triple.isX86()) {
    const bool wide = has("avx512f");
    target.vector_bits = wide ? 512 : has("avx2") ? 256 : 128;
    target.vector_registers = wide ? 32 : 16;
    target.has_fma = has("fma");
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
    // Asked of the processor alone: starting LLVM's backend would take longer than all that is left to do
    // where the code comes from the cache.
    const llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
    target.features = list_of(features);
    fill_in(target, [&](llvm::StringRef feature) { return features.lookup(feature); });
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
  const std::unique_ptr<llvm::TargetMachine> machine = make_target_machine(target);
  fill_in(target, [&](llvm::StringRef feature) {
    return machine->getMCSubtargetInfo()->checkFeatures("+" + feature.str());
  });
  return target;
}

}  // namespace rondo::codegen
