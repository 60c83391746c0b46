// The loop program line by line, each line with the instruction that stands on it: what code and source lines
// are linked by.
#pragma once

#include <string>
#include <vector>

#include "ir/loop_program.h"

namespace rondo::ir {

/// Instructions are numbered through the whole program, in the order in which `print` has them.
using InstructionNumber = int;

/// The number of the first instruction of a stage of the program.
InstructionNumber first_number(const LoopProgram& program, const Stage& stage);

/// All instructions by their numbers.
std::vector<const Instruction*> all_instructions(const LoopProgram& program);

/// A line of text and the instructions that it comes from: none, one, or all that are computed together.
struct ListingLine {
  std::string text;
  std::vector<InstructionNumber> instructions{};
};

/// The lines of `print(program)`.
std::vector<ListingLine> list(const LoopProgram& program);

}  // namespace rondo::ir
