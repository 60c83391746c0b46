#include "codegen/listing.h"

#include <llvm/IR/AssemblyAnnotationWriter.h>
#include <llvm/IR/DebugInfo.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/MC/MCAsmInfo.h>
#include <llvm/Support/FormattedStream.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string_view>

#include "codegen/context.h"
#include "codegen/kernel_emitter.h"
#include "codegen/object_emitter.h"
#include "codegen/origin_mark.h"
#include "codegen/target_machine.h"

namespace rondo::codegen {

using namespace ir;

namespace {

using Numbers = std::vector<InstructionNumber>;

// The contractions of the stage that the code of this one sums with it, or the position alone.
std::vector<int> summed_with(const Stage& stage, int position) {
  for (const std::vector<int>& group : contractions_by_left_side(stage))
    if (std::count(group.begin(), group.end(), position) > 0) return group;
  return {position};
}

// What the lines of debug information stand for: of a program, and of the functions that it calls, which come
// from all that call them.
class OriginTable {
 public:
  OriginTable(const LoopProgram& program, const llvm::Module& module) {
    for (const auto& [name, nests] : phases(program))
      for (const Nest& nest : *nests)
        for (const Stage& stage : nest.stages) add(stage);
    for (const llvm::Function& function : module) add(function);
  }

  /// The instructions of a line; where there is no line, the callers of the function around.
  const Numbers& at(unsigned line, const std::string& function) const {
    const auto callers = callers_.find(function);
    return line == 0 && callers != callers_.end() ? callers->second : by_line_[line];
  }

 private:
  void add(const Stage& stage) {
    const auto first = static_cast<InstructionNumber>(by_line_.size()) - 1;
    for (size_t i = 0; i < stage.body.size(); ++i) {
      Numbers numbers;
      for (int position : summed_with(stage, static_cast<int>(i))) numbers.push_back(first + position);
      by_line_.push_back(std::move(numbers));
    }
  }

  void add(const llvm::Function& function) {
    if (!function.hasInternalLinkage()) return;
    std::set<InstructionNumber> numbers;
    for (const llvm::User* user : function.users()) {
      const auto* instruction = llvm::dyn_cast<llvm::Instruction>(user);
      if (!instruction || !instruction->getDebugLoc()) continue;
      const Numbers& of_caller = by_line_[instruction->getDebugLoc().getLine()];
      numbers.insert(of_caller.begin(), of_caller.end());
    }
    callers_[function.getName().str()].assign(numbers.begin(), numbers.end());
  }

  std::vector<Numbers> by_line_{{}};
  std::map<std::string, Numbers> callers_;
};

template <class Visit>
void for_each_line(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// The number behind a prefix that the line has.
unsigned number_behind(std::string_view line, std::string_view prefix) {
  unsigned number = 0;
  line.remove_prefix(prefix.size());
  std::from_chars(line.data(), line.data() + line.size(), number);
  return number;
}

// Whether assembly has the line for the sake of lines alone.
bool is_of_debug_information(std::string_view line) {
  for (const std::string_view prefix : {"\t.cfi_", "\t.file\t1 ", ".Lfunc_begin", ".Ltmp"})
    if (line.starts_with(prefix)) return true;
  return false;
}

// Writes the origins of each instruction on a line of its own before it, and remembers them by number.
class OriginWriter : public llvm::AssemblyAnnotationWriter {
 public:
  static constexpr std::string_view prefix = ";origins ";

  OriginWriter(const llvm::Module& module, const OriginTable& table) {
    for (const llvm::Function& function : module)
      for (const llvm::Instruction& instruction : llvm::instructions(function)) {
        const unsigned line = instruction.getDebugLoc() ? instruction.getDebugLoc().getLine() : 0;
        numbers_[&instruction] = origins.size();
        origins.push_back(&table.at(line, function.getName().str()));
      }
  }

  void emitInstructionAnnot(const llvm::Instruction* instruction, llvm::formatted_raw_ostream& os) override {
    os << llvm::StringRef(prefix) << numbers_.at(instruction) << "\n";
  }

  std::vector<const Numbers*> origins;

 private:
  std::map<const llvm::Instruction*, size_t> numbers_;
};

}  // namespace

std::vector<ListingLine> llvm_listing(const LoopProgram& program, const Target& target) {
  Context context;
  const std::unique_ptr<llvm::Module> module =
      emit_module(program, target, program.name, context, {}, Origins::Carried);
  const OriginTable table(program, *module);
  OriginWriter writer(*module, table);
  llvm::StripDebugInfo(*module);
  module->eraseNamedMetadata(module->getModuleFlagsMetadata());
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream, &writer);
  std::vector<ListingLine> lines;
  Numbers next;
  for_each_line(text, [&](std::string_view line) {
    if (line.starts_with(OriginWriter::prefix))
      next = *writer.origins[number_behind(line, OriginWriter::prefix)];
    else
      lines.push_back({std::string(line), std::exchange(next, {})});
  });
  return lines;
}

std::vector<ListingLine> assembly_listing(const LoopProgram& program, const Target& target) {
  Context context;
  const std::unique_ptr<llvm::Module> module =
      emit_module(program, target, program.name, context, {}, Origins::Carried);
  const OriginTable table(program, *module);
  const std::string text = emit_assembly(*module, *make_target_machine(target));
  constexpr std::string_view location = "\t.loc\t1 ";
  std::vector<ListingLine> lines;
  unsigned origin = 0;
  std::string function;
  for_each_line(text, [&](std::string_view line) {
    if (line.starts_with(location)) {
      origin = number_behind(line, location);
      return;
    }
    if (is_of_debug_information(line)) return;
    const size_t colon = line.find(':');
    if (colon != line.npos && !line.starts_with('\t') && !line.starts_with('.'))
      function = line.substr(0, colon);
    const bool is_code = line.starts_with('\t') && !line.starts_with("\t.") && !line.starts_with("\t#");
    lines.push_back({std::string(line), is_code ? table.at(origin, function) : Numbers()});
  });
  return lines;
}

std::string assembly_comment(const Target& target) {
  return make_target_machine(target)->getMCAsmInfo()->getCommentString().str();
}

}  // namespace rondo::codegen
