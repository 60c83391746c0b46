// A compiled recurrence as people call it: tensors in, tensors out.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ir/arguments.h"
#include "ir/loop_program.h"
#include "runtime/native_code.h"
#include "runtime/thread_pool.h"
#include "runtime/workspace.h"

namespace rondo::engine {

/// A kernel with its arguments bound: weights prepared, results and workspace allocated. Running it does
/// nothing but the recurrence, as often as wanted; the values of inputs, states and constants may change
/// between runs; weights, mask and lengths are taken when it is bound. Refers to the arguments, which must
/// stay. To be run by one thread at a time; the samples may be shared out among threads of its own.
class Call {
 public:
  void run();
  /// What the last run left.
  const ir::Results& results() const { return results_; }
  /// The same, for good: the call is not to be run again.
  ir::Results take_results() { return std::move(results_); }

 private:
  friend class Kernel;
  Call() = default;

  std::shared_ptr<const runtime::NativeCode> code_;
  // Some of the samples; samples do not depend on one another.
  struct Part {
    std::vector<rondo_array> arrays;
    runtime::Workspace workspace;
    rondo_call call{};
  };

  ir::Results results_;
  std::vector<std::unique_ptr<ir::Tensor>> owned_;  // what stands in for arguments: zeros, a mask in bytes
  std::optional<runtime::Workspace> prepared_;
  std::vector<Part> parts_;
  std::unique_ptr<runtime::ThreadPool> pool_;  // where there is more than one part
};

/// Copies share the code, which goes when the last of them does. May run in many threads at once.
class Kernel {
 public:
  /// The program is the one that the code was made from, the recurrence the one that the program was lowered
  /// from.
  Kernel(const ir::LoopProgram& program, const ir::Recurrence& recurrence,
         std::shared_ptr<const runtime::NativeCode> code, double compile_milliseconds);

  /// Nothing, and diagnostics, where the arguments do not fit or memory does not suffice. With more than one
  /// thread, each takes some of the samples; the results have the same bits.
  std::optional<Call> bind(const ir::Arguments& arguments, ir::Diagnostics& diagnostics,
                           int threads = 1) const;
  /// Binds, and runs once.
  std::optional<ir::Results> run(const ir::Arguments& arguments, ir::Diagnostics& diagnostics) const;

  size_t code_bytes() const { return shared_->code->bytes(); }
  /// Milliseconds for LLVM IR, code generation and linking, or for finding the code in the cache.
  double compile_milliseconds() const { return shared_->compile_milliseconds; }

 private:
  struct Shared {
    std::vector<ir::Buffer> buffers;
    bool samples_across_lanes;
    ir::Recurrence recurrence;
    std::shared_ptr<const runtime::NativeCode> code;
    double compile_milliseconds;
  };
  std::shared_ptr<const Shared> shared_;
};

}  // namespace rondo::engine
