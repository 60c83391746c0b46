// Expressions of `Parser`: precedence climbing, with brackets and signs counted so that no text overflows the
// stack.
#include <fmt/format.h>

#include <limits>

#include "frontend/text/parsing.h"

namespace rondo::text {

namespace {

// How tightly operators bind, loosest first; as in Python.
enum Level { OrLevel, AndLevel, NotLevel, CompareLevel, AddLevel, MultiplyLevel };

struct Infix {
  std::string_view text;
  ir::Op op;
  Level level;
};

constexpr Infix infixes[] = {
    {"or", ir::Op::Or, OrLevel},
    {"and", ir::Op::And, AndLevel},
    {"<", ir::Op::Less, CompareLevel},
    {"<=", ir::Op::LessEqual, CompareLevel},
    {">", ir::Op::Greater, CompareLevel},
    {">=", ir::Op::GreaterEqual, CompareLevel},
    {"==", ir::Op::Equal, CompareLevel},
    {"!=", ir::Op::NotEqual, CompareLevel},
    {"+", ir::Op::Add, AddLevel},
    {"-", ir::Op::Subtract, AddLevel},
    {"*", ir::Op::Multiply, MultiplyLevel},
    {"/", ir::Op::Divide, MultiplyLevel},
    {"@", ir::Op::Dot, MultiplyLevel},
};

const Infix* infix_of(const Token& token) {
  for (const Infix& infix : infixes)
    if (token.is(infix.text)) return &infix;
  return nullptr;
}

}  // namespace

ExprId Parser::add(Expr expr, const Span& from, size_t from_offset) {
  if (file_.exprs.size() >= max_expressions) {
    if (!gave_up_) report(from, fmt::format("the file holds more than {} expressions", max_expressions));
    gave_up_ = true;
    return {};
  }
  expr.where = from;
  if (last_line_ == from.line) {
    expr.where.length = static_cast<int>(last_end_ - from_offset);
  } else {
    // Runs over several lines: up to the end of the first, which need not be exact beyond what a screen
    // shows.
    constexpr size_t shown = 200;
    const std::string_view rest = std::string_view(file_.source->text).substr(from_offset, shown);
    const size_t end = rest.find_first_of("#\r\n");
    expr.where.length = static_cast<int>(end == std::string_view::npos ? rest.size() : end);
  }
  file_.exprs.push_back(expr);
  return {static_cast<int32_t>(file_.exprs.size()) - 1};
}

bool Parser::open_level() {
  if (nesting_++ < max_nesting) return true;
  return report(token().span, fmt::format("nested more than {} deep; name the parts", max_nesting));
}

ExprId Parser::binary(int level) {
  const Token first = token();
  ExprId left = prefix(level);
  bool compared = false;
  while (left.valid() && continues_line()) {
    const Infix* infix = infix_of(token());
    if (!infix || infix->level < level) break;
    if (infix->level == CompareLevel && compared) {
      report(token().span, "comparisons cannot be chained; write a < b and b < c");
      return {};
    }
    compared = infix->level == CompareLevel;
    advance();
    if (token().is("not") && infix->level > NotLevel) {
      report(token().span, "put 'not ...' in parentheses here");
      return {};
    }
    const ExprId right = binary(infix->level + 1);
    if (!right.valid()) return {};
    Expr expr;
    expr.kind = ExprKind::Binary;
    expr.op = infix->op;
    expr.left = left;
    expr.right = right;
    left = add(expr, first.span, first.offset);
  }
  return left;
}

ExprId Parser::prefix(int level) {
  if (!token().is("not") || level > NotLevel) return unary();
  const Token first = advance();
  if (!open_level()) return {};
  Expr expr;
  expr.kind = ExprKind::Unary;
  expr.op = ir::Op::Not;
  expr.left = binary(NotLevel);
  --nesting_;
  return expr.left.valid() ? add(expr, first.span, first.offset) : ExprId{};
}

ExprId Parser::unary() {
  if (!token().is("-") && !token().is("+")) return power();
  const Token first = advance();
  if (!open_level()) return {};
  Expr expr;
  expr.kind = ExprKind::Unary;
  expr.op = ir::Op::Negate;
  expr.left = unary();
  --nesting_;
  if (!expr.left.valid() || first.is("+")) return expr.left;
  return add(expr, first.span, first.offset);
}

ExprId Parser::power() {
  const Token first = token();
  const ExprId base = postfix();
  if (!base.valid() || !continues_line() || !token().is("**")) return base;
  advance();
  if (!open_level()) return {};
  Expr expr;
  expr.kind = ExprKind::Binary;
  expr.op = ir::Op::Power;
  expr.left = base;
  expr.right = unary();
  --nesting_;
  return expr.right.valid() ? add(expr, first.span, first.offset) : ExprId{};
}

ExprId Parser::postfix() {
  const Token first = token();
  ExprId base = primary();
  int opened = 0;
  while (base.valid() && continues_line() && token().is("[")) {
    ++opened;
    base = open_level() ? index(base, first) : ExprId{};
  }
  nesting_ -= opened;
  if (base.valid() && continues_line() && token().is("(")) {
    fail("an operator (only a name can be called)");
    return {};
  }
  return base;
}

ExprId Parser::primary() {
  const Token first = token();
  Expr expr;
  if (first.kind == TokenKind::Number) {
    advance();
    expr.number = first.number;
    return add(expr, first.span, first.offset);
  }
  if (first.kind == TokenKind::Name) {
    advance();
    if (continues_line() && token().is("(")) return call(first);
    expr.kind = ExprKind::Name;
    expr.name = first.text;
    return add(expr, first.span, first.offset);
  }
  if (first.kind == TokenKind::Text) {
    advance();
    expr.kind = ExprKind::Text;
    expr.name = first.text;
    return add(expr, first.span, first.offset);
  }
  if (first.is("true") || first.is("false")) {
    advance();
    expr.kind = ExprKind::Boolean;
    expr.number.value = int64_t{first.text == "true"};
    return add(expr, first.span, first.offset);
  }
  if (first.is("inf") || first.is("nan") || first.is("pi")) {
    advance();
    expr.number.value = first.is("inf")   ? std::numeric_limits<double>::infinity()
                        : first.is("nan") ? std::numeric_limits<double>::quiet_NaN()
                                          : 3.14159265358979323846;
    return add(expr, first.span, first.offset);
  }
  if (first.is("next")) {
    if (first.first_on_line && ahead_[2].is("=")) {  // the next statement, and nothing ahead of it
      fail("a value");
      return {};
    }
    advance();
    NameAt state;
    if (!name(state, "of a state")) return {};
    expr.kind = ExprKind::Next;
    expr.name = state.name;
    return add(expr, first.span, first.offset);
  }
  if (first.is("[")) return list(first);
  if (first.is("(")) {
    advance();
    if (!open_level()) return {};
    ++brackets_;
    const ExprId inner = expression();
    if (!inner.valid() || !expect(")", fmt::format("for the '(' of line {}", first.span.line))) return {};
    --brackets_;
    --nesting_;
    return inner;
  }
  fail("a value");
  return {};
}

bool Parser::arguments(std::string_view close, const Token& open, bool keywords, Range& range) {
  if (!open_level()) return false;
  ++brackets_;
  std::vector<ArgumentSyntax> found;
  while (!token().is(close)) {
    ArgumentSyntax argument;
    argument.where = token().span;
    if (keywords && token().kind == TokenKind::Name && following().is("=")) {
      argument.keyword = advance().text;
      advance();
    }
    argument.value = expression();
    if (!argument.value.valid()) return false;
    if (!argument.keyword.empty() || found.empty() || found.back().keyword.empty()) {
      found.push_back(argument);
    } else {
      return report(argument.where, "an argument without a keyword cannot follow one with a keyword");
    }
    if (!accept(",") && !token().is(close))
      return fail(fmt::format("',' or '{}' (for the '{}' of line {})", close, open.text, open.span.line));
  }
  advance();
  --brackets_;
  --nesting_;
  range = {static_cast<int32_t>(file_.arguments.size()), static_cast<int32_t>(found.size())};
  file_.arguments.insert(file_.arguments.end(), found.begin(), found.end());
  return true;
}

ExprId Parser::call(const Token& first) {
  const Token open = advance();
  Expr expr;
  expr.kind = ExprKind::Call;
  expr.name = first.text;
  return arguments(")", open, true, expr.parts) ? add(expr, first.span, first.offset) : ExprId{};
}

ExprId Parser::list(const Token& first) {
  advance();
  Expr expr;
  expr.kind = ExprKind::List;
  return arguments("]", first, false, expr.parts) ? add(expr, first.span, first.offset) : ExprId{};
}

bool Parser::subscript_part(ExprId& part) {
  if (token().is(":") || token().is(",") || token().is("]")) return true;
  part = expression();
  return part.valid();
}

ExprId Parser::index(ExprId base, const Token& first) {
  const Token open = advance();
  ++brackets_;
  std::vector<SubscriptSyntax> found;
  do {
    SubscriptSyntax subscript;
    if (!subscript_part(subscript.start)) return {};
    subscript.single = !token().is(":");
    if (subscript.single && !subscript.start.valid()) {
      fail("an index");
      return {};
    }
    if (accept(":") && !subscript_part(subscript.stop)) return {};
    if (!subscript.single && accept(":") && !subscript_part(subscript.step)) return {};
    found.push_back(subscript);
  } while (accept(","));
  if (!expect("]", fmt::format("for the '[' of line {}", open.span.line))) return {};
  --brackets_;
  Expr expr;
  expr.kind = ExprKind::Index;
  expr.left = base;
  expr.parts = {static_cast<int32_t>(file_.subscripts.size()), static_cast<int32_t>(found.size())};
  file_.subscripts.insert(file_.subscripts.end(), found.begin(), found.end());
  return add(expr, first.span, first.offset);
}

}  // namespace rondo::text
