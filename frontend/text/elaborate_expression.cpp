// Expressions of `Elaboration`: values, calls of functions, runs of cells within cells.
#include <fmt/format.h>

#include <algorithm>

#include "frontend/text/elaboration.h"
#include "frontend/text/foreign_words.h"
#include "frontend/text/suggestion.h"
#include "ir/number_arithmetic.h"

namespace rondo::text {

namespace {

constexpr std::string_view index_purpose = "an index";

}  // namespace

Item Elaboration::evaluate(Scope& scope, ExprId id) {
  const Expr& expr = file_[id];
  switch (expr.kind) {
    case ExprKind::Number:
      return Item(ir::Value(expr.number));
    case ExprKind::Boolean:
      at(expr.where);
      return Item(builder_.literal(expr.number, ir::DType::Bool));
    case ExprKind::Text:
      return fail(expr.where, "a text is no value");
    case ExprKind::Name:
      return evaluate_name(scope, expr);
    case ExprKind::Next:
      return evaluate_next(scope, expr);
    case ExprKind::Unary: {
      const ir::Value operand = evaluate_one(scope, expr.left);
      if (operand.is_nothing()) return {};
      at(expr.where);
      return Item(builder_.apply(expr.op, {operand}));
    }
    case ExprKind::Binary:
      return evaluate_binary(scope, id);
    case ExprKind::Call:
      return evaluate_call(scope, expr);
    case ExprKind::Index:
      return evaluate_index(scope, expr);
    case ExprKind::List: {
      Item list;
      list.form = Item::Form::List;
      for (int i = 0; i < expr.parts.count; ++i) {
        list.items.push_back(evaluate(scope, file_.argument(expr, i).value));
        if (list.items.back().is_nothing()) return {};
      }
      return list;
    }
  }
  __builtin_unreachable();
}

ir::Value Elaboration::evaluate_one(Scope& scope, ExprId id) {
  Item item = evaluate(scope, id);
  if (item.form == Item::Form::One) return item.value;
  if (item.form == Item::Form::Several && item.items.size() == 1) return item.items[0].value;
  if (item.form == Item::Form::List && surroundings_) return tensor_of(item, file_[id].where).value;
  const std::string found =
      item.form == Item::Form::List ? "a list" : fmt::format("{} values", item.items.size());
  return fail(file_[id].where, fmt::format("expected one value, found {}", found)).value;
}

// Sums of any length: walks down the left side without recursion.
Item Elaboration::evaluate_binary(Scope& scope, ExprId id) {
  std::vector<ExprId> chain;
  for (; file_[id].kind == ExprKind::Binary; id = file_[id].left) chain.push_back(id);
  ir::Value value = evaluate_one(scope, id);
  for (size_t i = chain.size(); i-- > 0;) {
    const Expr& expr = file_[chain[i]];
    const ir::Value right = evaluate_one(scope, expr.right);
    value = combine(expr, value, right);
  }
  return Item(value);
}

ir::Value Elaboration::combine(const Expr& expr, ir::Value left, ir::Value right) {
  if (left.is_nothing() || right.is_nothing()) return {};
  at(expr.where);
  return expr.op == ir::Op::Dot ? builder_.matmul(left, right) : builder_.apply(expr.op, {left, right});
}

std::string Elaboration::explain_unknown(const Scope& scope, std::string_view name) const {
  for (const Statement& statement : scope.cell->statements)
    for (const NameAt& bound : statement.names)
      if (bound.name == name && statement.kind == StatementKind::Assign)
        return fmt::format("'{}' is used before it is bound, which is in line {}", name, bound.where.line);
  if (find_function(name)) return fmt::format("'{0}' is a function; call it, as in {0}(...)", name);
  if (find_cell(file_, name, file_.cells.size()))
    return fmt::format("'{0}' is a cell; use it through 'cell part = {0}(...)', then part(x)", name);
  if (const std::string_view instead = instead_of(name); !instead.empty())
    return fmt::format("there is no '{}' here; {}", name, instead);
  if (const std::string other = surroundings_ ? surroundings_->explain(name) : ""; !other.empty())
    return other;
  std::vector<std::string> names = surroundings_ ? surroundings_->names() : std::vector<std::string>();
  for (const auto& [other, binding] : scope.names) names.push_back(other);
  for (const char* word : {"true", "false", "inf", "nan", "pi"}) names.emplace_back(word);
  return fmt::format("there is no '{}' here{}", name, suggest(name, names));
}

Item Elaboration::evaluate_name(Scope& scope, const Expr& expr) {
  const auto found = scope.names.find(expr.name);
  if (found == scope.names.end() && surroundings_) return outside_name(scope, expr);
  if (found == scope.names.end()) return fail(expr.where, explain_unknown(scope, expr.name));
  if (found->second.kind == Binding::Kind::Instance)
    return fail(expr.where, fmt::format("'{0}' is a cell; run it, as in {0}(x)", expr.name));
  return Item(found->second.value);
}

Item Elaboration::evaluate_next(Scope& scope, const Expr& expr) {
  const auto found = scope.next.find(expr.name);
  if (found != scope.next.end()) return Item(found->second);
  const auto state = scope.names.find(expr.name);
  const bool is_state = state != scope.names.end() && (state->second.kind == Binding::Kind::State ||
                                                       state->second.kind == Binding::Kind::InstanceState);
  if (is_state)
    return fail(expr.where,
                fmt::format("'next {0}' is used before it is given a value; what the last step left is '{0}'",
                            expr.name));
  std::vector<std::string> states;
  for (const auto& [name, binding] : scope.names)
    if (binding.kind == Binding::Kind::State) states.push_back(name);
  return fail(expr.where,
              fmt::format("there is no state '{}'{}", expr.name, suggest_or_list(expr.name, states)));
}

std::optional<int64_t> Elaboration::whole_number(Scope& scope, ExprId id, std::string_view purpose) {
  const Item item = evaluate(scope, id);
  if (item.is_nothing()) return std::nullopt;
  if (item.form == Item::Form::One && item.value.is_number())
    if (const std::optional<ir::LiteralValue> whole = ir::convert_number(item.value.number(), ir::DType::I64))
      return whole->as_integer();
  const Expr& expr = file_[id];
  const bool tensor = item.form == Item::Form::One && item.value.is_node();
  fail(expr.where,
       fmt::format("{} must be a whole number that is known beforehand{}", purpose,
                   tensor ? fmt::format(", found {}", ir::to_string(builder_.type(item.value))) : ""));
  if (tensor && purpose == index_purpose)
    diagnostics_.note("elements at computed positions: take(x, index, axis=0)");
  return std::nullopt;
}

Item Elaboration::evaluate_index(Scope& scope, const Expr& expr) {
  Item base = evaluate(scope, expr.left);
  if (base.is_nothing()) return {};
  std::vector<ir::Subscript> subscripts;
  bool fine = true;
  for (int i = 0; i < expr.parts.count; ++i) {
    const SubscriptSyntax& syntax = file_.subscript(expr, i);
    ir::Subscript subscript;
    subscript.single = syntax.single;
    const auto part = [&](ExprId id, std::optional<int64_t>& target) {
      if (!id.valid()) return;
      target = whole_number(scope, id, index_purpose);
      fine = fine && target.has_value();
    };
    std::optional<int64_t> step;
    part(syntax.start, subscript.start);
    part(syntax.stop, subscript.stop);
    part(syntax.step, step);
    subscript.step = step.value_or(1);
    subscripts.push_back(subscript);
  }
  if (!fine) return {};
  if (base.form == Item::Form::One) {
    at(expr.where);
    return Item(builder_.subscript(base.value, subscripts));
  }
  const int64_t count = static_cast<int64_t>(base.items.size());
  if (subscripts.size() != 1 || !subscripts[0].single)
    return fail(expr.where, "several values are indexed by one number");
  const int64_t index = *subscripts[0].start < 0 ? *subscripts[0].start + count : *subscripts[0].start;
  if (index < 0 || index >= count)
    return fail(expr.where, fmt::format("index {} is outside the {} values", *subscripts[0].start, count));
  return base.items[static_cast<size_t>(index)];
}

Item Elaboration::evaluate_call(Scope& scope, const Expr& expr) {
  const auto bound = scope.names.find(expr.name);
  if (bound != scope.names.end() && bound->second.kind == Binding::Kind::Instance) {
    const auto instance = scope.instances.find(expr.name);
    return instance == scope.instances.end() ? Item() : run_instance(scope, *instance->second, expr);
  }
  const Function* function = find_function(expr.name);
  if (const Function* outside = function ? nullptr : outside_function(expr.name))
    return outside_call(scope, *outside, expr);
  if (!function) {
    const Span name{expr.where.line, expr.where.column, static_cast<int>(expr.name.size())};
    if (bound != scope.names.end()) return fail(name, fmt::format("'{}' is no function", expr.name));
    if (find_cell(file_, expr.name, file_.cells.size())) return fail(name, explain_unknown(scope, expr.name));
    const std::string other = surroundings_ ? surroundings_->explain(expr.name) : "";
    return fail(name, other.empty() ? no_function(expr.name, known_functions()) : other);
  }
  Arguments arguments(function->parameters.size());
  if (!match(scope, *function, expr, arguments)) return {};
  at(expr.where);
  const std::vector<ir::Value> values = function->build(builder_, *function, arguments);
  if (values.size() == 1 || values[0].is_nothing()) return Item(values[0]);
  Item several;
  several.form = Item::Form::Several;
  for (ir::Value value : values) several.items.emplace_back(value);
  return several;
}

// Hands the arguments of a call to the parameters. False where something was wrong, or is nothing already.
bool Elaboration::match(Scope& scope, const Function& function, const Expr& call, Arguments& arguments) {
  const std::vector<Parameter>& parameters = function.parameters;
  const bool extents = parameters[0].kind == ArgumentKind::Extents;
  const bool variadic = extents || parameters[0].kind == ArgumentKind::Tensors;
  int positional = 0;
  while (positional < call.parts.count && file_.argument(call, positional).keyword.empty()) ++positional;
  bool fine = extents ? fill_extents(scope, call, positional, arguments[0])
                      : !variadic || fill_variadic(scope, call, positional, arguments[0]);
  for (int i = variadic ? positional : 0; i < call.parts.count; ++i) {
    const ArgumentSyntax& argument = file_.argument(call, i);
    size_t slot = static_cast<size_t>(i);
    if (i >= positional) {
      const auto found = std::find_if(parameters.begin() + variadic, parameters.end(),
                                      [&](const Parameter& p) { return p.name == argument.keyword; });
      slot = static_cast<size_t>(found - parameters.begin());
      if (found == parameters.end()) {
        fail(argument.where, fmt::format("'{}' has no argument '{}'; it is {}", function.name,
                                         argument.keyword, signature(function)));
        return false;
      }
    }
    if (slot >= parameters.size()) {
      fail(file_[argument.value].where, fmt::format("too many arguments; it is {}", signature(function)));
      return false;
    }
    if (arguments[slot].given) {
      fail(argument.where, fmt::format("argument '{}' is given twice", parameters[slot].name));
      return false;
    }
    fine = fill(scope, function, parameters[slot], argument.value, arguments[slot]) && fine;
  }
  for (size_t slot = 0; fine && slot < parameters.size(); ++slot) {
    if (arguments[slot].given) continue;
    if (parameters[slot].fallback.empty()) {
      fail(call.where,
           fmt::format("argument '{}' is missing; it is {}", parameters[slot].name, signature(function)));
      return false;
    }
    take_fallback(parameters[slot], arguments[slot]);
  }
  return fine;
}

// Each positional argument is a tensor, a list of tensors, or several values.
bool Elaboration::fill_variadic(Scope& scope, const Expr& call, int count, ArgumentValue& argument) {
  argument.given = count > 0;
  bool fine = true;
  for (int i = 0; i < count; ++i) {
    const ExprId id = file_.argument(call, i).value;
    Item item = evaluate(scope, id);
    if (item.form == Item::Form::One) item.items = {Item(item.value)};
    for (const Item& part : item.items) {
      if (part.form != Item::Form::One) fail(file_[id].where, "a list of lists is no tensor");
      fine = fine && !part.is_nothing() && part.form == Item::Form::One;
      argument.tensors.push_back(part.value);
    }
  }
  return fine;
}

// Whole numbers, or one list of them.
bool Elaboration::fill_extents(Scope& scope, const Expr& call, int count, ArgumentValue& argument) {
  argument.given = true;
  bool fine = true;
  const auto add = [&](ExprId id) {
    const std::optional<int64_t> extent = whole_number(scope, id, "an extent");
    fine = fine && extent.has_value();
    argument.integers.push_back(extent.value_or(0));
  };
  for (int i = 0; i < count; ++i) {
    const ExprId id = file_.argument(call, i).value;
    const Expr& expr = file_[id];
    if (expr.kind != ExprKind::List || count != 1)
      add(id);
    else
      for (int part = 0; part < expr.parts.count; ++part) add(file_.argument(expr, part).value);
  }
  return fine;
}

bool Elaboration::fill(Scope& scope, const Function& function, const Parameter& parameter, ExprId value,
                       ArgumentValue& argument) {
  argument.given = true;
  const Expr& expr = file_[value];
  switch (parameter.kind) {
    case ArgumentKind::Tensors:
    case ArgumentKind::Tensor:
      argument.tensor = evaluate_one(scope, value);
      return !argument.tensor.is_nothing();
    case ArgumentKind::Number: {
      const ir::Value number = evaluate_one(scope, value);
      if (number.is_nothing()) return false;
      if (number.is_number()) argument.number = number.number().as_double();
      if (!number.is_number())
        fail(expr.where,
             fmt::format("argument '{}' of '{}' is a number, not a tensor", parameter.name, function.name));
      return number.is_number();
    }
    case ArgumentKind::Flag:
      argument.flag = expr.kind == ExprKind::Boolean && expr.number.as_integer() != 0;
      if (expr.kind != ExprKind::Boolean)
        fail(expr.where,
             fmt::format("argument '{}' of '{}' is true or false", parameter.name, function.name));
      return expr.kind == ExprKind::Boolean;
    case ArgumentKind::Text:
      argument.text = expr.name;
      if (expr.kind != ExprKind::Text)
        fail(expr.where, fmt::format("argument '{}' of '{}' is a text in double quotes, as in \"{}.npy\"",
                                     parameter.name, function.name, parameter.name));
      return expr.kind == ExprKind::Text;
    case ArgumentKind::Extents:
    case ArgumentKind::Integer:
    case ArgumentKind::Integers:
    case ArgumentKind::Axes:
      return fill_integers(scope, function, parameter, value, argument);
  }
  __builtin_unreachable();
}

bool Elaboration::fill_integers(Scope& scope, const Function& function, const Parameter& parameter,
                                ExprId value, ArgumentValue& argument) {
  const Expr& expr = file_[value];
  const std::string purpose = fmt::format("argument '{}' of '{}'", parameter.name, function.name);
  argument.is_list = expr.kind == ExprKind::List;
  if (argument.is_list && parameter.kind == ArgumentKind::Integer) {
    fail(expr.where, fmt::format("{} is one number, not a list", purpose));
    return false;
  }
  if (!argument.is_list && parameter.kind == ArgumentKind::Integers) {
    fail(expr.where, fmt::format("{} is a list, as in [0, 1]", purpose));
    return false;
  }
  bool fine = true;
  const auto add = [&](ExprId id) {
    const std::optional<int64_t> number = whole_number(scope, id, purpose);
    fine = fine && number.has_value();
    argument.integers.push_back(number.value_or(0));
  };
  if (!argument.is_list) add(value);
  for (int i = 0; argument.is_list && i < expr.parts.count; ++i) add(file_.argument(expr, i).value);
  return fine;
}

bool Elaboration::bind_inputs(Scope& outer, Scope& scope, const Expr& call) {
  if (static_cast<size_t>(call.parts.count) != scope.inputs.size()) {
    fail(call.where, fmt::format("cell '{}' takes {} input{}, found {}", scope.cell->name.name,
                                 scope.inputs.size(), scope.inputs.size() == 1 ? "" : "s", call.parts.count));
    return false;
  }
  bool fine = true;
  for (int i = 0; i < call.parts.count; ++i) {
    const ArgumentSyntax& argument = file_.argument(call, i);
    auto slot = scope.inputs.begin() + i;
    if (!argument.keyword.empty())
      slot = std::find_if(scope.inputs.begin(), scope.inputs.end(),
                          [&](const InputSlot& s) { return s.name.name == argument.keyword; });
    if (slot == scope.inputs.end()) {
      fail(argument.where,
           fmt::format("cell '{}' has no input '{}'", scope.cell->name.name, argument.keyword));
      return false;
    }
    ir::Value value = evaluate_one(outer, argument.value);
    at(file_[argument.value].where);
    if (value.is_number()) value = builder_.literal(value.number(), slot->type.dtype);
    const ir::Type found = builder_.type(value);
    if (!value.is_nothing() && (found.dtype != slot->type.dtype || found.dims != slot->type.dims))
      value =
          builder_.error(fmt::format("input '{}' of cell '{}' is {}, found {}", slot->name.name,
                                     scope.cell->name.name, ir::to_string(slot->type), ir::to_string(found)));
    Binding& binding = scope.names.at(std::string(slot->name.name));
    if (!binding.value.is_nothing()) {
      fail(argument.where, fmt::format("input '{}' is given twice", slot->name.name));
      return false;
    }
    binding.value = value;
    fine = fine && !value.is_nothing();
  }
  return fine;
}

Item Elaboration::run_instance(Scope& outer, Scope& scope, const Expr& call) {
  if (scope.has_run)
    return fail(call.where,
                fmt::format("'{}' runs once a step; use another 'cell ... = {}(...)' for a second run",
                            call.name, scope.cell->name.name));
  scope.has_run = true;
  if (!bind_inputs(outer, scope, call)) {
    for (const Statement& statement : scope.cell->statements)  // no error of its own for what follows
      if (statement.kind == StatementKind::Next)
        outer.next.emplace(fmt::format("{}.{}", call.name, statement.names[0].name), ir::Value());
    return {};
  }
  const int before = diagnostics_.error_count();
  run_all(scope);
  if (scope.outputs.empty() && diagnostics_.error_count() == before)
    fail(scope.cell->name.where,
         fmt::format("cell '{}' has no output; write 'output ...'", scope.cell->name.name));
  if (diagnostics_.error_count() > before)
    diagnostics_.note(file_.locate(call.where),
                      fmt::format("in the cell '{}' run here", scope.cell->name.name));
  for (const auto& [name, value] : scope.next)
    outer.next.emplace(fmt::format("{}.{}", call.name, name), value);
  if (scope.outputs.size() == 1) return Item(scope.outputs[0].second);
  Item several;
  if (scope.outputs.empty()) return several;
  several.form = Item::Form::Several;
  for (const auto& [name, value] : scope.outputs) several.items.emplace_back(value);
  return several;
}

}  // namespace rondo::text
