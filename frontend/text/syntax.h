// A parsed file: cells, their statements, and expressions in one arena. Names are views into the source,
// which the file keeps alive.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "frontend/text/lexer.h"
#include "ir/op.h"
#include "ir/type.h"

namespace rondo::text {

/// Names an expression of one file. Expressions are no tree of pointers: a chain of a hundred thousand
/// additions must not overflow the stack when it is freed.
struct ExprId {
  int32_t index = -1;
  bool valid() const { return index >= 0; }
};

/// Stretch of `File::arguments` or `File::subscripts`.
struct Range {
  int32_t first = 0, count = 0;
};

enum class ExprKind : uint8_t {
  Number,   ///< `number`
  Boolean,  ///< `number` is 0 or 1
  Text,     ///< `name` is what stands between the quotes
  Name,     ///< `name`
  Next,     ///< next `name`
  Unary,    ///< `op` is Negate or Not; operand is `left`
  Binary,   ///< `op`; `Op::Dot` stands for @
  Call,     ///< `name`(`parts` of File::arguments)
  Index,    ///< `left`[`parts` of File::subscripts]
  List,     ///< [`parts` of File::arguments]
};

struct Expr {
  ExprKind kind = ExprKind::Number;
  ir::Op op = ir::Op::Literal;
  Span where;
  ExprId left, right;
  Range parts;
  std::string_view name;
  ir::LiteralValue number;
};

struct ArgumentSyntax {
  std::string_view keyword;  ///< empty for a positional one
  Span where;
  ExprId value;
};

/// `start:stop:step`, each of which may be missing; or `start` alone when `single`.
struct SubscriptSyntax {
  bool single = false;
  ExprId start, stop, step;
};

struct NameAt {
  std::string_view name;
  Span where;
};

enum class StatementKind : uint8_t { Input, State, Constant, Weight, Assign, Next, Output, Option, Instance };

struct Statement {
  StatementKind kind = StatementKind::Assign;
  Span where;
  std::vector<NameAt> names;   ///< what is declared, bound or set; empty for an unnamed output
  ir::DType dtype{};           ///< of a declaration
  std::vector<ExprId> values;  ///< extents of a declaration; else right sides; the call of an instance
};

struct ParameterSyntax {
  NameAt name;
  ExprId fallback;  ///< may be missing
};

struct CellSyntax {
  NameAt name;
  std::vector<ParameterSyntax> parameters;
  std::vector<Statement> statements;
};

struct File {
  std::shared_ptr<const ir::SourceText> source;
  std::vector<Expr> exprs;
  std::vector<ArgumentSyntax> arguments;
  std::vector<SubscriptSyntax> subscripts;
  std::vector<CellSyntax> cells;

  const Expr& operator[](ExprId id) const { return exprs[static_cast<size_t>(id.index)]; }
  const ArgumentSyntax& argument(const Expr& expr, int i) const {
    return arguments[static_cast<size_t>(expr.parts.first) + static_cast<size_t>(i)];
  }
  const SubscriptSyntax& subscript(const Expr& expr, int i) const {
    return subscripts[static_cast<size_t>(expr.parts.first) + static_cast<size_t>(i)];
  }
  ir::Location locate(const Span& span) const { return text::locate(source, span); }
};

}  // namespace rondo::text
