#include "frontend/repl/repl.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "frontend/cli/terminal.h"
#include "frontend/repl/interruption.h"
#include "frontend/repl/line_reader.h"
#include "frontend/repl/statements.h"

namespace rondo::repl {

namespace {

void print(const Ending& ending) {
  std::fputs(ending.text.c_str(), stdout);
  std::fflush(stdout);
  std::fputs(ending.problems.c_str(), stderr);
  if (ending.interrupted) cli::tell("\ninterrupted\n");
}

class Conversation {
 public:
  // At a terminal a mistake ends nothing.
  Conversation(LineReader& reader, Session& session, bool with_person)
      : reader_(reader), session_(session), with_person_(with_person) {}

  int run() {
    for (;;) {
      const Line line = reader_.read(prompt());
      ++line_number_;
      if (line.kind == Line::Kind::Interrupted) {
        statements_.give_up();
      } else if (line.kind == Line::Kind::TooLong) {
        cli::tell(fmt::format("rondo: error: line {} is longer than 16 MB, which no line of a session is\n",
                              line_number_));
        if (!with_person_) return 1;
      } else if (line.kind == Line::Kind::Text) {
        for (const std::string& statement : statements_.take(line.text))
          if (!go_on_after(statement)) return failed_;
      } else {
        go_on_after(statements_.give_up());
        return failed_;
      }
    }
  }

 private:
  std::string prompt() const { return statements_.is_waiting() ? ". " : "> "; }

  bool go_on_after(const std::string& statement) {
    const Ending ending = execute(session_, statement);
    print(ending);
    if (ending.quit) return false;
    if (!ending.failed || with_person_) return true;
    cli::tell(fmt::format("rondo: line {}: the script ends here\n", line_number_));
    failed_ = 1;
    return false;
  }

  LineReader& reader_;
  Session& session_;
  bool with_person_;
  StatementReader statements_;
  int line_number_ = 0;
  int failed_ = 0;
};

int converse() {
  Session session;
  std::unique_ptr<LineReader> terminal = editing_reader(session);
  if (!terminal) terminal = prompting_reader();
  if (terminal) {
    const CatchInterruptions caught;
    fmt::print("Rondo {}. ':help' shows how to begin, Ctrl-D ends.\n", RONDO_VERSION);
    return Conversation(*terminal, session, true).run();
  }
  const std::unique_ptr<LineReader> pipe = plain_reader();
  return Conversation(*pipe, session, false).run();
}

// The lines of a text, one by one.
class TextReader : public LineReader {
 public:
  explicit TextReader(std::string text) : text_(std::move(text)) {}
  Line read(const std::string&) override {
    if (next_ >= text_.size()) return {};
    const size_t end = std::min(text_.find('\n', next_), text_.size());
    Line line{Line::Kind::Text, text_.substr(next_, end - next_)};
    next_ = end + 1;
    return line;
  }

 private:
  std::string text_;
  size_t next_ = 0;
};

}  // namespace

cli::Command add_repl_command(CLI::App& program) {
  CLI::App* app =
      program.add_subcommand("repl", "Try cells line by line: define, run, look, change, compare");
  app->footer(
      "Reads from the terminal, with editing and completion, or from a pipe: the first mistake then ends\n"
      "it with exit status 1. 'rondo -e LINES' does the same with lines on the command line.\n\n"
      "Examples:\n"
      "  rondo repl\n"
      "  rondo repl < script\n"
      "  rondo -e 'x = linspace(0, 1, 5); sin(x)'");
  return {app, [] { return converse(); }};
}

int run_text(const std::string& text) {
  Session session;
  TextReader reader(text);
  return Conversation(reader, session, false).run();
}

}  // namespace rondo::repl
