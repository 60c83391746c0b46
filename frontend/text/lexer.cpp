#include "frontend/text/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "ir/printer.h"
#include "ir/visible_text.h"

namespace rondo::text {

namespace {

// Longest first, so that `**` is not read as two products.
constexpr std::array<std::string_view, 22> symbols = {"**", "==", "!=", "<=", ">=", "+", "-", "*",
                                                      "/",  "@",  "<",  ">",  "=",  "(", ")", "[",
                                                      "]",  "{",  "}",  ",",  ":",  ";"};

// The C library's classification depends on the locale; the language does not.
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool continues_name(char c) {
  return starts_name(c) || is_digit(c);
}

// Length of the dotted name that the text starts with; 0 where there is none.
size_t name_length(std::string_view text) {
  if (text.empty() || !starts_name(text[0])) return 0;
  size_t length = 1;
  while (length < text.size()) {
    const bool dot = text[length] == '.' && length + 1 < text.size() && continues_name(text[length + 1]);
    if (!dot && !continues_name(text[length])) break;
    ++length;
  }
  return length;
}

bool is_printable(char c) {
  return c > ' ' && c <= '~';
}

}  // namespace

ir::Location locate(const std::shared_ptr<const ir::SourceText>& source, const Span& span) {
  return {source, span.line, span.column, span.length};
}

Lexer::Lexer(std::shared_ptr<const ir::SourceText> source, ir::Diagnostics& diagnostics)
    : source_(std::move(source)), diagnostics_(diagnostics), text_(source_->text) {
  if (text_.starts_with("\xEF\xBB\xBF")) position_ = 3;  // a byte order mark, as some editors leave
}

char Lexer::at(size_t ahead) const {
  return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
}

void Lexer::skip_blanks() {
  for (; position_ < text_.size(); ++position_) {
    const char c = text_[position_];
    if (c == '#') {
      const size_t end = text_.find('\n', position_);
      position_ = (end == std::string_view::npos ? text_.size() : end) - 1;
    } else if (c == '\n') {
      ++line_;
      line_begin_ = position_ + 1;
      first_on_line_ = true;
    } else if (c != ' ' && c != '\t' && c != '\r') {
      return;
    }
  }
}

Token Lexer::take(TokenKind kind, size_t length) {
  Token token;
  token.kind = kind;
  token.text = text_.substr(position_, length);
  token.first_on_line = first_on_line_;
  token.offset = position_;
  token.span = {line_, static_cast<int>(position_ - line_begin_) + 1, static_cast<int>(length)};
  position_ += length;
  first_on_line_ = false;
  return token;
}

Token Lexer::fail(size_t length, std::string message) {
  Token token = take(TokenKind::Bad, length);
  diagnostics_.error(locate(source_, token.span), std::move(message));
  return token;
}

Token Lexer::take_number() {
  size_t length = 0;
  bool whole = true;
  const auto digits = [&] {
    while (is_digit(at(length))) ++length;
  };
  digits();
  if (at(length) == '.') {
    whole = false;
    ++length;
    digits();
  }
  const size_t sign = at(length + 1) == '+' || at(length + 1) == '-' ? 1 : 0;
  if ((at(length) == 'e' || at(length) == 'E') && is_digit(at(length + 1 + sign))) {
    whole = false;
    length += 1 + sign;
    digits();
  }
  if (continues_name(at(length)) || at(length) == '.') {
    while (continues_name(at(length)) || at(length) == '.') ++length;
    return fail(length, fmt::format("'{}' is neither a number nor a name (names start with a letter)",
                                    text_.substr(position_, std::min<size_t>(length, 40))));
  }
  const char* begin = text_.data() + position_;
  ir::LiteralValue value;
  int64_t integer = 0;
  double real = 0;
  if (whole && std::from_chars(begin, begin + length, integer).ec == std::errc()) {
    value.value = integer;
  } else if (std::from_chars(begin, begin + length, real).ec == std::errc()) {
    value.value = real;  // also for whole numbers beyond 64 bits
  } else {
    return fail(length, fmt::format("the number '{}' is beyond the range of f64",
                                    text_.substr(position_, std::min<size_t>(length, 40))));
  }
  Token token = take(TokenKind::Number, length);
  token.number = value;
  return token;
}

Token Lexer::take_quoted_name() {
  size_t length = 1;
  while (at(length) != '`' && at(length) != '\n' && position_ + length < text_.size()) ++length;
  if (at(length) != '`') return fail(length, "a name in backquotes ends on its line with another backquote");
  if (length == 1) return fail(2, "a name cannot be empty");
  if (!ir::can_be_name(text_.substr(position_ + 1, length - 1)))
    return fail(length + 1, "a name cannot have control characters in it");
  Token token = take(TokenKind::Name, length + 1);
  token.text = token.text.substr(1, length - 1);
  return token;
}

Token Lexer::take_text() {
  const size_t end = text_.find_first_of("\"\n", position_ + 1);
  if (end == std::string_view::npos || text_[end] == '\n')
    return fail(1, "a text in double quotes ends on its line with another double quote");
  Token token = take(TokenKind::Text, end + 1 - position_);
  token.text = token.text.substr(1, token.text.size() - 2);
  return token;
}

// One message for a whole run of what cannot be read, not one for each byte of it.
Token Lexer::take_bad() {
  const char c = at(0);
  if (is_printable(c)) {
    std::string hint;
    if (c == '!') hint = "; write 'not x', or 'a != b'";
    if (c == '&') hint = "; write 'a and b'";
    if (c == '|') hint = "; write 'a or b'";
    if (c == '^') hint = "; write a ** b for a power";
    if (c == '?') hint = "; write where(condition, a, b)";
    if (c == '\'') hint = "; names stand without quotes, texts in double quotes";
    size_t length = 1;
    while (at(length) == c) ++length;
    return fail(length, fmt::format("'{}' means nothing here{}", c, hint));
  }
  size_t length = 1;
  while (position_ + length < text_.size() && !is_printable(at(length)) && at(length) != '\n' &&
         at(length) != ' ')
    ++length;
  return fail(
      length,
      fmt::format("'{}' means nothing here: outside comments, and names in backquotes, the language is "
                  "ASCII",
                  text_.substr(position_, length)));
}

Token Lexer::next() {
  skip_blanks();
  if (position_ >= text_.size()) {
    first_on_line_ = true;
    Token end = take(TokenKind::End, 0);
    end.span.length = 1;  // a caret needs a place
    return end;
  }
  const char c = at(0);
  if (is_digit(c) || (c == '.' && is_digit(at(1)))) return take_number();
  if (c == '`') return take_quoted_name();
  if (c == '"') return take_text();
  if (const size_t length = name_length(text_.substr(position_)); length > 0)
    return take(ir::is_keyword(text_.substr(position_, length)) ? TokenKind::Keyword : TokenKind::Name,
                length);
  if (c == '/' && at(1) == '/') return fail(2, "'//' means nothing here; a comment begins with #");
  for (std::string_view symbol : symbols)
    if (text_.substr(position_).starts_with(symbol)) return take(TokenKind::Symbol, symbol.size());
  return take_bad();
}

}  // namespace rondo::text
