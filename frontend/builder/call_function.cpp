#include "frontend/builder/call_function.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/text/functions.h"
#include "frontend/text/suggestion.h"

namespace rondo::builder {

namespace {

using text::ArgumentKind;
using text::ArgumentValue;
using text::Parameter;
using Values = std::vector<ir::Value>;
using Integers = std::vector<int64_t>;

// Numbers are tensors too. Nothing where the argument is of another kind, or came of a mistake before.
ir::Value as_tensor(const Argument& argument) {
  if (const auto* value = std::get_if<ir::Value>(&argument.value)) return *value;
  if (const auto* integer = std::get_if<int64_t>(&argument.value))
    return ir::Value(ir::LiteralValue{*integer});
  if (const auto* number = std::get_if<double>(&argument.value)) return ir::Value(ir::LiteralValue{*number});
  return {};
}

// Whether a mistake that has been reported made it what it is.
bool is_nothing(const Argument& argument) {
  const auto* value = std::get_if<ir::Value>(&argument.value);
  const auto* values = std::get_if<Values>(&argument.value);
  return (value && value->is_nothing()) ||
         (values && std::any_of(values->begin(), values->end(),
                                [](const ir::Value& each) { return each.is_nothing(); }));
}

// Each returns false where the argument is not of the kind that is due.
bool fill_tensor(const Argument& argument, ArgumentValue& slot) {
  slot.tensor = as_tensor(argument);
  return !slot.tensor.is_nothing();
}

bool fill_tensors(const Argument& argument, ArgumentValue& slot) {
  if (const auto* values = std::get_if<Values>(&argument.value)) {
    slot.tensors.insert(slot.tensors.end(), values->begin(), values->end());
    return true;
  }
  slot.tensors.push_back(as_tensor(argument));
  return !slot.tensors.back().is_nothing();
}

bool fill_number(const Argument& argument, ArgumentValue& slot) {
  const ir::Value number = as_tensor(argument);
  if (!number.is_number()) return false;
  slot.number = number.number().as_double();
  return true;
}

bool fill_flag(const Argument& argument, ArgumentValue& slot) {
  const auto* flag = std::get_if<bool>(&argument.value);
  if (flag) slot.flag = *flag;
  return flag != nullptr;
}

bool fill_integers(const Argument& argument, ArgumentKind kind, ArgumentValue& slot) {
  const auto* integer = std::get_if<int64_t>(&argument.value);
  const auto* integers = std::get_if<Integers>(&argument.value);
  slot.is_list = integers != nullptr;
  if (integer) slot.integers = {*integer};
  if (integers) slot.integers = *integers;
  return kind == ArgumentKind::Integer    ? integer != nullptr
         : kind == ArgumentKind::Integers ? integers != nullptr
                                          : integer || integers;
}

bool fill(ArgumentKind kind, const Argument& argument, ArgumentValue& slot) {
  slot.given = true;
  switch (kind) {
    case ArgumentKind::Tensor:
      return fill_tensor(argument, slot);
    case ArgumentKind::Tensors:
      return fill_tensors(argument, slot);
    case ArgumentKind::Number:
      return fill_number(argument, slot);
    case ArgumentKind::Flag:
      return fill_flag(argument, slot);
    case ArgumentKind::Integer:
    case ArgumentKind::Integers:
    case ArgumentKind::Axes:
    case ArgumentKind::Extents:
      return fill_integers(argument, kind, slot);
    case ArgumentKind::Text:
      return false;
  }
  __builtin_unreachable();
}

const char* expected(ArgumentKind kind) {
  switch (kind) {
    case ArgumentKind::Tensor:
      return "a tensor or a number";
    case ArgumentKind::Tensors:
      return "tensors";
    case ArgumentKind::Number:
      return "a number";
    case ArgumentKind::Flag:
      return "true or false";
    case ArgumentKind::Integer:
      return "an integer";
    case ArgumentKind::Integers:
      return "a list of integers";
    case ArgumentKind::Axes:
    case ArgumentKind::Extents:
      return "an integer or a list of integers";
    case ArgumentKind::Text:
      return "a text, which only the REPL takes";
  }
  __builtin_unreachable();
}

// Hands the arguments of a call to the parameters of its function; what is wrong, or an empty string.
std::string match(const std::vector<Parameter>& parameters, std::span<const Argument> arguments,
                  text::Arguments& matched) {
  const bool variadic = parameters[0].kind == ArgumentKind::Tensors;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i].name;
    size_t slot = variadic ? 0 : i;
    if (!name.empty())
      slot = static_cast<size_t>(std::find_if(parameters.begin(), parameters.end(),
                                              [&](const Parameter& p) { return p.name == name; }) -
                                 parameters.begin());
    if (slot >= parameters.size())
      return name.empty() ? "too many arguments" : fmt::format("there is no argument '{}'", name);
    const Parameter& parameter = parameters[slot];
    if (matched[slot].given && !(variadic && slot == 0))
      return fmt::format("argument '{}' is given twice", parameter.name);
    if (!fill(parameter.kind, arguments[i], matched[slot]))
      return fmt::format("argument '{}' is {}", parameter.name, expected(parameter.kind));
  }
  for (size_t slot = 0; slot < parameters.size(); ++slot) {
    if (matched[slot].given) continue;
    if (parameters[slot].fallback.empty())
      return fmt::format("argument '{}' is missing", parameters[slot].name);
    text::take_fallback(parameters[slot], matched[slot]);
  }
  return {};
}

}  // namespace

Values call_function(ir::GraphBuilder& builder, std::string_view name, std::span<const Argument> arguments) {
  if (std::any_of(arguments.begin(), arguments.end(), is_nothing)) return {ir::Value()};
  const text::Function* function = text::find_function(name);
  if (!function) return {builder.error(text::no_function(name, text::function_names()))};
  text::Arguments matched(function->parameters.size());
  const std::string problem = match(function->parameters, arguments, matched);
  if (!problem.empty())
    return {builder.error(fmt::format("{}: {}; it is {}", name, problem, text::signature(*function)))};
  return function->build(builder, *function, matched);
}

}  // namespace rondo::builder
