#include "frontend/repl/script.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "frontend/cli/cell_file.h"
#include "frontend/repl/statements.h"

namespace rondo::repl {

namespace {

// Beyond this a script loads itself.
constexpr int max_depth = 16;

class Deeper {
 public:
  Deeper(Session& session, const std::string& path)
      : session_(session),
        folder_(std::exchange(session.folder, std::filesystem::path(path).parent_path().string())) {
    ++session.scripts;
  }
  ~Deeper() {
    --session_.scripts;
    session_.folder = folder_;
  }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  Session& session_;
  std::string folder_;
};

// False where it failed.
bool run_statement(Session& session, const std::string& statement, const ir::Location& where, Turn& turn) {
  Ending ending = execute(session, statement);
  turn.text += ending.text;
  if (!ending.failed) return true;
  turn.diagnostics.error(where, fmt::format("the script ends here\n{}", ending.problems));
  return false;
}

}  // namespace

void load_script(Session& session, const std::string& path, Turn& turn) {
  if (session.scripts >= max_depth) {
    turn.diagnostics.error(fmt::format("'{}': scripts load each other at most {} deep", path, max_depth));
    return;
  }
  const auto source = cli::read_source(path, turn.diagnostics);
  if (!source) return;
  const Deeper deeper(session, path);
  StatementReader reader;
  const std::string_view text = source->text;
  int line = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    ++line;
    for (const std::string& statement : reader.take(std::string(text.substr(begin, end - begin))))
      if (!run_statement(session, statement, {source, line, 1, 1}, turn)) return;
    begin = end + 1;
  }
  const std::string rest = reader.give_up();
  if (!rest.empty()) run_statement(session, rest, {source, line, 1, 1}, turn);
}

}  // namespace rondo::repl
