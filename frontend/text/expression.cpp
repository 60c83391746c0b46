#include "frontend/text/expression.h"

#include <fmt/format.h>

#include "frontend/text/elaboration.h"
#include "frontend/text/parser.h"

namespace rondo::text {

std::optional<Expression> Expression::parse(std::shared_ptr<const ir::SourceText> source,
                                            ir::Diagnostics& diagnostics) {
  std::optional<File> file = parse_line(std::move(source), diagnostics);
  if (!file) return std::nullopt;
  return Expression(std::make_shared<const File>(std::move(*file)));
}

std::vector<std::string> Expression::targets() const {
  std::vector<std::string> names;
  for (const NameAt& name : file_->cells[0].statements[0].names) names.emplace_back(name.name);
  return names;
}

std::optional<std::string> Expression::sole_text_call(std::string_view function) const {
  const Statement& statement = file_->cells[0].statements[0];
  const Expr& call = (*file_)[statement.values[0]];
  if (statement.values.size() != 1 || call.kind != ExprKind::Call || call.name != function ||
      call.parts.count != 1)
    return std::nullopt;
  const Expr& argument = (*file_)[file_->argument(call, 0).value];
  if (argument.kind != ExprKind::Text) return std::nullopt;
  return std::string(argument.name);
}

std::optional<ir::Recurrence> Expression::build(Surroundings& surroundings,
                                                ir::Diagnostics& diagnostics) const {
  return Elaboration(*file_, file_->cells[0], diagnostics).run_alone(surroundings);
}

std::optional<ir::Recurrence> Elaboration::run_alone(Surroundings& surroundings) {
  surroundings_ = &surroundings;
  Scope scope;
  scope.cell = &cell_;
  const Statement& statement = cell_.statements[0];
  builder_.input(idle_input, ir::DType::F32, {1});
  std::vector<Item> items;
  if (statement.names.empty())
    for (ExprId value : statement.values) items.push_back(evaluate(scope, value));
  else
    distribute(scope, statement, items);
  // Several values that are looked at, as of split(x, 2), are shown one by one.
  if (statement.names.empty() && items.size() == 1 && items[0].form == Item::Form::Several)
    items = std::vector<Item>(items[0].items);
  for (size_t i = 0; i < items.size(); ++i) {
    const Expr& expr = file_[statement.values[std::min(i, statement.values.size() - 1)]];
    ir::Value value = items[i].value;
    if (items[i].form == Item::Form::List) value = tensor_of(items[i], expr.where).value;
    if (items[i].form == Item::Form::Several)
      value = fail(expr.where, fmt::format("{} values for one name; bind each, as in 'a, b = ...'",
                                           items[i].items.size()))
                  .value;
    const bool named = i < statement.names.size();
    at(named ? statement.names[i].where : expr.where);
    builder_.output(named ? std::string(statement.names[i].name) : fmt::format("{}", i + 1), value);
  }
  std::optional<ir::StepGraph> graph = builder_.finish();
  if (!graph) return std::nullopt;
  recurrence_.step = std::move(*graph);
  return std::move(recurrence_);
}

Item Elaboration::adopt(const std::optional<NamedType>& tensor) {
  if (!tensor) return {};
  return Item(builder_.weight(tensor->name, tensor->type.dtype, tensor->type.dims));
}

Item Elaboration::outside_name(Scope& scope, const Expr& expr) {
  const std::string name(expr.name);
  const std::optional<ir::Type> type = surroundings_->find(name);
  if (!type) return fail(expr.where, explain_unknown(scope, expr.name));
  at(expr.where);
  const Item item = adopt(NamedType{name, *type});
  scope.names.emplace(name, Binding{Binding::Kind::Leaf, item.value, expr.where});
  return item;
}

const Function* Elaboration::outside_function(std::string_view name) const {
  if (surroundings_)
    for (const Function& function : surroundings_->functions())
      if (function.name == name) return &function;
  return nullptr;
}

Item Elaboration::outside_call(Scope& scope, const Function& function, const Expr& expr) {
  Arguments arguments(function.parameters.size());
  if (!match(scope, function, expr, arguments)) return {};
  at(expr.where);
  return adopt(surroundings_->call(function, arguments, file_.locate(expr.where)));
}

std::vector<std::string> Elaboration::known_functions() const {
  std::vector<std::string> names = function_names();
  if (surroundings_)
    for (const Function& function : surroundings_->functions()) names.emplace_back(function.name);
  return names;
}

namespace {

// Walks a list of lists of numbers; false where it is ragged, or something else is in it.
bool collect(const Item& item, size_t depth, ir::Dims& dims, std::vector<double>& elements) {
  if (item.form == Item::Form::One) {
    if (depth != dims.size() || !item.value.is_number()) return false;
    elements.push_back(item.value.number().as_double());
    return true;
  }
  if (item.form != Item::Form::List || depth >= dims.size()) return false;
  if (static_cast<int64_t>(item.items.size()) != dims[depth]) return false;
  for (const Item& part : item.items)
    if (!collect(part, depth + 1, dims, elements)) return false;
  return true;
}

}  // namespace

Item Elaboration::tensor_of(const Item& list, const Span& where) {
  ir::Dims dims;
  for (const Item* first = &list; first->form == Item::Form::List; first = &first->items[0]) {
    dims.push_back(static_cast<int64_t>(first->items.size()));
    if (first->items.empty()) break;
  }
  std::vector<double> elements;
  at(where);
  if (collect(list, 0, dims, elements)) return adopt(surroundings_->literal(dims, elements));
  return fail(where,
              "a list of numbers, or of lists of one length, becomes a tensor, as in [[1, 2], [3, 4]]; "
              "tensors are joined by stack and concatenate");
}

}  // namespace rondo::text
