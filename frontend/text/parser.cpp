#include "frontend/text/parser.h"

#include <fmt/format.h>

#include <utility>

#include "frontend/text/foreign_words.h"
#include "frontend/text/parsing.h"

namespace rondo::text {

namespace {

std::string describe(const Token& token) {
  if (token.kind == TokenKind::End) return "the end of the file";
  return fmt::format("'{}'", token.text.substr(0, 40));
}

bool is_arithmetic(const Token& token) {
  return token.is("+") || token.is("-") || token.is("*") || token.is("/") || token.is("@") || token.is("**");
}

}  // namespace

Token Parser::advance() {
  const Token taken = token();
  last_end_ = taken.offset + static_cast<size_t>(taken.span.length);
  last_line_ = taken.span.line;
  ahead_[0] = ahead_[1];
  ahead_[1] = ahead_[2];
  ahead_[2] = lexer_.next();
  return taken;
}

bool Parser::accept(std::string_view text) {
  if (!token().is(text)) return false;
  advance();
  return true;
}

bool Parser::report(const Span& where, std::string message) {
  diagnostics_.error(file_.locate(where), std::move(message));
  return false;
}

bool Parser::fail(std::string_view expected) {
  if (token().kind == TokenKind::Bad) return false;  // the lexer has reported it
  const std::string_view instead = instead_of(token().text);
  return report(token().span, fmt::format("expected {}, found {}{}{}", expected, describe(token()),
                                          instead.empty() ? "" : "; ", instead));
}

bool Parser::expect(std::string_view text, std::string_view purpose) {
  if (accept(text)) return true;
  return fail(fmt::format("'{}' {}", text, purpose));
}

bool Parser::at_statement_end() const {
  return token().first_on_line || token().is(";") || token().is("}") || token().kind == TokenKind::End;
}

// Goes to where the next statement seems to begin. Inside brackets that stayed open, only a word that begins
// nothing but statements counts: the other lines may well belong to the brackets.
void Parser::skip_statement() {
  while (token().kind != TokenKind::End && !token().is("}")) {
    if (brackets_ <= 0 && (token().first_on_line || token().is(";"))) break;
    if (token().first_on_line && token().kind == TokenKind::Keyword && following().kind == TokenKind::Name)
      break;
    if (token().is("(") || token().is("[")) ++brackets_;
    if (token().is(")") || token().is("]")) --brackets_;
    advance();
  }
  brackets_ = 0;
  nesting_ = 0;
}

std::optional<File> Parser::run() {
  while (token().kind != TokenKind::End && !gave_up_ && !too_many_errors()) {
    if (token().is("cell")) {
      cell();
      continue;
    }
    fail("'cell NAME(parameters) { ... }'");
    do advance();
    while (token().kind != TokenKind::End && !(token().is("cell") && token().first_on_line));
  }
  if (file_.cells.empty() && diagnostics_.error_count() == errors_before_)
    diagnostics_.error({file_.source, 0, 0, 1},
                       "there is no cell here; write 'cell NAME(parameters) { ... }'");
  if (diagnostics_.error_count() > errors_before_) return std::nullopt;
  return std::move(file_);
}

void Parser::check_new(const CellSyntax& cell) {
  for (const CellSyntax& other : file_.cells) {
    if (other.name.name != cell.name.name) continue;
    report(cell.name.where, fmt::format("cell '{}' is defined twice", cell.name.name));
    diagnostics_.note(file_.locate(other.name.where), "first here");
    return;
  }
}

bool Parser::cell_head(CellSyntax& cell) {
  if (!name(cell.name, "of the cell")) return false;
  check_new(cell);
  if (file_.cells.size() >= max_cells) {
    gave_up_ = true;
    return report(cell.name.where, fmt::format("a file has at most {} cells", max_cells));
  }
  if (token().is("{")) return true;  // a cell without parameters
  if (!expect("(", "and the parameters of the cell")) return false;
  while (!token().is(")")) {
    ParameterSyntax parameter;
    if (!name(parameter.name, "of a parameter, or ')'")) return false;
    if (accept("=")) {
      ++brackets_;
      parameter.fallback = expression();
      --brackets_;
      if (!parameter.fallback.valid()) return false;
    }
    if (cell.parameters.size() >= max_parameters)
      return report(parameter.name.where, fmt::format("a cell has at most {} parameters", max_parameters));
    cell.parameters.push_back(parameter);
    if (token().is(":"))
      return report(token().span, "a parameter is a whole number, without a type; write its name alone");
    if (!accept(",") && !token().is(")")) return fail("',' or ')'");
  }
  return expect(")", "after the parameters");
}

void Parser::cell() {
  CellSyntax cell;
  const Token start = advance();
  if (!cell_head(cell)) {
    while (!token().is("{") && !token().is("}") && !(token().is("cell") && token().first_on_line) &&
           token().kind != TokenKind::End)
      advance();
    brackets_ = nesting_ = 0;
    if (gave_up_) return;
  }
  if (!expect("{", "and the statements of the cell")) {
    if (token().is("}")) advance();
    return;
  }
  while (!token().is("}")) {
    if (gave_up_ || too_many_errors()) return;
    if (accept(";")) continue;
    // The head of a cell where none can stand, and not further in than this one, follows a forgotten brace.
    const bool next_cell =
        token().is("cell") && ahead_[2].is("(") && token().span.column <= start.span.column;
    if (token().kind == TokenKind::End || next_cell) {
      fail(fmt::format("'}}' to close the cell '{}' of line {}", cell.name.name, start.span.line));
      break;
    }
    const size_t before = token().offset;
    if (!statement(cell)) {
      if (token().offset == before) advance();
      skip_statement();
    } else if (!at_statement_end()) {
      fail("the end of the statement");
      skip_statement();
    }
  }
  accept("}");
  file_.cells.push_back(std::move(cell));
}

bool Parser::statement(CellSyntax& cell) {
  if (cell.statements.size() >= max_statements) {
    gave_up_ = true;
    return report(token().span, fmt::format("a cell has at most {} statements", max_statements));
  }
  Statement statement;
  statement.where = token().span;
  bool fine = false;
  if (token().is("input") || token().is("state") || token().is("constant") || token().is("weight"))
    fine = declaration(statement);
  else if (token().is("next"))
    fine = next_value(statement);
  else if (token().is("output"))
    fine = output(statement);
  else if (token().is("option"))
    fine = option(statement);
  else if (token().is("cell"))
    fine = instance(statement);
  else if (token().kind == TokenKind::Name)
    fine = assignment(statement);
  else if (token().kind == TokenKind::Keyword && following().is("="))
    return report(token().span,
                  fmt::format("'{}' is a word of the language and cannot name a value", token().text));
  else if (token().first_on_line && is_arithmetic(token()))
    return report(token().span,
                  fmt::format("a statement cannot begin with '{0}'; to go on from the line before, end that "
                              "line with '{0}'",
                              token().text));
  else
    return fail("a statement: a declaration, 'name = ...', 'next state = ...' or 'output ...'");
  if (fine) cell.statements.push_back(std::move(statement));
  return fine;
}

bool Parser::name(NameAt& name, std::string_view purpose) {
  if (token().kind == TokenKind::Keyword)
    return report(token().span,
                  fmt::format("expected the name {}, found '{}', which is a word of the language", purpose,
                              token().text));
  if (token().kind != TokenKind::Name) return fail(fmt::format("the name {}", purpose));
  const Token taken = advance();
  name = {taken.text, taken.span};
  return true;
}

bool Parser::declaration(Statement& statement) {
  const Token kind = advance();
  statement.kind = kind.text == "input"      ? StatementKind::Input
                   : kind.text == "state"    ? StatementKind::State
                   : kind.text == "constant" ? StatementKind::Constant
                                             : StatementKind::Weight;
  do {
    statement.names.emplace_back();
    if (!name(statement.names.back(), fmt::format("of the {}", kind.text))) return false;
  } while (accept(","));
  if (!expect(":", fmt::format("and the type, as in '{} {} : f32[4]'", kind.text, statement.names[0].name)) ||
      !element_type(statement))
    return false;
  const Token open = token();
  if (!expect("[", "and the extents, as in f32[4], or f32[] for one number")) return false;
  Range range;
  if (!arguments("]", open, false, range)) return false;
  for (int32_t i = 0; i < range.count; ++i)
    statement.values.push_back(
        file_.arguments[static_cast<size_t>(range.first) + static_cast<size_t>(i)].value);
  return true;
}

bool Parser::element_type(Statement& statement) {
  if (token().kind != TokenKind::Name) return fail("an element type: f32, f64, i32, i64 or bool");
  const std::optional<ir::DType> dtype = ir::dtype_from_name(token().text);
  if (!dtype) {
    constexpr std::pair<std::string_view, std::string_view> others[] = {
        {"float32", "f32"}, {"float", "f32"}, {"float64", "f64"}, {"double", "f64"},
        {"int32", "i32"},   {"int", "i32"},   {"int64", "i64"},   {"boolean", "bool"}};
    std::string hint = "; there are f32, f64, i32, i64 and bool";
    for (auto [theirs, ours] : others)
      if (token().text == theirs) hint = fmt::format("; write {}", ours);
    return report(token().span, fmt::format("there is no element type '{}'{}", token().text, hint));
  }
  statement.dtype = *dtype;
  advance();
  return true;
}

bool Parser::right_side(Statement& statement) {
  do {
    const ExprId value = expression();
    if (!value.valid()) return false;
    statement.values.push_back(value);
  } while (accept(","));
  return true;
}

bool Parser::assignment(Statement& statement) {
  statement.kind = StatementKind::Assign;
  do {
    statement.names.emplace_back();
    if (!name(statement.names.back(), "to bind")) return false;
  } while (accept(","));
  if (token().is("(") || token().is(":")) {
    const bool typed = token().is(":");
    return report(statement.where,
                  typed ? fmt::format("declare '{0}' as input, state, constant or weight, as in "
                                      "'input {0} : f32[4]'",
                                      statement.names[0].name)
                        : "the result is not used: bind it to a name, as in 'y = ...'");
  }
  const std::string_view word = statement.names.back().name;
  const std::string_view instead = instead_of(word);
  if (!token().is("=") && !instead.empty())
    return report(statement.names.back().where, fmt::format("there is no '{}' here; {}", word, instead));
  if (following().is("=") && !following().first_on_line && is_arithmetic(token()))
    return report(token().span, fmt::format("a name is bound once; bind another, as in '{0}2 = {0} {1} ...'",
                                            word, token().text));
  if (!expect("=", fmt::format("and a value for '{}'", word))) return false;
  return right_side(statement);
}

bool Parser::next_value(Statement& statement) {
  statement.kind = StatementKind::Next;
  advance();
  statement.names.emplace_back();
  if (!name(statement.names.back(), "of a state")) return false;
  if (!expect("=", fmt::format("and the next value of '{}'", statement.names[0].name))) return false;
  const ExprId value = expression();
  statement.values.push_back(value);
  return value.valid();
}

bool Parser::output(Statement& statement) {
  statement.kind = StatementKind::Output;
  advance();
  const bool named =
      following().is("=") && (token().kind == TokenKind::Name || token().kind == TokenKind::Keyword);
  if (named) {
    const Token taken = advance();
    statement.names.push_back({taken.text, taken.span});
    advance();
  }
  if (token().is("="))
    return report(token().span, "write 'output x', or 'output name = x' where there are several");
  const ExprId value = expression();
  statement.values.push_back(value);
  if (value.valid() && token().is(","))
    return report(token().span,
                  "several outputs are named and stand on their own, as in 'output mean = ...'");
  return value.valid();
}

bool Parser::option(Statement& statement) {
  statement.kind = StatementKind::Option;
  advance();
  statement.names.emplace_back();
  if (!name(statement.names.back(), "of an option")) return false;
  if (!expect("=", "and the value of the option")) return false;
  const ExprId value = expression();
  statement.values.push_back(value);
  return value.valid();
}

bool Parser::instance(Statement& statement) {
  statement.kind = StatementKind::Instance;
  advance();
  statement.names.emplace_back();
  if (!name(statement.names.back(), "of the instance, as in 'cell a = gru(8, 16)'")) return false;
  if (token().is("("))
    return report(statement.names[0].where,
                  "a cell cannot be defined inside a cell; define it above, and use it as in "
                  "'cell a = gru(8, 16)'");
  if (!expect("=", "and the cell to use, as in 'cell a = gru(8, 16)'")) return false;
  if (token().kind != TokenKind::Name || !following().is("("))
    return fail("a cell and its parameters, as in gru(8, 16)");
  const Token callee = advance();
  const ExprId value = call(callee);
  statement.values.push_back(value);
  return value.valid();
}

// Only what follows tells whether names are to be bound: they are read as values first.
std::optional<File> Parser::run_line() {
  CellSyntax line;
  line.name.name = "line";
  Statement& statement = line.statements.emplace_back();
  statement.where = line.name.where = token().span;
  bool fine = right_side(statement);
  if (fine && token().is("=")) {
    for (ExprId value : std::exchange(statement.values, {})) {
      const Expr& expr = file_[value];
      if (expr.kind != ExprKind::Name) return report(expr.where, "expected a name to bind"), std::nullopt;
      statement.names.push_back({expr.name, expr.where});
    }
    advance();
    fine = right_side(statement);
  }
  if (!fine) return std::nullopt;
  if (token().kind != TokenKind::End) return fail("the end of the line"), std::nullopt;
  file_.cells.push_back(std::move(line));
  return std::move(file_);
}

std::optional<File> parse_line(std::shared_ptr<const ir::SourceText> source, ir::Diagnostics& diagnostics) {
  return Parser(std::move(source), diagnostics).run_line();
}

std::optional<File> parse_file(std::shared_ptr<const ir::SourceText> source, ir::Diagnostics& diagnostics) {
  if (source->text.size() > max_file_bytes) {
    diagnostics.error({source, 0, 0, 1}, fmt::format("the file has {} bytes; at most {} are read",
                                                     source->text.size(), max_file_bytes));
    return std::nullopt;
  }
  // Else each stretch of a file of another kind would be told by itself.
  if (source->text.find('\0') != std::string::npos) {
    diagnostics.error(
        {source, 0, 0, 1},
        "this is no text: it has zero bytes in it; expected a file of cells, in ASCII or UTF-8");
    return std::nullopt;
  }
  return Parser(std::move(source), diagnostics).run();
}

}  // namespace rondo::text
