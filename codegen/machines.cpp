#include "codegen/machines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <llvm/ADT/StringExtras.h>
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

using Names = std::vector<std::string>;

std::string list_of(const llvm::StringMap<bool>& features) {
  std::string result;
  // In a fixed order, so that the same machine gives the same bytes.
  Names names;
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
  const auto set = [&](int bits, int registers, bool fma) {
    target.vector_bits = bits;
    target.vector_registers = registers;
    target.has_fma = fma;
  };
  // Without vectors of its own a machine gets pairs of numbers, which LLVM takes apart: two sums at a time.
  if (triple.isX86()) {
    const bool wide = has("avx512f");
    set(wide ? 512 : has("avx2") ? 256 : 128, wide ? 32 : 16, has("fma"));
  } else if (triple.isRISCV64()) {
    set(has("v") ? 128 : 64, has("v") ? 32 : 16, true);
  } else if (triple.isARM()) {
    set(64, has("d32") ? 16 : 8, has("vfp4d16sp"));
  } else if (triple.isWasm()) {
    set(128, 16, false);
  } else {
    set(128, 32, triple.isAArch64());
  }
}

// --- the usual processor of an architecture ---

struct Usual {
  const char* cpu;
  const char* features;  // that hold whatever the processor is
  const char* with_usual_cpu;
};

Usual usual_of(const llvm::Triple& triple) {
  switch (triple.getArch()) {
    case llvm::Triple::x86_64:
      return {"x86-64-v3", "", ""};
    case llvm::Triple::riscv64:
      return {"generic-rv64", "+m,+a,+f,+d,+c", ""};
    case llvm::Triple::arm:
      // NEON's floats have no subnormal numbers; those of the VFP are as everywhere else.
      return {"generic", "-neon", "+vfp4,+d32"};
    case llvm::Triple::wasm32:
      return {"generic", "+simd128,+sign-ext,+nontrapping-fptoint,+bulk-memory", ""};
    default:
      return {"generic", "", ""};
  }
}

std::string joined(const Names& features) {
  std::string result;
  for (const std::string& feature : features)
    if (!feature.empty()) result += (result.empty() ? "" : ",") + feature;
  return result;
}

// --- names from the user ---

// "arm-linux-gnueabihf" means ARMv7, as it does in Debian; to LLVM it is ARMv4 without floating point.
llvm::Triple full_triple(const std::string& name) {
  if (name.empty()) return llvm::Triple(llvm::sys::getProcessTriple());
  llvm::Triple triple(llvm::Triple::normalize(name));
  if (triple.getArchName() == "arm" || triple.getArchName() == "armhf") triple.setArchName("armv7");
  // "riscv64" alone is a machine without an operating system, whose objects are ELF all the same.
  const bool is_wasm = triple.getArch() == llvm::Triple::wasm32;
  if (triple.isOSUnknown() && (is_wasm || triple.getEnvironment() == llvm::Triple::UnknownEnvironment))
    triple.setTriple(triple.getArchName() + (is_wasm ? "-unknown-unknown" : "-unknown-none-elf"));
  return triple;
}

bool is_known(const llvm::Triple& triple) {
  switch (triple.getArch()) {
    case llvm::Triple::x86_64:
      return triple.isOSBinFormatELF() && !triple.isX32();
    case llvm::Triple::aarch64:
      return triple.isOSBinFormatELF() && triple.getEnvironment() != llvm::Triple::GNUILP32;
    case llvm::Triple::riscv64:
      return triple.isOSBinFormatELF();
    case llvm::Triple::arm:
      return triple.isOSBinFormatELF() && triple.getArchName().starts_with("armv7") &&
             (triple.getEnvironment() == llvm::Triple::GNUEABIHF ||
              triple.getEnvironment() == llvm::Triple::MuslEABIHF ||
              triple.getEnvironment() == llvm::Triple::EABIHF);
    case llvm::Triple::wasm32:
      return triple.isOSBinFormatWasm();
    default:
      return false;
  }
}

template <class Entries>
Names names_of(const Entries& entries) {
  Names names;
  for (const auto& entry : entries) names.emplace_back(entry.Key);
  return names;
}

bool contains(const Names& names, llvm::StringRef name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Checks a processor and features of it against what LLVM knows of the architecture.
bool check_processor(const llvm::MCSubtargetInfo& known, const llvm::Triple& triple, const std::string& cpu,
                     const Names& features, ir::Diagnostics& diagnostics) {
  const Names processors = names_of(known.getAllProcessorDescriptions());
  if (!contains(processors, cpu)) {
    diagnostics.error(
        fmt::format("LLVM knows no processor '{}' of {}", cpu, std::string_view(triple.getArchName())));
    diagnostics.note(fmt::format("there are {}", fmt::join(processors, ", ")));
    return false;
  }
  const Names possible = names_of(known.getAllProcessorFeatures());
  for (const std::string& feature : features)
    if (!contains(possible, feature)) {
      diagnostics.error(fmt::format("LLVM knows no feature '{}' of {} processors", feature,
                                    std::string_view(triple.getArchName())));
      diagnostics.note(fmt::format("there are {}", fmt::join(possible, ", ")));
      return false;
    }
  return true;
}

std::optional<ir::Target> native_machine(const llvm::Triple& triple, ir::Diagnostics& diagnostics) {
  ir::Target host = host_machine();
  if (triple.getArch() == llvm::Triple(host.triple).getArch()) {
    host.triple = triple.str();
    return host;
  }
  diagnostics.error(fmt::format("the processor at hand is none of {}; name one", triple.str()));
  return std::nullopt;
}

}  // namespace

ir::Target host_machine() {
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

std::optional<ir::Target> machine_named(const std::string& name, const std::string& processor,
                                        ir::Diagnostics& diagnostics) {
  const llvm::Triple triple = full_triple(name);
  if (!is_known(triple)) {
    diagnostics.error(
        fmt::format("no code can be made for '{}'; there are x86_64-linux-gnu, aarch64-linux-gnu, "
                    "riscv64-linux-gnu, arm-linux-gnueabihf (ARMv7), others of these with ELF objects, and "
                    "wasm32",
                    name));
    return std::nullopt;
  }
  if (processor == "native") return native_machine(triple, diagnostics);
  const Usual usual = usual_of(triple);
  llvm::SmallVector<llvm::StringRef> words;
  llvm::StringRef(processor).split(words, '+');
  const std::string cpu = words[0].empty() ? usual.cpu : words[0].str();
  Names features;
  for (size_t i = 1; i < words.size(); ++i) features.push_back(words[i].str());
  ir::Target target;
  target.triple = triple.str();
  const std::unique_ptr<llvm::TargetMachine> generic = make_target_machine(target);
  if (!check_processor(*generic->getMCSubtargetInfo(), triple, cpu, features, diagnostics))
    return std::nullopt;
  target.cpu = cpu;
  for (std::string& feature : features) feature.insert(0, "+");
  features.insert(features.begin(), {words[0].empty() ? usual.with_usual_cpu : "", usual.features});
  target.features = joined(features);
  const std::unique_ptr<llvm::TargetMachine> machine = make_target_machine(target);
  fill_in(target, [&](llvm::StringRef feature) {
    return machine->getMCSubtargetInfo()->checkFeatures("+" + feature.str());
  });
  return target;
}

}  // namespace rondo::codegen
