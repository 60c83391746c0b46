// Code made ahead of time: the functions of a kernel as a file that any program links.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/diagnostics.h"
#include "ir/loop_program.h"
#include "ir/target.h"
#include "runtime/kernel_abi.h"

namespace rondo::codegen {

/// A kernel for one machine. Its weights are taken when it is prepared, and not with each call: among the
/// arrays of a call there are none.
struct KernelCode {
  const ir::LoopProgram* program = nullptr;
  ir::Target target;
  /// What is prepared, from `prepare_ahead`: read-only data of the file then. The call's `prepared` is not
  /// read.
  std::optional<std::vector<std::byte>> prepared{};
};

enum class CodeForm { Object, Assembly, LlvmText, Bitcode };

/// The file: the functions of runtime/kernel_abi.h, named NAME, NAME_workspace, NAME_prepare and
/// NAME_prepared_size. It refers to nothing outside itself, has no variables, and depends on nothing but the
/// arguments: the same bytes come of the same.
///
/// Of several kernels, which must be for different levels of x86-64 in rising order, the file has all, and
/// what is prepared says which of them runs (codegen/dispatcher.h).
std::string emit_code(const std::vector<KernelCode>& kernels, const std::string& name, CodeForm form);

/// Whether kernels for all of these can stand in one file: a single target, or different levels of x86-64 in
/// rising order. Reports what is wrong.
bool go_together(const std::vector<ir::Target>& targets, ir::Diagnostics& diagnostics);

/// Bytes ahead of what is prepared where a file has several kernels: a number of 64 bits that says which
/// runs.
inline constexpr int64_t choice_bytes = 64;

/// Bytes of what is prepared, and of the workspace for a batch.
int64_t prepared_bytes(const ir::LoopProgram& program);
int64_t workspace_bytes(const ir::LoopProgram& program, int64_t batch);

/// What the prepare function of the kernel makes of `weights` (in the order of the signature), for whatever
/// machine: all of them lay weights out as the loop program says. Nothing, and a diagnostic, where this
/// machine cannot run it, as it has no fused multiply-add and the other does.
std::optional<std::vector<std::byte>> prepare_ahead(const ir::LoopProgram& program, const ir::Target& target,
                                                    std::span<const rondo_array> weights,
                                                    ir::Diagnostics& diagnostics);

}  // namespace rondo::codegen
