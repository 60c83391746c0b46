#include <fmt/format.h>
#include <histedit.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>

#include "frontend/cli/terminal.h"
#include "frontend/repl/completion.h"
#include "frontend/repl/history_file.h"
#include "frontend/repl/interruption.h"
#include "frontend/repl/line_reader.h"

namespace rondo::repl {

namespace {

class EditingReader : public LineReader {
 public:
  explicit EditingReader(const Session& session) : session_(session) {
    std::setlocale(LC_CTYPE, "C.UTF-8");
    editor_ = el_init("rondo", stdin, stdout, stderr);
    history_ = history_init();
    if (!editor_ || !history_) return;
    HistEvent event;
    history(history_, &event, H_SETSIZE, HistoryFile::most_lines);
    history(history_, &event, H_SETUNIQUE, 1);
    el_set(editor_, EL_CLIENTDATA, this);
    el_set(editor_, EL_PROMPT_ESC, &EditingReader::prompt, invisible);
    el_set(editor_, EL_EDITOR, "emacs");
    el_set(editor_, EL_HIST, ::history, history_);
    el_set(editor_, EL_GETCFN, &EditingReader::next_character);
    el_set(editor_, EL_ADDFN, "rondo-complete", "completes the word", &EditingReader::complete);
    el_set(editor_, EL_BIND, "^I", "rondo-complete", nullptr);
    el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    for (const std::string& line : file_.lines()) history(history_, &event, H_ENTER, line.c_str());
  }
  ~EditingReader() override {
    if (history_) history_end(history_);
    if (editor_) el_end(editor_);
  }
  EditingReader(const EditingReader&) = delete;
  EditingReader& operator=(const EditingReader&) = delete;

  bool works() const { return editor_ && history_; }

  Line read(const std::string& prompt) override {
    const auto painted = [](const char* paint) { return fmt::format("{0}{1}{0}", invisible, paint); };
    prompt_ = cli::output_has_color() ? painted("\x1b[1;36m") + prompt + painted("\x1b[0m") : prompt;
    el_resize(editor_);
    interrupted_ = false;
    int length = 0;
    const char* text = el_gets(editor_, &length);
    if (interrupted_) return {Line::Kind::Interrupted, ""};
    if (!text || length <= 0) {
      std::fputs("\n", stdout);
      return {};
    }
    Line line{Line::Kind::Text, std::string(text, static_cast<size_t>(length))};
    if (line.text.ends_with('\n')) line.text.pop_back();
    remember(line.text);
    return line;
  }

 private:
  static constexpr char invisible = '\1';  // around what the terminal does not show

  static EditingReader& self(EditLine* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<EditingReader*>(data);
  }

  static char* prompt(EditLine* editor) { return self(editor).prompt_.data(); }

  // One character of UTF-8. Ctrl-C ends the line, which is then dropped: so the editor leaves the terminal as
  // it leaves it at the end of any line.
  static int next_character(EditLine* editor, wchar_t* character) {
    std::mbstate_t state{};
    for (;;) {
      if (!wait_for_input(STDIN_FILENO)) {
        self(editor).interrupted_ = true;
        std::fputs("^C", stdout);
        *character = L'\n';
        return 1;
      }
      char byte = 0;
      if (::read(STDIN_FILENO, &byte, 1) != 1) return 0;
      const size_t used = std::mbrtowc(character, &byte, 1, &state);
      if (used == static_cast<size_t>(-2)) continue;
      if (used == static_cast<size_t>(-1)) *character = L'?';
      if (used == 0) *character = L'?';  // a NUL means nothing to anyone
      return 1;
    }
  }

  static unsigned char complete(EditLine* editor, int) {
    const EditingReader& reader = self(editor);
    const LineInfo* line = el_line(editor);
    const std::string before(line->buffer, static_cast<size_t>(line->cursor - line->buffer));
    const Completion found = repl::complete(reader.session_, before);
    if (found.words.empty()) return CC_REFRESH_BEEP;
    const std::string common = common_beginning(found.words);
    std::string more = common.substr(std::min(found.begun, common.size()));
    if (found.words.size() == 1) more += found.ending;
    if (!more.empty()) {
      el_insertstr(editor, more.c_str());
      return CC_REFRESH;
    }
    std::fputs(("\n" + in_columns(found.words, cli::terminal_columns())).c_str(), stdout);
    return CC_REDISPLAY;
  }

  void remember(const std::string& line) {
    if (line.find_first_not_of(" \t") == std::string::npos) return;
    HistEvent event;
    history(history_, &event, H_ENTER, line.c_str());
    file_.append(line);
  }

  const Session& session_;
  EditLine* editor_ = nullptr;
  ::History* history_ = nullptr;
  HistoryFile file_;
  std::string prompt_;
  bool interrupted_ = false;
};

}  // namespace

std::unique_ptr<LineReader> editing_reader(const Session& session) {
  const char* kind = std::getenv("TERM");
  if (!isatty(STDIN_FILENO) || !cli::output_is_terminal() || !kind || std::strcmp(kind, "dumb") == 0)
    return nullptr;
  auto reader = std::make_unique<EditingReader>(session);
  return reader->works() ? std::move(reader) : nullptr;
}

}  // namespace rondo::repl
