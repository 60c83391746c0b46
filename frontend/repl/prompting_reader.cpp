// A terminal that cannot edit (TERM is "dumb" or missing, or the output goes elsewhere) still has a person
// before it: prompts are shown, and Ctrl-C drops the line.
#include <unistd.h>

#include <cstdio>

#include "frontend/cli/terminal.h"
#include "frontend/repl/interruption.h"
#include "frontend/repl/line_reader.h"

namespace rondo::repl {

namespace {

class PromptingReader : public LineReader {
 public:
  Line read(const std::string& prompt) override {
    // Where the output is a file or a pipe, no prompt gets in among the results.
    std::FILE* shown = cli::output_is_terminal() ? stdout : stderr;
    std::fputs(prompt.c_str(), shown);
    std::fflush(shown);
    Line line;
    for (;;) {
      if (!wait_for_input(STDIN_FILENO)) {
        std::fputs("\n", shown);
        return {Line::Kind::Interrupted, ""};
      }
      char byte = 0;
      if (::read(STDIN_FILENO, &byte, 1) != 1) break;
      line.kind = Line::Kind::Text;
      if (byte == '\n') return line;
      line.text += byte;
    }
    if (line.kind == Line::Kind::End) std::fputs("\n", shown);
    return line;
  }
};

}  // namespace

std::unique_ptr<LineReader> prompting_reader() {
  return isatty(STDIN_FILENO) ? std::make_unique<PromptingReader>() : nullptr;
}

}  // namespace rondo::repl
