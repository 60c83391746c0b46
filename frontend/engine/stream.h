// A recurrence that is fed as its input comes: one step, or one block of steps, at a time.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "frontend/engine/model.h"
#include "frontend/engine/stream_state.h"
#include "runtime/call_frame.h"

namespace rondo::engine {

/// What a stream begins with: for each state, and for each constant, dense rows (batch, ...). No states at
/// all mean zeros. Copied.
struct StreamStart {
  std::vector<const void*> states;
  std::vector<const void*> constants;
};

/// A model with the states of `batch` samples. Steps and blocks give the same bits as one call over the whole
/// sequence, however it is cut. A recurrence whose number of steps is fixed at 1 makes the quickest single
/// steps; it runs blocks step by step.
///
/// Once it is open nothing that it does, but for `clone`, allocates, takes a lock or calls the system. One
/// thread at a time; streams of one model do not know of each other.
class Stream {
 public:
  /// `batch` is 1 or more. Nothing, and diagnostics, where the recurrence needs to know its end
  /// (go_backwards, lengths, a fixed number of steps), or memory does not suffice.
  static std::optional<Stream> open(const Model& model, int64_t batch, const StreamStart& start,
                                    ir::Diagnostics& diagnostics);

  const Model& model() const { return model_; }
  int64_t batch() const { return batch_; }

  /// `time` steps of all samples, 0 or more. Inputs and outputs in the order of the step graph. `mask`: a
  /// byte for each sample and step; null where every step counts, or the recurrence has no mask.
  void block(int64_t time, std::span<const rondo_array> inputs, const rondo_array* mask,
             std::span<const rondo_array> outputs);
  /// One step over dense rows (batch, ...). `mask`: a byte for each sample, or null.
  void step(const void* const* inputs, const uint8_t* mask, void* const* outputs);

  /// Back to the beginning: all samples, or one of them, from 0 to batch - 1.
  void reset();
  void reset(int64_t sample);

  /// A state as it is between two steps, dense rows (batch, ...), to be read or set.
  void* state(size_t index) const { return now_.rows(index); }

  /// All that the stream remembers, for `restore` in this process or another.
  std::span<const std::byte> snapshot() const { return now_.bytes(); }
  /// False, and nothing changed, unless the snapshot is of a stream with as many samples whose cell has
  /// states and outputs of the same types and shapes.
  bool restore(std::span<const std::byte> snapshot) { return now_.assign(snapshot); }
  /// Another stream that goes on from here.
  std::optional<Stream> clone(ir::Diagnostics& diagnostics) const;

 private:
  Stream(Model model, int64_t batch, StreamState now, StreamState initial, runtime::Workspace workspace);
  void keep(const StreamStart& start);
  void bind();
  const ir::StepGraph& graph() const { return model_.kernel().recurrence().step; }
  void run(int64_t time);
  rondo_array dense_row(size_t argument) const;
  void advance(rondo_array& array, size_t argument) const;

  Model model_;
  int64_t batch_;
  StreamState now_, initial_;
  runtime::Workspace workspace_;
  std::vector<ir::Tensor> constants_;
  // Of blocks, and of single steps, in the order of the kernel's signature.
  std::vector<rondo_array> arrays_, step_arrays_;
  runtime::CallFrame step_call_;
  size_t first_output_ = 0, mask_ = 0;  // positions among the arrays
};

}  // namespace rondo::engine
