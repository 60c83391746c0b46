#include "frontend/engine/violation.h"

#include <fmt/format.h>

#include "ir/loop_listing.h"

namespace rondo::engine {

using namespace ir;

std::string describe(const runtime::Violation& violation, const LoopProgram& program, std::string_view who) {
  std::string instruction = "no instruction of the loop program";
  InstructionNumber number = 0;
  for (const ListingLine& line : list(program))
    if (!line.instructions.empty() && ++number == violation.place)
      instruction = line.text.substr(line.text.find_first_not_of(' '));
  return fmt::format(
      "{} {} {} bytes outside the memory of the call, at byte {} of {}, which has {}; the code is that of: "
      "{}",
      who, violation.writes ? "would have written" : "would have read", violation.bytes, violation.begins_at,
      violation.nearest, violation.memory_bytes, instruction);
}

}  // namespace rondo::engine
