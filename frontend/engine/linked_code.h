// Loop program, LLVM IR and assembly, each line with the lines of source that it comes from.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ir/target.h"
#include "passes/pass_manager.h"

namespace rondo::engine {

/// Lines of source count from one, upwards; none where code belongs to no operation.
struct LinkedLine {
  std::string text;
  std::vector<int> source_lines{};
};

/// Of a pipeline that made its loop program.
std::vector<LinkedLine> linked_loops(const passes::Pipeline& pipeline);
std::vector<LinkedLine> linked_llvm(const passes::Pipeline& pipeline, const ir::Target& target);
std::vector<LinkedLine> linked_assembly(const passes::Pipeline& pipeline, const ir::Target& target);

/// The text that the cell of a pipeline was written in; null where it was built by calls.
std::shared_ptr<const ir::SourceText> source_of(const passes::Pipeline& pipeline);

/// LLVM IR and assembly as text; where the cell was written in text, with its lines (`with_source`).
std::string llvm_with_source(const passes::Pipeline& pipeline, const ir::Target& target);
std::string assembly_with_source(const passes::Pipeline& pipeline, const ir::Target& target);

/// The code, and ahead of each line that comes from another line of source than the one before, that line of
/// source as a comment, which `comment` begins: what `objdump -S` does.
std::string with_source(const std::vector<LinkedLine>& code, const ir::SourceText& source,
                        std::string_view comment);

}  // namespace rondo::engine
