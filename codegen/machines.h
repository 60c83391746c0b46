// Descriptions of machines that code can be made for.
#pragma once

#include <optional>
#include <string>

#include "ir/diagnostics.h"
#include "ir/target.h"

namespace rondo::codegen {

/// The machine that this program runs on, with all that its processor can do.
ir::Target host_machine();

/// A machine by name.
///
/// `triple`: LLVM's, in full or short ("aarch64-linux-gnu", "wasm32"); empty for the host's. There are
/// x86_64, aarch64, riscv64 and armv7 with ELF objects, and wasm32.
///
/// `cpu`: a processor by LLVM's name ("x86-64-v3", "cortex-a76"), features of it behind plus signs
/// ("generic-rv64+v"); "native" for the processor at hand; empty for the usual one of the architecture:
/// x86-64-v3, ARMv8-A, RV64GC, ARMv7-A with VFPv4, WebAssembly with SIMD.
///
/// Nothing, and a diagnostic that lists what there is, where either is not known.
std::optional<ir::Target> machine_named(const std::string& triple, const std::string& cpu,
                                        ir::Diagnostics& diagnostics);

}  // namespace rondo::codegen
