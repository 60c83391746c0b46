#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "ir/loop_program.h"
#include "ir/shape_rules.h"

namespace rondo::ir {

namespace {

// Strides and extents may each be as large as 2^31 and more: their products and sums must not wrap.
using Wide = __int128;

// What an argument or a state is by its nature; a temporary has as many rows as its makers like.
std::optional<Rows> natural_rows(BufferKind kind) {
  switch (kind) {
    case BufferKind::Weight:
      return Rows::One;
    case BufferKind::Constant:
    case BufferKind::Lengths:
    case BufferKind::InitialState:
    case BufferKind::PreviousOutput:
    case BufferKind::LastOutput:
    case BufferKind::FinalState:
    case BufferKind::State:
      return Rows::Samples;
    case BufferKind::Input:
    case BufferKind::Mask:
    case BufferKind::Output:
      return Rows::Steps;
    case BufferKind::Temporary:
      return std::nullopt;
  }
  __builtin_unreachable();
}

bool is_written(BufferKind kind) {
  return kind == BufferKind::Output || kind == BufferKind::LastOutput || kind == BufferKind::FinalState ||
         kind == BufferKind::State || kind == BufferKind::Temporary;
}

class Verifier {
 public:
  explicit Verifier(const LoopProgram& program) : program_(program) {}

  std::string run() {
    check_options();
    for (size_t i = 0; i < program_.buffers.size(); ++i) check_buffer(i);
    for (const auto& [name, nests] : phases(program_)) {
      phase_ = name;
      for (size_t i = 0; i < nests->size(); ++i) check_nest((*nests)[i], i);
    }
    return std::move(problems_);
  }

 private:
  void report(const std::string& where, const std::string& what) {
    problems_ += fmt::format("{}{}: {}", problems_.empty() ? "" : "\n", where, what);
  }

  void check_options() {
    if (program_.unroll < 1)
      report("program", fmt::format("unroll is {}, but must be at least 1", program_.unroll));
    if (program_.sharing.threads < 1)
      report("program", fmt::format("{} threads, but a call has at least one", program_.sharing.threads));
    if (program_.sharing.threads > 1 && program_.samples_across_lanes)
      report("program", "threads share columns, but samples lie across lanes");
    if (program_.sample_block < 0)
      report("program", fmt::format("sample_block is {}", program_.sample_block));
    if (program_.dense_sample_block < program_.sample_block)
      report("program", fmt::format("dense_sample_block is {}, below sample_block, which is {}",
                                    program_.dense_sample_block, program_.sample_block));
    if (program_.time_block < 0) report("program", fmt::format("time_block is {}", program_.time_block));
  }

  void check_buffer(size_t position) {
    const Buffer& buffer = program_.buffers[position];
    const auto wrong = [&](const std::string& what) {
      report(fmt::format("{} '{}'", name_of(buffer.kind), buffer.name), what);
    };
    if (buffer.elements < 0) wrong(fmt::format("{} elements", buffer.elements));
    if (buffer.row_stride != 0 && buffer.row_stride < buffer.elements)
      wrong(fmt::format("rows of {} elements overlap, as they are {} apart", buffer.elements,
                        buffer.row_stride));
    if (buffer.in_place && buffer.kind != BufferKind::State) wrong("only a state can be updated in place");
    if (buffer.slot >= 0 && buffer.kind != BufferKind::Temporary) wrong("only temporaries can share memory");
    if (const std::optional<Rows> rows = natural_rows(buffer.kind); rows && buffer.rows != *rows)
      wrong(fmt::format("has rows '{}', but should have '{}'", name_of(buffer.rows), name_of(*rows)));
    if (buffer.kind == BufferKind::Temporary) return;
    for (size_t i = 0; i < position; ++i)
      if (program_.buffers[i].kind == buffer.kind && program_.buffers[i].name == buffer.name)
        wrong("is there twice: the caller's arrays are found by kind and name");
  }

  void check_nest(const Nest& nest, size_t position) {
    nest_ = &nest;
    nest_where_ = fmt::format("phase '{}', nest {}", phase_, position);
    if (nest.rows == Rows::Steps && phase_ != "before" && phase_ != "after")
      report(nest_where_, "runs over the steps of a block, which only the phases 'before' and 'after' do");
    if ((nest.rows == Rows::One) != (phase_ == "prepare"))
      report(nest_where_, "one row for all samples is what the phase 'prepare' has, and it alone");
    if (nest.order == LoopOrder::ColumnsOutside && nest.stages.size() != 1)
      report(nest_where_, fmt::format("columns outside need a single stage, found {}", nest.stages.size()));
    for (size_t i = 0; i < nest.stages.size(); ++i) {
      stage_ = &nest.stages[i];
      stage_where_ = fmt::format("{}, stage {}", nest_where_, i);
      check_stage();
    }
  }

  void check_stage() {
    if (!checked_count(stage_->extents))
      report(stage_where_, fmt::format("no column space has extents {}", to_string(stage_->extents)));
    if (stage_->lanes < 1) report(stage_where_, fmt::format("{} lanes", stage_->lanes));
    for (const Tile& tile : stage_->tiles)
      if (tile.rows < 1 || tile.vectors < 1)
        report(stage_where_, fmt::format("tile {}x{}", tile.rows, tile.vectors));
    if (!stage_->tiles.empty() && stage_->tiles.back().rows != 1)
      report(stage_where_,
             fmt::format("the last tile has {} rows, but must have 1 to take any number that remains",
                         stage_->tiles.back().rows));
    if (stage_->panels) check_panels(*stage_->panels);
    for (position_ = 0; position_ < static_cast<int>(stage_->body.size()); ++position_)
      check_instruction(stage_->body[static_cast<size_t>(position_)]);
  }

  void check_panels(const Panels& panels) {
    const auto bad = [&](const std::string& what) { report(stage_where_, "panels: " + what); };
    if (nest_->stages.size() != 1) bad("the nest has other stages");
    if (program_.samples_across_lanes) bad("vectors run over samples");
    if (stage_->extents.empty()) return bad("there are no columns");
    if (panels.vectors < 1) bad(fmt::format("{} vectors", panels.vectors));
    if (panels.rows.empty() || panels.rows.back() != 1 ||
        !std::is_sorted(panels.rows.rbegin(), panels.rows.rend()))
      return bad("tiles must have fewer and fewer rows, the last of them one");
    if (panels.rows.front() > most_panel_rows) bad(fmt::format("tiles of {} rows", panels.rows.front()));
    if (nest_->rows == Rows::One) bad("there is but one row");
    if (panels.together != 1 && panels.together != 2)
      bad(fmt::format("{} vectors together", panels.together));
    std::vector<int> found(stage_->body.size());
    for (const PanelFamily& family : panels.families) {
      if (family.contractions.empty() || family.group < 1 ||
          static_cast<int>(family.contractions.size()) * panels.vectors % family.group != 0)
        return bad("the group of a family does not divide its vectors");
      for (int position : family.contractions) {
        if (position < 0 || position >= static_cast<int>(found.size()))
          return bad("there is no such contraction");
        const Instruction& first = stage_->body[static_cast<size_t>(family.contractions[0])];
        const Instruction& contraction = stage_->body[static_cast<size_t>(position)];
        ++found[static_cast<size_t>(position)];
        if (contraction.access != first.access || contraction.k != first.k ||
            contraction.dtype != first.dtype)
          bad(fmt::format("%{} has another left side than the rest of its family", position));
      }
    }
    for (size_t i = 0; i < found.size(); ++i)
      if (found[i] != (stage_->body[i].opcode == Opcode::Contract ? 1 : 0))
        bad(fmt::format("%{} is in {} families", i, found[i]));
  }

  // Reports at the current instruction, with its line.
  void wrong(const std::string& what) {
    report(fmt::format("{}, instruction {}", stage_where_, position_),
           fmt::format("{}\n    {}", what, print_line(program_, *stage_, position_)));
  }

  void check_instruction(const Instruction& i) {
    if (!operands_valid(i)) return;
    if (i.guard != Guard::None && i.opcode != Opcode::Store) wrong("only stores have a guard");
    switch (i.opcode) {
      case Opcode::Literal:
        if (is_float(i.dtype) != std::holds_alternative<double>(i.literal.value))
          wrong("the number is not held as its type demands: floats as f64, all else as i64");
        break;
      case Opcode::Load:
        check_load(i);
        break;
      case Opcode::Compute:
        check_compute(i);
        break;
      case Opcode::Contract:
        if (!is_float(i.dtype)) wrong("contractions are of floats");
        check_elements(i, i.access, i.k);
        check_elements(i, i.rhs, i.k);
        break;
      case Opcode::Reduce:
        check_reduce(i);
        break;
      case Opcode::Keep:
        check_keep(i);
        break;
      case Opcode::Store:
        check_store(i);
        break;
    }
  }

  bool operands_valid(const Instruction& i) {
    const int count = static_cast<int>(i.operands.size());
    const bool computes = i.opcode == Opcode::Compute;
    const int least = computes ? operand_count(i.op) : i.opcode == Opcode::Store ? 1 : 0;
    const int most = i.opcode == Opcode::Load ? 1 : least;
    if (computes && !is_elementwise(i.op)) return wrong("is not element-wise"), false;
    if (count < least || count > most) return wrong(fmt::format("has {} operands", count)), false;
    for (int operand : i.operands) {
      if (operand < 0 || operand >= position_)
        return wrong(fmt::format("operand %{} does not come before its user", operand)), false;
      if (stage_->body[static_cast<size_t>(operand)].opcode == Opcode::Store)
        return wrong(fmt::format("operand %{} is a store, which has no value", operand)), false;
    }
    return true;
  }

  DType dtype_of(int operand) const { return stage_->body[static_cast<size_t>(operand)].dtype; }

  void check_compute(const Instruction& i) {
    std::vector<Type> types;
    for (int operand : i.operands) types.push_back(Type{dtype_of(operand), false, {}});
    std::string problem;
    const std::optional<Type> type = infer_type(i.op, types, {}, Type{i.dtype, false, {}}, problem);
    if (!type)
      wrong(problem);
    else if (type->dtype != i.dtype)
      wrong(fmt::format("the result is {}, not {}", name_of(type->dtype), name_of(i.dtype)));
  }

  void check_load(const Instruction& i) {
    if (i.operands.empty()) return check_elements(i, i.access, 1);
    if (!is_integer(dtype_of(i.operands[0]))) wrong("an index must be an integer");
    if (i.k < 1) return wrong(fmt::format("there is nothing to clamp an index to: k is {}", i.k));
    check_elements(i, i.access, i.k);
  }

  void check_reduce(const Instruction& i) {
    if (category_of(i.op) != OpCategory::Reduction) wrong(fmt::format("'{}' is no reduction", name_of(i.op)));
    if (i.dtype == DType::Bool) wrong("reductions are of numbers");
    if ((i.op == Op::Max || i.op == Op::Min) && i.k < 1) wrong("of no elements");
    check_elements(i, i.access, i.k);
  }

  // Whether the nest stands at one step of one sample.
  bool at_a_step() const {
    return nest_->rows == Rows::Steps || (phase_ == "step" && nest_->rows == Rows::Samples);
  }

  void check_keep(const Instruction& i) {
    if (i.dtype != DType::Bool) wrong("must be bool");
    if (program_.masking == Masking::None) wrong("nothing decides what to keep: masking is none");
    if (!at_a_step()) wrong("there is no step of a sample here");
  }

  void check_store(const Instruction& i) {
    if (!buffer_valid(i.access)) return;
    const Buffer& buffer = program_[i.access.buffer];
    const Time time = i.access.time;
    if (!is_written(buffer.kind))
      return wrong(fmt::format("{} '{}' is not written", name_of(buffer.kind), buffer.name));
    if (buffer.kind == BufferKind::State && time != (phase_ == "setup" ? Time::Current : Time::Next))
      wrong(phase_ == "setup" ? "in 'setup' the current value of a state is written"
                              : "only the next value of a state is written");
    if (time == Time::Previous) wrong("what is past is not written");
    if (i.guard != Guard::None) {
      if (buffer.kind != BufferKind::Output && buffer.kind != BufferKind::State)
        wrong("only states and outputs are guarded");
      if (buffer.kind == BufferKind::State && i.guard == Guard::Zero)
        wrong("a state that is not kept holds its value");
      if (!at_a_step()) wrong("there is no step of a sample here to keep or not");
    }
    check_type(buffer, dtype_of(i.operands[0]));
    check_place(buffer, time);
    check_range(i.access, buffer, 1);
  }

  // An access that reads `k` elements for each column index.
  void check_elements(const Instruction& i, const Access& access, int64_t k) {
    if (!buffer_valid(access)) return;
    const Buffer& buffer = program_[access.buffer];
    if (buffer.kind == BufferKind::LastOutput || buffer.kind == BufferKind::FinalState)
      wrong(fmt::format("{} '{}' is never read", name_of(buffer.kind), buffer.name));
    if (buffer.kind == BufferKind::Mask || buffer.kind == BufferKind::Lengths)
      wrong(fmt::format("'{}' is read by 'keep' alone", name_of(buffer.kind)));
    if (buffer.kind == BufferKind::PreviousOutput)
      wrong(fmt::format("'{}' is read as the past of its output alone", name_of(buffer.kind)));
    check_type(buffer, i.dtype);
    check_place(buffer, access.time);
    check_range(access, buffer, k);
  }

  bool buffer_valid(const Access& access) {
    if (access.buffer.valid() && access.buffer.index < static_cast<int>(program_.buffers.size())) return true;
    wrong(fmt::format("there is no buffer {}", access.buffer.index));
    return false;
  }

  void check_type(const Buffer& buffer, DType dtype) {
    if (buffer.dtype == dtype) return;
    wrong(fmt::format("'{}' has elements {}, not {}", buffer.name, name_of(buffer.dtype), name_of(dtype)));
  }

  // Whether the buffer has, in this phase, the row and the time that is asked for.
  void check_place(const Buffer& buffer, Time time) {
    const bool output = buffer.kind == BufferKind::Output, state = buffer.kind == BufferKind::State;
    if (time == Time::Previous && !output) wrong("only an output has a previous value");
    if (time == Time::Next && !state) wrong("only a state has a next value");
    if (time == Time::Next && state && phase_ != "step")
      wrong("a state has a next value in the phase 'step' alone");
    if (state && phase_ != "setup" && phase_ != "step" && phase_ != "finish")
      wrong(fmt::format("phase '{}' knows no state", phase_));
    if (buffer.rows <= nest_->rows) return;
    // Behind the loop the slots that no step filled are written, and the last slot is read.
    const bool at_slot = output && ((phase_ == "tail" && time == Time::Current) ||
                                    (phase_ == "finish" && time == Time::Previous));
    if (nest_->rows == Rows::Samples && buffer.rows == Rows::Steps && (phase_ == "step" || at_slot)) return;
    wrong(fmt::format("a nest over '{}' has no row of '{}', which has '{}'", name_of(nest_->rows),
                      buffer.name, name_of(buffer.rows)));
  }

  void check_range(const Access& access, const Buffer& buffer, int64_t k) {
    if (access.strides.size() != stage_->extents.size())
      return wrong(fmt::format("{} strides for '{}' over a column space of {} axes", access.strides.size(),
                               buffer.name, stage_->extents.size()));
    if (k < 0) return wrong(fmt::format("k is {}", k));
    Wide least = access.offset, most = access.offset;
    bool empty = k == 0;
    const auto span = [&](int64_t stride, int64_t extent) {
      empty = empty || extent <= 0;
      const Wide reach = static_cast<Wide>(stride) * (extent - 1);
      (reach < 0 ? least : most) += reach;
    };
    for (size_t axis = 0; axis < access.strides.size(); ++axis)
      span(access.strides[axis], stage_->extents[axis]);
    span(access.k_stride, k);
    if (empty || (least >= 0 && most < buffer.elements)) return;
    wrong(fmt::format("reaches from element {} to {} of '{}', which has {}", clamped(least), clamped(most),
                      buffer.name, buffer.elements));
  }

  // For messages: fmt prints 64 bits on every platform.
  static int64_t clamped(Wide value) {
    return static_cast<int64_t>(std::clamp<Wide>(value, INT64_MIN, INT64_MAX));
  }

  const LoopProgram& program_;
  std::string problems_;
  std::string_view phase_;
  const Nest* nest_ = nullptr;
  const Stage* stage_ = nullptr;
  std::string nest_where_, stage_where_;
  int position_ = 0;
};

}  // namespace

std::string verify(const LoopProgram& program) {
  return Verifier(program).run();
}

}  // namespace rondo::ir
