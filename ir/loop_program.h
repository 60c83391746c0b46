// The loop program: a recurrence as buffers, phases and loop nests; the scheduled form that becomes code.
//
//   prepare  once for all calls with the same weights: what depends on weights alone
//   setup    once a call: states from their initial values
//   once     what depends on neither input nor state
//   for each block of time steps:
//     before   what depends on the inputs alone, for all steps of the block
//     step     the recurrence proper, one step after another
//     after    what no later step needs, for all steps of the block
//   tail     slots behind the last step, where `input_length` cuts the run short: zeros
//   finish   final states and last outputs to the caller
//
// A nest runs its stages for one row (or a tile of rows) after another; a stage runs its body for every index
// of a static column space. The body is SSA over single elements: vectors come with the schedule.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/recurrence.h"
#include "ir/step_graph.h"

namespace rondo::ir {

struct BufferId {
  int32_t index = -1;
  bool valid() const { return index >= 0; }
  auto operator<=>(const BufferId&) const = default;
};

/// Who owns a buffer and when it changes. All but State and Temporary are arguments of the kernel.
enum class BufferKind {
  Input,
  Constant,
  Weight,
  Mask,
  Lengths,
  InitialState,
  PreviousOutput,  // read
  Output,
  LastOutput,
  FinalState,  // written
  State,       ///< in the workspace; has a current and a next value, exchanged after each step
  Temporary,   ///< in the workspace
};

/// How many rows a buffer or a nest has.
enum class Rows {
  One,      ///< shared by all samples
  Samples,  ///< one a sample
  Steps,    ///< one for each step and each sample: of the call in an argument, of the time block in the
            ///< workspace
};

/// "input", "last_output", "temporary"; "one", "samples", "steps".
std::string_view name_of(BufferKind kind);
std::string_view name_of(Rows rows);

/// Weights have one row; inputs, outputs and the mask one a step and sample; all other arguments, and states,
/// one a sample. Mask and lengths are read through `Keep` alone.
struct Buffer {
  std::string
      name;  ///< of an argument or state: the name that the step graph has for it (empty for an only output)
  BufferKind kind = BufferKind::Temporary;
  Rows rows = Rows::One;
  DType dtype = DType::F32;
  int64_t elements = 0;    ///< of one row
  int64_t row_stride = 0;  ///< in elements, of buffers in the workspace (0: dense); arguments bring their own
  bool in_place = false;   ///< State: the next value may overwrite the current one
  BufferId before{};       ///< Output: the PreviousOutput that stands before its first slot; none: zeros
  int slot = -1;           ///< Temporary: buffers with one slot share memory
};

/// Which time a buffer is read or written at. Current for buffers that do not change with time.
enum class Time {
  Current,   ///< this step: input t (reversed under go_backwards), output slot t, the current state
  Next,      ///< of a state, in `step`: its value after this step
  Previous,  ///< of an output, to read: slot t - 1, at t = 0 what stands before. In `finish`, slot T - 1
};

/// An element of a row, as an affine function of the stage's column indices (and of k in contractions and
/// reductions): offset + sum over axes of strides[axis] * index[axis] + k_stride * k.
struct Access {
  BufferId buffer;
  Time time = Time::Current;
  int64_t offset = 0;
  std::vector<int64_t> strides;
  int64_t k_stride = 0;

  bool operator==(const Access&) const = default;
};

enum class Opcode {
  Literal,   ///< a number
  Load,      ///< element of `access`; with an operand, that index (clamped to [0, k)) times k_stride is added
  Compute,   ///< element-wise `op` of the operands
  Contract,  ///< sum over k of access[k] * rhs[k], in the order of ir/summation.h
  Reduce,    ///< `op` over k elements of `access`, in the order of ir/summation.h
  Keep,      ///< boolean: does this sample keep this step
  Store,     ///< writes its operand to `access`
};

/// What a store does where the sample does not keep the step. Lowering says so here; the pass that fuses
/// masks turns it into a select, after which every guard is None.
enum class Guard {
  None,
  Hold,  ///< a state keeps its value, an output repeats its previous one
  Zero,  ///< an output is zero
};

struct Instruction {
  Opcode opcode = Opcode::Literal;
  DType dtype = DType::F32;
  Op op = Op::Literal;
  std::vector<int> operands{};  ///< positions in the stage's body, all smaller than this one's
  LiteralValue literal{};
  Access access{}, rhs{};
  int64_t k = 0;
  Guard guard = Guard::None;
  NodeId origin{};  ///< the node of the step graph that this comes from, for messages
};

/// How a stage is cut into pieces that are computed in registers.
struct Tile {
  int rows = 1;     ///< rows at a time
  int vectors = 1;  ///< vectors of the last column axis at a time
};

/// Contractions of a stage that share left side and number of terms, and so are summed together.
struct PanelFamily {
  std::vector<int> contractions;  ///< positions in the body
  int group = 1;  ///< vectors summed side by side: divides the contractions times the vectors of a block
};

/// Most rows that a tile of packed products has.
inline constexpr int most_panel_rows = 8;

/// Which rows make their sums together with the rest of the body, in the tiles of the stage, instead of by
/// functions that all stages share. Either way they read packed weights.
enum class WrittenOut { None, Alone, All };

/// Weights of all contractions of a stage, packed in the order in which tiles read them. For each block of
/// columns and each family, the vectors of the block (of each vector of columns in turn, all contractions)
/// are taken `group` at a time; a group has its vectors side by side, term after term. Columns behind the
/// last are zeros. What a program means does not depend on it: `rhs` of a contraction stays what it was.
struct Panels {
  int vectors = 1;        ///< vectors of columns in a block
  std::vector<int> rows;  ///< rows of the tiles, largest first; the last is 1
  std::vector<PanelFamily> families;
  int together = 1;  ///< vectors that run through the rest of the body side by side: 1, or 2
  WrittenOut written_out = WrittenOut::None;
};

struct Stage {
  Dims extents{};  ///< column space; the last axis is the vector axis
  std::vector<Instruction> body{};
  int lanes = 1;              ///< elements of a vector; 1: scalar code
  std::vector<Tile> tiles{};  ///< tried in order while rows remain; the last has rows == 1
  std::optional<Panels>
      panels{};  ///< sums from packed weights, instead of tiles or (`written_out`) beside them
};

/// Which loop runs outside. Columns outside keeps a panel of weights in cache for all rows; it needs a single
/// stage.
enum class LoopOrder { RowsOutside, ColumnsOutside };

struct Nest {
  Rows rows = Rows::Samples;
  std::vector<Stage> stages;
  LoopOrder order = LoopOrder::RowsOutside;
};

/// How threads would share a call by its columns, and what one step then costs them: cycles of one sample
/// and one thread.
struct Sharing {
  int threads = 1;       ///< most that may share it
  bool pinned = false;   ///< so many do, whether they are worth it or not
  double products = 0;   ///< multiply-adds of the columns that are shared out, their weights at hand
  double weights = 0;    ///< bytes of those that the step reads; for any number of samples once
  double elements = 0;   ///< all else that is done to columns that are shared out
  double alone = 0;      ///< what one of the threads does for all
  int64_t meetings = 0;  ///< how often they wait for one another
};

struct LoopProgram {
  std::string name;
  std::vector<Buffer> buffers;
  std::vector<Nest> prepare, setup, once, before, step, after, tail, finish;

  Masking masking = Masking::None;
  bool go_backwards = false;
  bool flush_denormals = false;
  std::optional<int64_t> input_length;
  std::optional<int64_t> time;

  Unroll unroll_wish = Unroll::Auto;  ///< the `unroll` argument of the recurrence

  bool samples_across_lanes = false;  ///< vectors run over samples instead of columns
  int64_t sample_block = 0;           ///< samples that run through all steps together; 0: all
  int64_t dense_sample_block = 0;  ///< the same where those of a step lie densely, as in time-major arrays;
                                   ///< no fewer
  int64_t block_rows = 0;          ///< rows (steps times samples) that a block of steps has about
  int64_t time_block = 0;          ///< steps of a block; 0: all steps are one block
  int unroll = 1;                  ///< copies of the step in the loop's body; equal to `time`: no loop
  Sharing sharing;                 ///< of a call by threads

  const Buffer& operator[](BufferId id) const { return buffers[static_cast<size_t>(id.index)]; }
  Buffer& operator[](BufferId id) { return buffers[static_cast<size_t>(id.index)]; }
};

/// The phases with their names, in the order in which they run.
struct PhaseRef {
  std::string_view name;
  std::vector<Nest>* nests;
};
struct ConstPhaseRef {
  std::string_view name;
  const std::vector<Nest>* nests;
};
std::vector<PhaseRef> phases(LoopProgram& program);
std::vector<ConstPhaseRef> phases(const LoopProgram& program);

/// Calls `body` for each access of an instruction, which may be const.
template <class AnyInstruction, class Body>
void for_each_access(AnyInstruction& instruction, Body&& body) {
  switch (instruction.opcode) {
    case Opcode::Load:
    case Opcode::Reduce:
    case Opcode::Store:
      body(instruction.access);
      break;
    case Opcode::Contract:
      body(instruction.access);
      body(instruction.rhs);
      break;
    case Opcode::Literal:
    case Opcode::Compute:
    case Opcode::Keep:
      break;
  }
}

/// The contractions of a stage, those together that have left side and number of terms in common: they are
/// summed side by side. Positions in the body, in its order.
std::vector<std::vector<int>> contractions_by_left_side(const Stage& stage);

/// Most of them that are summed side by side.
int contractions_at_once(const Stage& stage);

/// Whether the nest has a single stage, which sums from packed weights.
bool has_panels(const Nest& nest);

/// Whether threads that share a call share out the columns of the nest. Of all others one of them does all.
bool has_shared_columns(const Nest& nest);

/// Whether what a packed row sums is little enough to be put aside for all of its columns: frames of kernels
/// stay small, whatever the extents.
bool sums_fit_aside(const Stage& stage);
/// Whether every row of a stage, in any tile, has read what its contractions sum before it stores anything:
/// its columns are one tile, or packed and all summed ahead of the rest of the body.
bool sums_rows_first(const Stage& stage);

/// Whether a call reads the weight where the caller has it, and not only what was prepared of it.
bool is_read_in_place(const LoopProgram& program, BufferId weight);

/// The program as text, for people: buffers, phases, nests, stages, one instruction a line.
std::string print(const LoopProgram& program);

/// The line of one instruction, as `print` has it: "%2 = contract f32 k=64 h.current[k] * U[256*k + c]".
std::string print_line(const LoopProgram& program, const Stage& stage, int position);

/// Checks that operands come before their users, types fit, accesses stay inside their buffers, phases touch
/// only the rows they have. Returns what is wrong, one problem after another, or an empty string.
std::string verify(const LoopProgram& program);

}  // namespace rondo::ir
