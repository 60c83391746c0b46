#include "frontend/text/sizes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "frontend/text/suggestion.h"
#include "ir/number_arithmetic.h"

namespace rondo::text {

namespace {

// constant + factor * open, where `open` is a parameter of the outermost cell whose value is not known yet.
struct Linear {
  int64_t constant = 0;
  int64_t factor = 0;
  std::string_view open = {};
};

// What each name of a cell stands for; nothing for what cannot be told yet.
using Meaning = std::map<std::string, std::optional<Linear>, std::less<>>;

// Evaluates sizes. Silent without diagnostics: then nothing just means "not yet".
class SizeReader {
 public:
  SizeReader(const File& file, const Meaning& meaning, ir::Diagnostics* diagnostics)
      : file_(file), meaning_(meaning), diagnostics_(diagnostics) {}

  std::optional<Linear> read(ExprId id) {
    const Expr& expr = file_[id];
    if (++depth_ > 2 * max_depth) return fail(expr, "this expression is too long for a size");
    const std::optional<Linear> result = read(expr);
    --depth_;
    return result;
  }

 private:
  static constexpr int max_depth = 500;

  std::optional<Linear> fail(const Expr& expr, std::string message) {
    if (diagnostics_) diagnostics_->error(file_.locate(expr.where), std::move(message));
    return std::nullopt;
  }

  std::optional<Linear> read(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::Number:
        if (const std::optional<ir::LiteralValue> whole = ir::convert_number(expr.number, ir::DType::I64))
          return Linear{whole->as_integer()};
        return fail(expr, fmt::format("a size is a whole number, found {}", ir::to_text(expr.number)));
      case ExprKind::Name:
        return name(expr);
      case ExprKind::Unary:
        if (expr.op == ir::Op::Negate) {
          const std::optional<Linear> operand = read(expr.left);
          return operand ? multiply(expr, *operand, Linear{-1}) : std::nullopt;
        }
        break;
      case ExprKind::Binary: {
        const std::optional<Linear> left = read(expr.left), right = left ? read(expr.right) : std::nullopt;
        if (!right) return std::nullopt;
        return combine(expr, *left, *right);
      }
      case ExprKind::Boolean:
      case ExprKind::Text:
      case ExprKind::Next:
      case ExprKind::Call:
      case ExprKind::Index:
      case ExprKind::List:
        break;
    }
    return fail(expr, "a size is made of whole numbers and parameters with + - * / **");
  }

  std::optional<Linear> name(const Expr& expr) {
    const auto found = meaning_.find(expr.name);
    if (found != meaning_.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [name, value] : meaning_) names.push_back(name);
    return fail(expr,
                fmt::format("there is no parameter '{}'{}", expr.name, suggest_or_list(expr.name, names)));
  }

  std::optional<Linear> combine(const Expr& expr, const Linear& a, const Linear& b) {
    if (expr.op == ir::Op::Add) return add(expr, a, b);
    if (expr.op == ir::Op::Multiply) return multiply(expr, a, b);
    if (expr.op == ir::Op::Subtract) {
      const std::optional<Linear> negated = multiply(expr, b, Linear{-1});
      return negated ? add(expr, a, *negated) : std::nullopt;
    }
    if (expr.op != ir::Op::Divide && expr.op != ir::Op::Power)
      return fail(expr, "a size is made of whole numbers and parameters with + - * / **");
    if (a.factor != 0 || b.factor != 0) return std::nullopt;  // an open parameter: later
    if (expr.op == ir::Op::Divide) {
      if (b.constant != 0 && b.constant != -1 && a.constant % b.constant == 0)
        return Linear{a.constant / b.constant};
      return fail(expr, fmt::format("{} / {} is no whole number", a.constant, b.constant));
    }
    if (b.constant < 0 || b.constant > 64)
      return fail(expr, fmt::format("{} ** {} is no size; exponents of sizes are whole numbers from 0 to 64",
                                    a.constant, b.constant));
    std::optional<Linear> result = Linear{1};
    for (int64_t i = 0; result && i < b.constant; ++i) result = multiply(expr, *result, a);
    return result;
  }

  std::optional<Linear> add(const Expr& expr, const Linear& a, const Linear& b) {
    Linear sum;
    if (a.factor != 0 && b.factor != 0 && a.open != b.open) return std::nullopt;
    if (__builtin_add_overflow(a.constant, b.constant, &sum.constant) ||
        __builtin_add_overflow(a.factor, b.factor, &sum.factor))
      return fail(expr, "this size is beyond 64 bits");
    sum.open = a.factor != 0 ? a.open : b.open;
    return sum;
  }

  std::optional<Linear> multiply(const Expr& expr, const Linear& a, const Linear& b) {
    if (a.factor != 0 && b.factor != 0) return std::nullopt;
    if (a.factor != 0) return multiply(expr, b, a);
    Linear product;
    if (__builtin_mul_overflow(a.constant, b.constant, &product.constant) ||
        __builtin_mul_overflow(a.constant, b.factor, &product.factor))
      return fail(expr, "this size is beyond 64 bits");
    product.open = b.open;
    return product;
  }

  const File& file_;
  const Meaning& meaning_;
  ir::Diagnostics* diagnostics_;
  int depth_ = 0;
};

Meaning known(const Sizes& sizes) {
  Meaning meaning;
  for (const auto& [name, value] : sizes) meaning.emplace(name, Linear{value});
  return meaning;
}

std::vector<std::string> parameter_names(const CellSyntax& cell) {
  std::vector<std::string> names;
  for (const ParameterSyntax& parameter : cell.parameters) names.emplace_back(parameter.name.name);
  return names;
}

// For each parameter of the callee the expression that the call gives it; invalid where it gives none.
std::optional<std::vector<ExprId>> match_arguments(const File& file, const CellSyntax& callee,
                                                   const Expr& call, ir::Diagnostics* diagnostics) {
  std::vector<ExprId> given(callee.parameters.size());
  const auto fail = [&](const Span& where, std::string message) {
    if (diagnostics) diagnostics->error(file.locate(where), std::move(message));
    return std::nullopt;
  };
  for (int i = 0; i < call.parts.count; ++i) {
    const ArgumentSyntax& argument = file.argument(call, i);
    size_t slot = static_cast<size_t>(i);
    if (!argument.keyword.empty()) {
      const auto found =
          std::find_if(callee.parameters.begin(), callee.parameters.end(),
                       [&](const ParameterSyntax& p) { return p.name.name == argument.keyword; });
      slot = static_cast<size_t>(found - callee.parameters.begin());
      if (found == callee.parameters.end())
        return fail(argument.where,
                    fmt::format("cell '{}' has no parameter '{}'{}", callee.name.name, argument.keyword,
                                suggest_or_list(argument.keyword, parameter_names(callee))));
    }
    if (slot >= given.size())
      return fail(argument.where, fmt::format("cell '{}' has {} parameter{}, found {}", callee.name.name,
                                              given.size(), given.size() == 1 ? "" : "s", call.parts.count));
    if (given[slot].valid())
      return fail(argument.where,
                  fmt::format("parameter '{}' is given twice", callee.parameters[slot].name.name));
    given[slot] = argument.value;
  }
  return given;
}

// Finds values of open parameters of the outermost cell in the shapes of given arrays.
class Inference {
 public:
  Inference(const File& file, Sizes& sizes, const std::map<std::string, ir::Dims>& shapes)
      : file_(file), sizes_(sizes), shapes_(shapes) {}

  // One look at all declarations; whether anything was learnt.
  bool look(const CellSyntax& cell) {
    Meaning meaning;
    for (const ParameterSyntax& parameter : cell.parameters) {
      const auto value = sizes_.find(parameter.name.name);
      meaning.emplace(parameter.name.name,
                      value == sizes_.end() ? Linear{0, 1, parameter.name.name} : Linear{value->second});
    }
    const size_t before = sizes_.size();
    look(cell, "", meaning);
    return sizes_.size() > before;
  }

 private:
  void look(const CellSyntax& cell, const std::string& prefix, const Meaning& meaning) {
    for (const Statement& statement : cell.statements) {
      if (statement.kind == StatementKind::Instance) {
        look_into(cell, statement, prefix, meaning);
      } else if (statement.kind <= StatementKind::Weight) {
        for (const NameAt& name : statement.names) {
          const auto shape = shapes_.find(prefix + std::string(name.name));
          if (shape != shapes_.end()) compare(statement, shape->second, meaning);
        }
      }
    }
  }

  void look_into(const CellSyntax& cell, const Statement& statement, const std::string& prefix,
                 const Meaning& meaning) {
    const std::string inner_prefix = fmt::format("{}{}.", prefix, statement.names[0].name);
    const auto shape = shapes_.lower_bound(inner_prefix);
    if (shape == shapes_.end() || !shape->first.starts_with(inner_prefix)) return;
    const Expr& call = file_[statement.values[0]];
    const CellSyntax* callee = find_cell(file_, call.name, static_cast<size_t>(&cell - file_.cells.data()));
    if (!callee) return;
    const auto given = match_arguments(file_, *callee, call, nullptr);
    if (!given) return;
    Meaning inner;
    for (size_t i = 0; i < given->size(); ++i) {
      const ParameterSyntax& parameter = callee->parameters[i];
      std::optional<Linear> value;
      if ((*given)[i].valid())
        value = SizeReader(file_, meaning, nullptr).read((*given)[i]);
      else if (parameter.fallback.valid())
        value = SizeReader(file_, inner, nullptr).read(parameter.fallback);
      inner.emplace(parameter.name.name, value);
    }
    look(*callee, inner_prefix, inner);
  }

  void compare(const Statement& declaration, const ir::Dims& shape, const Meaning& meaning) {
    if (shape.size() != declaration.values.size()) return;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const std::optional<Linear> extent = SizeReader(file_, meaning, nullptr).read(declaration.values[axis]);
      if (!extent || extent->factor == 0) continue;
      int64_t rest = 0;
      if (__builtin_sub_overflow(shape[axis], extent->constant, &rest) || extent->factor == -1) continue;
      if (rest % extent->factor == 0) sizes_.emplace(extent->open, rest / extent->factor);
    }
  }

  const File& file_;
  Sizes& sizes_;
  const std::map<std::string, ir::Dims>& shapes_;
};

bool take_settings(const CellSyntax& cell, const std::map<std::string, int64_t>& settings, Sizes& sizes,
                   ir::Diagnostics& diagnostics) {
  const std::vector<std::string> names = parameter_names(cell);
  bool fine = true;
  for (const auto& [name, value] : settings) {
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      sizes.emplace(name, value);
      continue;
    }
    diagnostics.error(
        fmt::format("cell '{}' has no parameter '{}'{}", cell.name.name, name, suggest_or_list(name, names)));
    fine = false;
  }
  return fine;
}

// Takes the first default whose own parameters are known; whether there was one. A default that is wrong
// clears `fine`.
bool take_default(const File& file, const CellSyntax& cell, Sizes& sizes, ir::Diagnostics& diagnostics,
                  bool& fine) {
  Meaning meaning = known(sizes);
  for (const ParameterSyntax& parameter : cell.parameters)
    meaning.emplace(parameter.name.name, std::nullopt);  // a parameter, but of no known value
  for (const ParameterSyntax& parameter : cell.parameters) {
    if (sizes.contains(parameter.name.name) || !parameter.fallback.valid()) continue;
    const int before = diagnostics.error_count();
    const std::optional<Linear> value = SizeReader(file, meaning, &diagnostics).read(parameter.fallback);
    fine = fine && diagnostics.error_count() == before;
    if (!value) continue;
    sizes.emplace(parameter.name.name, value->constant);
    return true;
  }
  return false;
}

}  // namespace

const CellSyntax* find_cell(const File& file, std::string_view name, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (file.cells[i].name.name == name) return &file.cells[i];
  return nullptr;
}

std::optional<int64_t> evaluate_size(const File& file, ExprId expr, const Sizes& sizes,
                                     ir::Diagnostics& diagnostics) {
  const Meaning meaning = known(sizes);
  const std::optional<Linear> value = SizeReader(file, meaning, &diagnostics).read(expr);
  if (!value) return std::nullopt;
  return value->constant;
}

std::optional<Sizes> instance_sizes(const File& file, const CellSyntax& callee, const Expr& call,
                                    const Sizes& outer, ir::Diagnostics& diagnostics) {
  const auto given = match_arguments(file, callee, call, &diagnostics);
  if (!given) return std::nullopt;
  Sizes sizes;
  for (size_t i = 0; i < given->size(); ++i) {
    const ParameterSyntax& parameter = callee.parameters[i];
    std::optional<int64_t> value;
    if ((*given)[i].valid()) {
      value = evaluate_size(file, (*given)[i], outer, diagnostics);
    } else if (parameter.fallback.valid()) {
      value = evaluate_size(file, parameter.fallback, sizes, diagnostics);
    } else {
      diagnostics.error(file.locate(call.where), fmt::format("cell '{}' needs a value for its parameter '{}'",
                                                             callee.name.name, parameter.name.name));
    }
    if (!value) return std::nullopt;
    sizes.emplace(parameter.name.name, *value);
  }
  return sizes;
}

std::optional<Sizes> settle_sizes(const File& file, const CellSyntax& cell,
                                  const std::map<std::string, int64_t>& settings,
                                  const std::map<std::string, ir::Dims>& known_shapes,
                                  ir::Diagnostics& diagnostics) {
  Sizes sizes;
  bool fine = take_settings(cell, settings, sizes, diagnostics);
  Inference inference(file, sizes, known_shapes);
  while (fine && (inference.look(cell) || take_default(file, cell, sizes, diagnostics, fine))) {
  }
  if (!fine) return std::nullopt;
  for (const ParameterSyntax& parameter : cell.parameters) {
    if (sizes.contains(parameter.name.name)) continue;
    diagnostics.error(
        file.locate(parameter.name.where),
        fmt::format("the value of parameter '{0}' is not known; give it, as in --set {0}=32, or "
                    "a default, as in cell {1}({0}=32)",
                    parameter.name.name, cell.name.name));
    fine = false;
  }
  if (!fine) return std::nullopt;
  return sizes;
}

}  // namespace rondo::text
