// A step graph with the way it is run: the ten arguments of `tf.keras.backend.rnn`, less the tensors
// themselves.
#pragma once

#include <optional>

#include "ir/diagnostics.h"
#include "ir/step_graph.h"

namespace rondo::ir {

/// The `unroll` argument. Auto leaves the choice to the cost model; none of them changes a value.
enum class Unroll { Auto, Never, Always };

/// What decides at run time whether a sample keeps a step. A mask wins over lengths, as in the reference.
enum class Masking {
  None,     ///< every step of every sample counts
  Mask,     ///< a boolean for each sample and step
  Lengths,  ///< `input_length` as a 1-D tensor: sample b keeps original index t iff t < lengths[b]
};

/// One recurrence. Batch and time extents come with the tensors, unless `time` fixes the latter.
struct Recurrence {
  StepGraph step;
  bool go_backwards = false;
  bool time_major = false;
  bool zero_output_for_mask = false;
  Masking masking = Masking::None;
  Unroll unroll = Unroll::Auto;
  /// `input_length` as an integer: min(T, input_length) steps run in processing order, the slots behind are
  /// zeros.
  std::optional<int64_t> input_length;
  /// Floats too small for all their digits count as zeros while a call runs, and come out as zeros: a state
  /// that fades away takes no longer than any other. Where such numbers occur, the last bits may differ from
  /// one kind of processor to another.
  bool flush_denormals = false;
  /// Number of time steps where it is known when compiling; `unroll=true` demands it.
  std::optional<int64_t> time;
};

/// Checks what the reference function raises ValueError for: inputs of rank below 3, a mask without states,
/// `unroll` without a known number of steps, no steps. Reports to `diagnostics`; true where all is well.
bool validate(const Recurrence& recurrence, Diagnostics& diagnostics);

/// Whether a step that a sample does not keep repeats the output of the step before it.
bool repeats_outputs(const Recurrence& recurrence);

/// "auto", "true", "false": the words of the command line.
std::string_view name_of(Unroll unroll);
std::optional<Unroll> unroll_from_name(std::string_view name);

}  // namespace rondo::ir
