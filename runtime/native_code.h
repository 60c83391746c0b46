// The functions of a compiled recurrence, and who owns their code.
#pragma once

#include <cstddef>

#include "runtime/kernel_abi.h"

namespace rondo::runtime {

/// The functions of runtime/kernel_abi.h that make up one compiled recurrence.
struct EntryPoints {
  rondo_run_function run = nullptr;
  rondo_workspace_function workspace_size = nullptr;
  rondo_prepare_function prepare = nullptr;
  rondo_prepared_size_function prepared_size = nullptr;
};

/// Executable code; its memory is given back when this goes. The functions may run in many threads at once.
class NativeCode {
 public:
  virtual ~NativeCode() = default;

  const EntryPoints& entries() const { return entries_; }
  /// Size of the code in bytes, its constants and tables included.
  size_t bytes() const { return bytes_; }

 protected:
  NativeCode() = default;
  NativeCode(const NativeCode&) = delete;
  NativeCode& operator=(const NativeCode&) = delete;

  EntryPoints entries_;
  size_t bytes_ = 0;
};

}  // namespace rondo::runtime
