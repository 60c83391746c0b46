#include <cstdio>

#include "frontend/repl/line_reader.h"
#include "frontend/text/parser.h"

namespace rondo::repl {

namespace {

class PlainReader : public LineReader {
 public:
  Line read(const std::string&) override {
    Line line;
    for (int c = std::getchar(); c != EOF; c = std::getchar()) {
      if (line.kind == Line::Kind::End) line.kind = Line::Kind::Text;
      if (c == '\n') return line;
      if (line.text.size() < text::max_file_bytes)
        line.text += static_cast<char>(c);
      else
        line.kind = Line::Kind::TooLong;  // the rest of it is read and dropped
    }
    return line;
  }
};

}  // namespace

std::unique_ptr<LineReader> plain_reader() {
  return std::make_unique<PlainReader>();
}

}  // namespace rondo::repl
