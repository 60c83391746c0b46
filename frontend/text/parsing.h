// The work of `parse_file`, in two files: cells and statements in parser.cpp, expressions in
// parse_expression.cpp.
#pragma once

#include <optional>
#include <string>

#include "frontend/text/parser.h"

namespace rondo::text {

/// Reads one file by recursive descent. Functions that read a part return an invalid id, or false, after they
/// have reported what is wrong; the statement they belong to is then given up.
class Parser {
 public:
  Parser(std::shared_ptr<const ir::SourceText> source, ir::Diagnostics& diagnostics)
      : diagnostics_(diagnostics), lexer_(source, diagnostics), errors_before_(diagnostics.error_count()) {
    file_.source = std::move(source);
    for (Token& token : ahead_) token = lexer_.next();
  }

  std::optional<File> run();
  /// One line of its own, as the only statement of a cell without a name.
  std::optional<File> run_line();

 private:
  // Tokens.
  const Token& token() const { return ahead_[0]; }
  const Token& following() const { return ahead_[1]; }
  Token advance();
  bool accept(std::string_view text);
  bool expect(std::string_view text, std::string_view purpose);
  bool fail(std::string_view expected);
  bool report(const Span& where, std::string message);
  bool at_statement_end() const;
  bool continues_line() const { return brackets_ > 0 || !token().first_on_line; }
  bool too_many_errors() const {
    return diagnostics_.error_count() - errors_before_ > 2 * ir::Diagnostics::limit;
  }
  void skip_statement();

  // Cells and statements.
  void cell();
  bool cell_head(CellSyntax& cell);
  void check_new(const CellSyntax& cell);
  bool statement(CellSyntax& cell);
  bool declaration(Statement& statement);
  bool element_type(Statement& statement);
  bool assignment(Statement& statement);
  bool next_value(Statement& statement);
  bool output(Statement& statement);
  bool option(Statement& statement);
  bool instance(Statement& statement);
  bool name(NameAt& name, std::string_view purpose);
  bool right_side(Statement& statement);

  // Expressions.
  ExprId expression() { return binary(0); }
  ExprId binary(int level);  // operators that bind at least so tightly
  ExprId prefix(int level);
  ExprId unary();
  ExprId power();
  ExprId postfix();
  ExprId primary();
  ExprId index(ExprId base, const Token& first);
  ExprId call(const Token& first);
  ExprId list(const Token& first);
  bool arguments(std::string_view close, const Token& open, bool keywords, Range& range);
  bool subscript_part(ExprId& part);
  ExprId add(Expr expr, const Span& from, size_t from_offset);
  bool open_level();

  ir::Diagnostics& diagnostics_;
  Lexer lexer_;
  int errors_before_;
  Token ahead_[3];
  size_t last_end_ = 0;  // where the token before this one ended
  int last_line_ = 1;
  int brackets_ = 0;  // open round and square brackets: a line feed inside them ends nothing
  int nesting_ = 0;
  bool gave_up_ = false;
  File file_;
};

}  // namespace rondo::text
