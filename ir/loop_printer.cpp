#include <fmt/format.h>

#include "ir/loop_listing.h"
#include "ir/loop_program.h"
#include "ir/number_arithmetic.h"

namespace rondo::ir {

namespace {

std::string_view name_of_masking(Masking masking) {
  switch (masking) {
    case Masking::None:
      return "none";
    case Masking::Mask:
      return "mask";
    case Masking::Lengths:
      return "lengths";
  }
  __builtin_unreachable();
}

// Names of one step graph meet in a line: a state h is there as current, next, initial and final value, and
// an output may bear the name of a state. The suffix tells them apart. The only output of a cell has no name.
std::string buffer_text(const Buffer& buffer, Time time) {
  const auto with = [&buffer](std::string_view suffix) {
    return buffer.name.empty() ? std::string(suffix) : fmt::format("{}.{}", buffer.name, suffix);
  };
  switch (buffer.kind) {
    case BufferKind::State:
      return with(time == Time::Current ? "current" : time == Time::Next ? "next" : "previous");
    case BufferKind::InitialState:
      return with("initial");
    case BufferKind::PreviousOutput:
      return with("before");
    case BufferKind::FinalState:
      return with("final");
    case BufferKind::Output:
      return with("out") + (time == Time::Current ? "" : time == Time::Next ? ".next" : ".previous");
    case BufferKind::LastOutput:
      return with("last");
    case BufferKind::Input:
    case BufferKind::Constant:
    case BufferKind::Weight:
    case BufferKind::Mask:
    case BufferKind::Lengths:
    case BufferKind::Temporary:
      break;
  }
  // No other buffer has a next or a previous value, but the verifier shows the line that says so.
  return buffer.name + (time == Time::Current ? "" : time == Time::Next ? ".next" : ".previous");
}

// "256*k + c0 - 2*c1 + 64"; `k` is what the stride of k is multiplied with, empty where there is none.
std::string affine_text(const Access& access, const std::string& k) {
  std::string out;
  const auto add = [&out](int64_t factor, const std::string& variable) {
    if (factor == 0) return;
    // Unsigned, as the least number has no counterpart.
    const uint64_t size =
        factor < 0 ? uint64_t{0} - static_cast<uint64_t>(factor) : static_cast<uint64_t>(factor);
    if (out.empty())
      out = factor < 0 ? "-" : "";
    else
      out += factor < 0 ? " - " : " + ";
    if (variable.empty())
      out += fmt::format("{}", size);
    else
      out += size == 1 ? variable : fmt::format("{}*{}", size, variable);
  };
  if (!k.empty()) add(access.k_stride, k);
  for (size_t axis = 0; axis < access.strides.size(); ++axis)
    add(access.strides[axis], access.strides.size() == 1 ? "c" : fmt::format("c{}", axis));
  add(access.offset, "");
  return out.empty() ? "0" : out;
}

std::string access_text(const LoopProgram& program, const Access& access, const std::string& k) {
  const bool known = access.buffer.valid() && access.buffer.index < static_cast<int>(program.buffers.size());
  return fmt::format("{}[{}]",
                     known ? buffer_text(program[access.buffer], access.time)
                           : fmt::format("<buffer {}>", access.buffer.index),
                     affine_text(access, k));
}

std::string operands_text(const Instruction& instruction) {
  std::string out;
  for (int operand : instruction.operands) out += fmt::format("{}%{}", out.empty() ? "" : ", ", operand);
  return out;
}

std::string_view guard_text(Guard guard) {
  switch (guard) {
    case Guard::None:
      return "";
    case Guard::Hold:
      return " (hold)";
    case Guard::Zero:
      return " (zero)";
  }
  __builtin_unreachable();
}

// What stands right of "%3 = ", or the whole of a store.
std::string instruction_text(const LoopProgram& program, const Instruction& i) {
  const std::string_view dtype = name_of(i.dtype);
  switch (i.opcode) {
    case Opcode::Literal:
      return fmt::format("literal {} {}", dtype, to_text(i.literal));
    case Opcode::Load: {
      const std::string index = i.operands.empty() ? "" : fmt::format("clamp({}, {})", operands_text(i), i.k);
      return fmt::format("load {} {}", dtype, access_text(program, i.access, index));
    }
    case Opcode::Compute:
      return fmt::format("{} {} {}", name_of(i.op), dtype, operands_text(i));
    case Opcode::Contract:
      return fmt::format("contract {} k={} {} * {}", dtype, i.k, access_text(program, i.access, "k"),
                         access_text(program, i.rhs, "k"));
    case Opcode::Reduce:
      return fmt::format("{} {} k={} {}", name_of(i.op), dtype, i.k, access_text(program, i.access, "k"));
    case Opcode::Keep:
      return fmt::format("keep {}", dtype);
    case Opcode::Store:
      return fmt::format("store {} <- {}{}", access_text(program, i.access, ""), operands_text(i),
                         guard_text(i.guard));
  }
  __builtin_unreachable();
}

std::string header_text(const LoopProgram& program) {
  std::string out =
      fmt::format("loop program {}: unroll {}, time_block {}, lanes over {}, masking {}", program.name,
                  program.unroll, program.time_block == 0 ? "all" : fmt::format("{}", program.time_block),
                  program.samples_across_lanes ? "samples" : "columns", name_of_masking(program.masking));
  if (program.sample_block > 0)
    out += fmt::format(", sample_block {} (dense {})", program.sample_block, program.dense_sample_block);
  if (program.sharing.threads > 1) out += fmt::format(", up to {} threads", program.sharing.threads);
  if (program.block_rows > 0) out += fmt::format(", block_rows {}", program.block_rows);
  if (program.go_backwards) out += ", go_backwards";
  if (program.flush_denormals) out += ", flush_denormals";
  if (program.input_length) out += fmt::format(", input_length {}", *program.input_length);
  if (program.time) out += fmt::format(", time {}", *program.time);
  return out;
}

std::string declaration_text(const Buffer& buffer) {
  std::string out =
      fmt::format("  {} {} {}[{}] {}", name_of(buffer.kind), buffer.name.empty() ? "(unnamed)" : buffer.name,
                  name_of(buffer.dtype), buffer.elements, name_of(buffer.rows));
  if (buffer.kind == BufferKind::State || buffer.kind == BufferKind::Temporary)
    out += fmt::format(" row_stride {}", buffer.row_stride);
  if (buffer.in_place) out += " in_place";
  if (buffer.slot >= 0) out += fmt::format(" slot {}", buffer.slot);
  return out;
}

std::string panels_text(const Panels& panels) {
  std::string out = fmt::format(" panels of {} rows {}", panels.vectors, fmt::join(panels.rows, " "));
  for (const PanelFamily& family : panels.families)
    out += fmt::format(" (%{} by {})", fmt::join(family.contractions, " %"), family.group);
  if (panels.together > 1) out += fmt::format(", {} together", panels.together);
  if (panels.written_out == WrittenOut::Alone) out += ", a row alone written out";
  if (panels.written_out == WrittenOut::All) out += ", rows written out";
  return out;
}

std::string stage_text(const Stage& stage) {
  std::string out = fmt::format("    stage {}", to_string(stage.extents));
  if (stage.lanes != 1) out += fmt::format(" x{}", stage.lanes);
  if (!stage.tiles.empty()) out += " tiles";
  for (const Tile& tile : stage.tiles) out += fmt::format(" {}x{}", tile.rows, tile.vectors);
  if (stage.panels) out += panels_text(*stage.panels);
  return out;
}

}  // namespace

std::string print_line(const LoopProgram& program, const Stage& stage, int position) {
  const Instruction& instruction = stage.body[static_cast<size_t>(position)];
  const std::string text = instruction_text(program, instruction);
  return instruction.opcode == Opcode::Store ? text : fmt::format("%{} = {}", position, text);
}

std::vector<ListingLine> list(const LoopProgram& program) {
  std::vector<ListingLine> lines{{header_text(program)}};
  for (const Buffer& buffer : program.buffers) lines.push_back({declaration_text(buffer)});
  InstructionNumber number = 0;
  for (const auto& [name, nests] : phases(program)) {
    if (nests->empty()) continue;
    lines.push_back({std::string(name)});
    for (const Nest& nest : *nests) {
      lines.push_back({fmt::format("  nest {}{}", name_of(nest.rows),
                                   nest.order == LoopOrder::ColumnsOutside ? ", columns outside" : "")});
      for (const Stage& stage : nest.stages) {
        lines.push_back({stage_text(stage)});
        for (int position = 0; position < static_cast<int>(stage.body.size()); ++position)
          lines.push_back({"      " + print_line(program, stage, position), {number++}});
      }
    }
  }
  return lines;
}

std::string print(const LoopProgram& program) {
  std::string out;
  for (const ListingLine& line : list(program)) out += line.text + "\n";
  return out;
}

namespace {

template <class Visit>
void for_each_stage(const LoopProgram& program, Visit&& visit) {
  for (const auto& [name, nests] : phases(program))
    for (const Nest& nest : *nests)
      for (const Stage& stage : nest.stages) visit(stage);
}

}  // namespace

InstructionNumber first_number(const LoopProgram& program, const Stage& stage) {
  InstructionNumber before = 0, found = -1;
  for_each_stage(program, [&](const Stage& other) {
    if (&other == &stage) found = before;
    before += static_cast<InstructionNumber>(other.body.size());
  });
  return found;
}

std::vector<const Instruction*> all_instructions(const LoopProgram& program) {
  std::vector<const Instruction*> result;
  for_each_stage(program, [&](const Stage& stage) {
    for (const Instruction& instruction : stage.body) result.push_back(&instruction);
  });
  return result;
}

}  // namespace rondo::ir
