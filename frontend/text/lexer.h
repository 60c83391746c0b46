// Text to tokens, one at a time: a hostile file costs no more memory than its own text.
#pragma once

#include <memory>
#include <string_view>

#include "ir/diagnostics.h"
#include "ir/step_graph.h"

namespace rondo::text {

/// A stretch of one line of the file being read; becomes an `ir::Location` together with the source.
struct Span {
  int line = 0;
  int column = 0;
  int length = 1;
};

ir::Location locate(const std::shared_ptr<const ir::SourceText>& source, const Span& span);

enum class TokenKind {
  Name,     ///< `h`, `x.left`, or any text in backquotes
  Keyword,  ///< a reserved word
  Number,
  Text,    ///< anything in double quotes on one line; `text` is without them
  Symbol,  ///< an operator or a bracket; `text` tells which
  Bad,     ///< could not be read; already reported
  End,
};

struct Token {
  TokenKind kind = TokenKind::End;
  std::string_view text;  ///< within the source; a name without its backquotes
  ir::LiteralValue number;
  bool first_on_line = false;  ///< a statement may start here
  size_t offset = 0;
  Span span;

  bool is(std::string_view symbol_or_keyword) const {
    return (kind == TokenKind::Symbol || kind == TokenKind::Keyword) && text == symbol_or_keyword;
  }
};

class Lexer {
 public:
  Lexer(std::shared_ptr<const ir::SourceText> source, ir::Diagnostics& diagnostics);

  /// The next token; `End` for ever after the last.
  Token next();

 private:
  void skip_blanks();
  Token take(TokenKind kind, size_t length);
  Token take_number();
  Token take_quoted_name();
  Token take_text();
  Token take_bad();
  Token fail(size_t length, std::string message);
  char at(size_t ahead) const;

  std::shared_ptr<const ir::SourceText> source_;
  ir::Diagnostics& diagnostics_;
  std::string_view text_;
  size_t position_ = 0;
  size_t line_begin_ = 0;
  int line_ = 1;
  bool first_on_line_ = true;
};

}  // namespace rondo::text
