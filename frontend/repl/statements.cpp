#include "frontend/repl/statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "frontend/cli/terminal.h"
#include "frontend/repl/call.h"
#include "frontend/repl/command_functions.h"
#include "frontend/repl/commands.h"
#include "frontend/repl/evaluation.h"
#include "frontend/repl/tensor_text.h"
#include "frontend/text/parser.h"
#include "ir/printer.h"

namespace rondo::repl {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// Without the lines of comment and the blank lines at its beginning.
std::string_view body_of(std::string_view text) {
  text = trimmed(text);
  while (text.starts_with('#')) {
    const size_t end = text.find('\n');
    text = end == std::string_view::npos ? std::string_view() : trimmed(text.substr(end));
  }
  return text;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.starts_with(word) &&
         (text.size() == word.size() || text[word.size()] == ' ' || text[word.size()] == '\t');
}

// What is open at the end of a text, and the semicolons where nothing is.
struct Scan {
  int braces = 0, brackets = 0;
  bool had_brace = false;
  std::vector<size_t> ends;
};

Scan scan(std::string_view text) {
  Scan found;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '#' || c == '"' || c == '`') {
      // A quote that does not close on its line is left to whoever reads the statement.
      const size_t line = std::min(text.find('\n', i), text.size()), close = text.find(c, i + 1);
      i = c == '#' || close > line ? line - 1 : close;
    } else if (c == '{' || c == '}') {
      found.had_brace = true;
      found.braces += c == '{' ? 1 : -1;
    } else if (c == '(' || c == '[') {
      ++found.brackets;
    } else if (c == ')' || c == ']') {
      --found.brackets;
    } else if (c == ';' && found.braces <= 0 && found.brackets <= 0) {
      found.ends.push_back(i);
    }
  }
  return found;
}

// `r = run gru x`: "r" and "gru x"; without a name "". Nothing where it is no run.
struct RunStatement {
  std::string name, call;
};

std::optional<RunStatement> as_run(std::string_view text) {
  if (starts_with_word(text, "run")) return RunStatement{"", std::string(trimmed(text.substr(3)))};
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view name = trimmed(text.substr(0, equals)), rest = trimmed(text.substr(equals + 1));
  if (!starts_with_word(rest, "run") || !ir::is_plain_name(name)) return std::nullopt;
  return RunStatement{std::string(name), std::string(trimmed(rest.substr(3)))};
}

void take(Session& session, Ending& ending) {
  for (auto& [name, tensor] : ending.tensors) session.tensors[name] = std::move(tensor);
  ending.tensors.clear();
  if (ending.cursor) session.cursor = *ending.cursor;
}

Ending define(Session& session, const std::string& text) {
  Turn turn;
  turn.text = session.define(text, turn.diagnostics).value_or("");
  return ending_of(std::move(turn));
}

Ending run(Session& session, const RunStatement& statement) {
  Ending ending = work_apart([&](Turn& turn) { run_call(session, statement.call, turn); });
  if (ending.failed) return ending;
  if (!statement.name.empty()) {
    std::map<std::string, ir::Tensor> renamed;
    for (auto& [name, tensor] : ending.tensors)
      renamed.emplace(statement.name + "." + name, std::move(tensor));
    ending.tensors = std::move(renamed);
  }
  take(session, ending);
  session.last_call = whole_call(session, statement.call);
  session.cursor = {};
  return ending;
}

Ending command(Session& session, std::string_view text) {
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string name(text.substr(1, end - 1)), arguments(trimmed(text.substr(end)));
  Turn turn;
  const Command* command = find_command(name, turn.diagnostics);
  if (!command) return ending_of(std::move(turn));
  if (!command->work) {
    Ending ending;
    ending.quit = true;
    return ending;
  }
  Ending ending;
  if (command->changes_session) {
    command->work(session, arguments, turn);
    ending = ending_of(std::move(turn));
  } else {
    ending = work_apart([&](Turn& apart) { command->work(session, arguments, apart); });
  }
  if (!ending.failed) take(session, ending);
  return ending;
}

// A name alone, which may also be that of a cell, or of a group of tensors, needs no evaluation.
bool show_by_name(Session& session, const std::string& name, Turn& turn) {
  if (const auto tensor = session.tensors.find(name); tensor != session.tensors.end()) {
    turn.text = tensor_text(tensor->second, cli::terminal_columns());
    return true;
  }
  if (session.find_cell(name)) {
    show_cell(session, name, turn);
    return true;
  }
  if (!is_group(session.tensors, name)) return false;
  for (const auto& [full, tensor] : session.tensors)
    if (full.starts_with(name + ".")) turn.text += fmt::format("  {}  {}\n", full, type_text(tensor));
  return true;
}

Ending expression(Session& session, const std::string& text) {
  Ending ending = work_apart([&](Turn& turn) {
    if (show_by_name(session, text, turn)) return;
    const auto values = evaluate(session, text, turn.diagnostics);
    ir::Diagnostics quiet;
    if (!values && find_command(text, quiet))
      turn.diagnostics.note("commands begin with a colon, as in ':help'");
    if (!values) return;
    for (const NamedTensor& value : *values) {
      if (value.name.empty())
        turn.text += tensor_text(value.tensor, cli::terminal_columns());
      else
        turn.tensors[value.name] = value.tensor;
    }
  });
  if (!ending.failed) take(session, ending);
  return ending;
}

Ending too_large(size_t bytes) {
  Turn turn;
  turn.diagnostics.error(
      fmt::format("the statement has {} bytes; at most {} are read", bytes, text::max_file_bytes));
  return ending_of(std::move(turn));
}

}  // namespace

std::vector<std::string> StatementReader::take(const std::string& line) {
  text_ += (text_.empty() ? "" : "\n") + line;
  const std::string_view body = body_of(text_);
  std::vector<std::string> statements;
  if (body.empty()) {
    // Comments wait for a cell; a blank line below them says that there is none.
    if (trimmed(line).empty()) text_.clear();
    return statements;
  }
  const Scan found = scan(text_);
  const bool is_cell = starts_with_word(body, "cell");
  waiting_ = body[0] != ':' && text_.size() <= text::max_file_bytes &&
             (found.braces > 0 || found.brackets > 0 || (is_cell && !found.had_brace));
  if (waiting_) return statements;
  const std::string whole = is_cell ? std::exchange(text_, "") : std::string(body);
  text_.clear();
  size_t begin = 0;
  for (size_t end : scan(whole).ends) {
    statements.push_back(whole.substr(begin, end - begin));
    begin = end + 1;
  }
  statements.push_back(whole.substr(begin));
  return statements;
}

std::string StatementReader::give_up() {
  waiting_ = false;
  return body_of(text_).empty() ? (text_.clear(), "") : std::exchange(text_, "");
}

Ending execute(Session& session, const std::string& statement) {
  const std::string_view body = body_of(statement);
  if (body.empty()) return {};
  if (statement.size() > text::max_file_bytes) return too_large(statement.size());
  if (body[0] == ':') return command(session, body);
  if (starts_with_word(body, "cell")) return define(session, std::string(trimmed(statement)));
  if (const auto call = as_run(body)) return run(session, *call);
  return expression(session, std::string(body));
}

}  // namespace rondo::repl
