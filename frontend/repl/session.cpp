#include "frontend/repl/session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "frontend/cli/array_files.h"
#include "frontend/cli/cell_file.h"
#include "frontend/text/lexer.h"
#include "frontend/text/suggestion.h"

namespace rondo::repl {

namespace {

std::shared_ptr<const ir::SourceText> source_of(std::string name, std::string text) {
  return std::make_shared<const ir::SourceText>(ir::SourceText{std::move(name), std::move(text)});
}

std::set<std::string> words_of(const std::string& text) {
  std::set<std::string> words;
  ir::Diagnostics quiet;
  text::Lexer lexer(source_of("", text), quiet);
  for (text::Token token = lexer.next(); token.kind != text::TokenKind::End; token = lexer.next())
    if (token.kind == text::TokenKind::Name) words.emplace(token.text);
  return words;
}

// "cell NAME": the name that a definition is for; empty where there is none, which parsing will report.
std::string name_in(const std::string& text) {
  ir::Diagnostics quiet;
  text::Lexer lexer(source_of("", text), quiet);
  lexer.next();
  const text::Token name = lexer.next();
  return name.kind == text::TokenKind::Name ? std::string(name.text) : std::string();
}

// "ema(features): input x; state m; weight rate"
std::string declaration_of(const std::string& name, const std::vector<std::string>& parameters,
                           const ir::StepGraph& step) {
  const cli::LeafNames names = cli::LeafNames::of(step);
  std::string text = name;
  if (!parameters.empty()) text += fmt::format("({})", fmt::join(parameters, ", "));
  text += ":";
  const auto add = [&](const char* kind, const std::vector<std::string>& leaves) {
    if (leaves.empty()) return;
    text += fmt::format("{} {}{} {}", text.ends_with(':') ? "" : ";", kind, leaves.size() == 1 ? "" : "s",
                        fmt::join(leaves, ", "));
  };
  add("input", names.inputs);
  add("state", names.states);
  add("constant", names.constants);
  add("weight", names.weights);
  return text + "\n";
}

}  // namespace

const DefinedCell* Session::find_cell(const std::string& name) const {
  const auto found =
      std::find_if(cells_.begin(), cells_.end(), [&](const DefinedCell& cell) { return cell.name == name; });
  return found == cells_.end() ? nullptr : &*found;
}

// The cells that it names, and those that they name, in the order of their definition; then the cell. Only
// what is needed: most cells stand alone, and the lines of their errors are then counted as the user counts.
std::string Session::text_of(const std::string& cell) const {
  const auto place = static_cast<size_t>(find_cell(cell) - cells_.data());
  std::set<std::string> wanted = words_of(cells_[place].text);
  std::string above;
  for (size_t i = place; i-- > 0;) {
    if (!wanted.contains(cells_[i].name)) continue;
    wanted.merge(words_of(cells_[i].text));
    above.insert(0, cells_[i].text + "\n");
  }
  return above + cells_[place].text;
}

std::optional<text::Program> Session::program(const std::string& cell, ir::Diagnostics& diagnostics) const {
  if (find_cell(cell)) return text::Program::parse(source_of(cell, text_of(cell)), diagnostics);
  std::vector<std::string> names;
  for (const DefinedCell& other : cells_) names.push_back(other.name);
  diagnostics.error(fmt::format("there is no cell '{}'{}", cell, text::suggest_or_list(cell, names)));
  if (names.empty()) diagnostics.note("define one, as in 'cell NAME(sizes) { ... }', or ':load FILE.rondo'");
  return std::nullopt;
}

std::map<std::string, int64_t> Session::sizes_of(const text::Program& program,
                                                 const std::string& cell) const {
  std::map<std::string, int64_t> found;
  for (const std::string& parameter : program.parameters(cell))
    if (const auto size = sizes.find(parameter); size != sizes.end()) found.insert(*size);
  return found;
}

std::optional<std::string> Session::define(const std::string& text, ir::Diagnostics& diagnostics) {
  const std::string name = name_in(text);
  if (!text::Program::parse(source_of(name.empty() ? "<cell>" : name, text), diagnostics))
    return std::nullopt;
  std::vector<DefinedCell> before = cells_;
  if (const DefinedCell* old = find_cell(name))
    cells_[static_cast<size_t>(old - cells_.data())].text = text;
  else
    cells_.push_back({name, text});
  const std::optional<text::Program> program = this->program(name, diagnostics);
  if (program)
    if (const auto trial = cli::try_cell(*program, name, sizes_of(*program, name), diagnostics))
      return declaration_of(name, program->parameters(name), trial->recurrence.step);
  cells_ = std::move(before);
  return std::nullopt;
}

bool is_group(const std::map<std::string, ir::Tensor>& tensors, const std::string& name) {
  const auto found = tensors.lower_bound(name + ".");
  return found != tensors.end() && found->first.starts_with(name + ".");
}

}  // namespace rondo::repl
