#include "frontend/repl/completion.h"

#include <algorithm>
#include <filesystem>

#include "frontend/repl/call.h"
#include "frontend/repl/commands.h"
#include "frontend/repl/sources.h"
#include "frontend/text/functions.h"
#include "passes/pass_manager.h"

namespace rondo::repl {

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// The part of the line that is a word still being written.
std::string last_word(const std::string& line, const char* beyond) {
  const size_t end = line.find_last_of(beyond);
  return end == std::string::npos ? line : line.substr(end + 1);
}

bool is_within_quotes(const std::string& line) {
  return std::count(line.begin(), line.end(), '"') % 2 == 1;
}

Words files(const std::string& begun) {
  const size_t slash = begun.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : begun.substr(0, slash + 1);
  constexpr size_t most = 1000;
  Words words;
  std::error_code problem;
  for (fs::directory_iterator entry(folder.empty() ? "." : folder, problem), end;
       !problem && entry != end && words.size() < most; entry.increment(problem)) {
    std::error_code unknown;
    const std::string name = entry->path().filename().string();
    if (name[0] != '.' || begun.substr(folder.size()).starts_with('.'))
      words.push_back(folder + name + (entry->is_directory(unknown) ? "/" : ""));
  }
  return words;
}

void add_cells(const Session& session, Words& words) {
  for (const DefinedCell& cell : session.cells()) words.push_back(cell.name);
}

void add_values(const Session& session, Words& words) {
  for (const auto& [name, tensor] : session.tensors) words.push_back(name);
  for (const std::string& name : text::function_names()) words.push_back(name + "(");
  for (const text::Function& function : source_functions()) words.push_back(std::string(function.name) + "(");
}

void add_options(Words& words, const char* before) {
  for (const std::string& name : call_options()) words.push_back(before + name);
}

Words command_arguments(const Session& session, Completes kind, bool first) {
  Words words;
  switch (kind) {
    case Completes::Nothing:
    case Completes::Files:
      break;
    case Completes::Calls:
    case Completes::Cells:
      add_cells(session, words);
      if (!first) add_values(session, words);
      break;
    case Completes::Commands:
      for (const Command& command : commands()) words.emplace_back(command.name);
      for (const char* topic : {"cells", "run", "expressions"}) words.emplace_back(topic);
      for (const std::string& name : text::function_names()) words.push_back(name);
      break;
    case Completes::Expressions:
      add_values(session, words);
      break;
    case Completes::Passes:
      for (const passes::PassInfo& pass : passes::all_passes()) words.push_back(pass.name);
      if (!first) add_cells(session, words);
      break;
    case Completes::Settings:
      add_options(words, "");
      break;
  }
  return words;
}

// Which words the place wants; `word` is set where it is not the usual one.
Words wanted(const Session& session, const std::string& line, std::string& word) {
  const size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  const std::string body = line.substr(begin);
  if (is_within_quotes(line)) {
    word = last_word(line, "\"");
    return files(word);
  }
  Words words;
  if (body.starts_with(':')) {
    const size_t blank = body.find(' ');
    if (blank == std::string::npos) {
      word = body;
      for (const Command& command : commands()) words.push_back(":" + std::string(command.name));
      return words;
    }
    ir::Diagnostics quiet;
    const Command* command = find_command(body.substr(1, blank - 1), quiet);
    if (!command) return words;
    word = last_word(line, " \t");
    if (command->completes == Completes::Files) return files(word);
    if (word.starts_with("--")) return add_options(words, "--"), words;
    word = last_word(line, " \t()[]{},;+-*/@<>=|");
    if (command->completes == Completes::Passes) word = last_word(line, " \t");  // their names have dashes
    return command_arguments(session, command->completes, body.find(' ', blank + 1) == std::string::npos);
  }
  word = last_word(line, " \t");
  if (word.starts_with("--")) return add_options(words, "--"), words;
  word = last_word(line, " \t()[]{},;+-*/@<>=|");
  if (body.starts_with("run ") && body.find(' ', 4) == std::string::npos)
    return add_cells(session, words), words;
  add_values(session, words);
  if (body == word)
    for (const char* start : {"run", "cell"}) words.emplace_back(start);
  if (line.ends_with("run " + word)) add_cells(session, words);
  return words;
}

}  // namespace

Completion complete(const Session& session, const std::string& line) {
  std::string word;
  Completion found;
  found.words = wanted(session, line, word);
  found.begun = word.size();
  if (is_within_quotes(line)) found.ending = "\"";
  std::erase_if(found.words, [&](const std::string& candidate) { return !candidate.starts_with(word); });
  std::sort(found.words.begin(), found.words.end());
  found.words.erase(std::unique(found.words.begin(), found.words.end()), found.words.end());
  if (found.words.size() == 1 && (found.words[0].ends_with('/') || found.words[0].ends_with('(')))
    found.ending = "";
  return found;
}

std::string common_beginning(const Words& words) {
  std::string common = words.empty() ? "" : words[0];
  for (const std::string& word : words) {
    const auto differ = std::mismatch(common.begin(), common.end(), word.begin(), word.end()).first;
    common.erase(differ, common.end());
  }
  return common;
}

std::string in_columns(const Words& words, int columns) {
  size_t width = 0;
  for (const std::string& word : words) width = std::max(width, word.size() + 2);
  const size_t across = std::max<size_t>(1, static_cast<size_t>(columns) / std::max<size_t>(1, width));
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    const bool last = i % across == across - 1 || i + 1 == words.size();
    text += words[i] + (last ? "\n" : std::string(width - words[i].size(), ' '));
  }
  return text;
}

}  // namespace rondo::repl
