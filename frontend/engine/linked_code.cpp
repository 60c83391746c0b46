#include "frontend/engine/linked_code.h"

#include <fmt/format.h>

#include <set>

#include "codegen/compiler.h"
#include "codegen/listing.h"
#include "ir/loop_listing.h"

namespace rondo::engine {

namespace {

std::vector<LinkedLine> linked(const passes::Pipeline& pipeline,
                               const std::vector<ir::ListingLine>& listing) {
  const std::vector<const ir::Instruction*> instructions = ir::all_instructions(*pipeline.program);
  std::vector<LinkedLine> result;
  result.reserve(listing.size());
  for (const ir::ListingLine& line : listing) {
    std::set<int> source;
    for (const ir::InstructionNumber number : line.instructions) {
      const ir::NodeId origin = instructions[static_cast<size_t>(number)]->origin;
      const int at = origin.valid() ? pipeline.recurrence.step[origin].where.line : 0;
      if (at > 0) source.insert(at);
    }
    result.push_back({line.text, {source.begin(), source.end()}});
  }
  return result;
}

}  // namespace

std::vector<LinkedLine> linked_loops(const passes::Pipeline& pipeline) {
  return linked(pipeline, ir::list(*pipeline.program));
}

std::vector<LinkedLine> linked_llvm(const passes::Pipeline& pipeline, const ir::Target& target) {
  return linked(pipeline, codegen::llvm_listing(*pipeline.program, target));
}

std::vector<LinkedLine> linked_assembly(const passes::Pipeline& pipeline, const ir::Target& target) {
  return linked(pipeline, codegen::assembly_listing(*pipeline.program, target));
}

std::shared_ptr<const ir::SourceText> source_of(const passes::Pipeline& pipeline) {
  const ir::StepGraph& step = pipeline.recurrence.step;
  for (int i = 0; i < step.size(); ++i)
    if (const auto& source = step[ir::NodeId{i}].where.source) return source;
  return nullptr;
}

std::string llvm_with_source(const passes::Pipeline& pipeline, const ir::Target& target) {
  const auto source = source_of(pipeline);
  return source ? with_source(linked_llvm(pipeline, target), *source, ";")
                : codegen::llvm_text(*pipeline.program, target);
}

std::string assembly_with_source(const passes::Pipeline& pipeline, const ir::Target& target) {
  const auto source = source_of(pipeline);
  return source ? with_source(linked_assembly(pipeline, target), *source, codegen::assembly_comment(target))
                : codegen::assembly_text(*pipeline.program, target);
}

std::string with_source(const std::vector<LinkedLine>& code, const ir::SourceText& source,
                        std::string_view comment) {
  std::string out;
  std::vector<int> shown;
  for (const LinkedLine& line : code) {
    if (!line.source_lines.empty() && line.source_lines != shown) {
      for (const int number : line.source_lines) {
        std::string_view text = source.line(number);
        text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
        out += fmt::format("{} {}:{}: {}\n", comment, source.name, number, text);
      }
      shown = line.source_lines;
    }
    out += line.text + "\n";
  }
  return out;
}

}  // namespace rondo::engine
