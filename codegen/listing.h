// Code as text, linked to the loop program line by line.
#pragma once

#include <string>
#include <vector>

#include "ir/loop_listing.h"
#include "ir/target.h"

namespace rondo::codegen {

/// The lines of `llvm_text` and `assembly_text` (codegen/compiler.h). A line that no single instruction of
/// the program accounts for, of a loop or an address, has none.
std::vector<ir::ListingLine> llvm_listing(const ir::LoopProgram& program, const ir::Target& target);
std::vector<ir::ListingLine> assembly_listing(const ir::LoopProgram& program, const ir::Target& target);

/// What a comment of the target's assembly begins with.
std::string assembly_comment(const ir::Target& target);

}  // namespace rondo::codegen
