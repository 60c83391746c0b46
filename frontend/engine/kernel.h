// A compiled recurrence: its code, and the arguments that the code takes.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ir/loop_program.h"
#include "runtime/native_code.h"

namespace rondo::engine {

/// Arrays of one call where the caller has them, each list in the order of the step graph. Their dtypes and
/// shapes are those of the recurrence; element strides of batch and time are free (runtime/kernel_abi.h).
struct CallArrays {
  std::vector<rondo_array> inputs, constants, initial_states;
  rondo_array mask{}, lengths{};              ///< one byte a step; i64. What the recurrence masks by
  std::vector<rondo_array> previous_outputs;  ///< where a masked step repeats an output
  std::vector<rondo_array> outputs, last_outputs, final_states;
};

/// Copies share the code, which goes when the last of them does. May run in many threads at once.
class Kernel {
 public:
  /// The program is the one that the code was made from, the recurrence the one that the program was lowered
  /// from.
  Kernel(const ir::LoopProgram& program, const ir::Recurrence& recurrence,
         std::shared_ptr<const runtime::NativeCode> code, double compile_milliseconds, bool checked = false);

  const ir::Recurrence& recurrence() const { return shared_->recurrence; }
  const runtime::EntryPoints& entries() const { return shared_->code->entries(); }
  /// What the code takes, in the order of its signature.
  std::span<const ir::Buffer> arguments() const { return shared_->arguments; }
  /// Whether calls read that argument, a weight, where the caller has it.
  bool reads_in_place(size_t argument) const { return shared_->read_in_place[argument]; }
  /// The arrays in the order of the signature; `weights` in that of the step graph.
  std::vector<rondo_array> in_order(const CallArrays& arrays, std::span<const rondo_array> weights) const;
  /// Whether vectors run over samples, so that a part of a batch had better be whole vectors.
  bool samples_across_lanes() const { return shared_->samples_across_lanes; }
  /// How threads may share samples.
  const ir::Sharing& sharing() const { return shared_->sharing; }

  /// The program of a kernel that checks its bounds, and so is called with a runtime::CallFrame; null of
  /// others.
  const ir::LoopProgram* checked_program() const { return shared_->checked ? &*shared_->checked : nullptr; }

  size_t code_bytes() const { return shared_->code->bytes(); }
  /// Milliseconds for LLVM IR, code generation and linking, or for finding the code in the cache.
  double compile_milliseconds() const { return shared_->compile_milliseconds; }

 private:
  struct Shared {
    std::vector<ir::Buffer> arguments;
    std::vector<bool> read_in_place;
    bool samples_across_lanes;
    ir::Sharing sharing;
    ir::Recurrence recurrence;
    std::shared_ptr<const runtime::NativeCode> code;
    double compile_milliseconds;
    std::optional<ir::LoopProgram> checked;  // for messages
  };
  std::shared_ptr<const Shared> shared_;
};

}  // namespace rondo::engine
