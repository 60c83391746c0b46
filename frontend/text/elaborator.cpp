#include "frontend/text/elaborator.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/text/elaboration.h"
#include "frontend/text/suggestion.h"

namespace rondo::text {

namespace {

// Instances of instances multiply: a short file can ask for any number of nodes.
constexpr int64_t max_work = 1'000'000;
constexpr int max_nodes = 500'000;
constexpr size_t max_leaves = 10'000;
constexpr int max_instance_depth = 16;

constexpr std::string_view option_names[] = {"go_backwards",
                                             "time_major",
                                             "zero_output_for_mask",
                                             "flush_denormals",
                                             "mask",
                                             "lengths",
                                             "unroll",
                                             "input_length",
                                             "time",
                                             "math"};

// Null for what is no option that is true or false.
bool* flag_named(std::string_view name, ir::Recurrence& recurrence) {
  if (name == "go_backwards") return &recurrence.go_backwards;
  if (name == "time_major") return &recurrence.time_major;
  if (name == "zero_output_for_mask") return &recurrence.zero_output_for_mask;
  if (name == "flush_denormals") return &recurrence.flush_denormals;
  return nullptr;
}

std::string_view kind_of(const Binding& binding) {
  switch (binding.kind) {
    case Binding::Kind::Parameter:
      return "a parameter";
    case Binding::Kind::Leaf:
      return "declared";
    case Binding::Kind::State:
      return "a state";
    case Binding::Kind::InstanceState:
      return "a state of a cell within this one";
    case Binding::Kind::Value:
      return "bound";
    case Binding::Kind::Instance:
      return "a cell within this one";
  }
  __builtin_unreachable();
}

}  // namespace

Elaboration::Elaboration(const File& file, const CellSyntax& cell, ir::Diagnostics& diagnostics)
    : file_(file),
      cell_(cell),
      diagnostics_(diagnostics),
      builder_(std::string(cell.name.name), diagnostics) {}

Item Elaboration::fail(const Span& where, std::string message) {
  diagnostics_.error(file_.locate(where), std::move(message));
  return {};
}

std::optional<ir::Recurrence> Elaboration::run(const Sizes& sizes) {
  Scope scope;
  scope.cell = &cell_;
  scope.sizes = sizes;
  declare_all(scope);
  run_all(scope);
  at(cell_.name.where);
  std::optional<ir::StepGraph> graph = builder_.finish();
  if (!graph) return std::nullopt;
  graph->where = file_.locate(cell_.name.where);
  recurrence_.step = math_ ? ir::with_math(*graph, *math_) : std::move(*graph);
  return std::move(recurrence_);
}

bool Elaboration::within_budget(const Statement& statement) {
  if (gave_up_) return false;
  const ir::StepGraph& graph = builder_.graph();
  const size_t leaves = graph.inputs.size() + graph.states.size() + graph.constants.size() +
                        graph.weights.size() + graph.outputs.size();
  if (++work_ <= max_work && graph.size() <= max_nodes && leaves <= max_leaves) return true;
  gave_up_ = true;
  fail(statement.where, fmt::format("the cell has become too large here: {} nodes", graph.size()));
  return false;
}

void Elaboration::bind(Scope& scope, const NameAt& name, Binding binding) {
  binding.where = name.where;
  const auto [old, fresh] = scope.names.emplace(name.name, binding);
  if (fresh) return;
  const bool assigned_state =
      old->second.kind == Binding::Kind::State && binding.kind == Binding::Kind::Value;
  if (assigned_state)
    fail(name.where, fmt::format("'{0}' is a state; write 'next {0} = ...' for its next value", name.name));
  else
    fail(name.where,
         fmt::format("'{}' is {} already; a name is bound once", name.name, kind_of(old->second)));
  diagnostics_.note(file_.locate(old->second.where), "first here");
}

void Elaboration::declare_all(Scope& scope) {
  for (const ParameterSyntax& parameter : scope.cell->parameters) {
    const auto size = scope.sizes.find(parameter.name.name);
    bind(scope, parameter.name, {Binding::Kind::Parameter, ir::Value(ir::LiteralValue{size->second}), {}});
  }
  for (const Statement& statement : scope.cell->statements) {
    if (!within_budget(statement)) return;
    if (statement.kind <= StatementKind::Weight) declare(scope, statement);
    if (statement.kind == StatementKind::Instance) declare_instance(scope, statement);
  }
}

void Elaboration::declare(Scope& scope, const Statement& statement) {
  std::optional<ir::Dims> dims = ir::Dims();
  for (ExprId extent : statement.values) {
    const std::optional<int64_t> size = evaluate_size(file_, extent, scope.sizes, diagnostics_);
    if (size && *size < 0)
      fail(file_[extent].where, fmt::format("an extent cannot be negative, found {}", *size));
    if (!size || *size < 0) dims.reset();
    if (dims) dims->push_back(*size);
  }
  for (const NameAt& name : statement.names) {
    const std::string full = scope.prefix + std::string(name.name);
    ir::Value value;
    at(name.where);
    // The builder would report a second declaration too, without a note.
    if (dims && !scope.names.contains(name.name)) {
      if (statement.kind == StatementKind::Input && scope.depth > 0)
        scope.inputs.push_back({name, {statement.dtype, true, *dims}});
      else if (statement.kind == StatementKind::Input)
        value = builder_.input(full, statement.dtype, *dims);
      else if (statement.kind == StatementKind::State)
        value = builder_.state(full, statement.dtype, *dims);
      else if (statement.kind == StatementKind::Constant)
        value = builder_.constant(full, statement.dtype, *dims);
      else
        value = builder_.weight(full, statement.dtype, *dims);
    }
    const bool state = statement.kind == StatementKind::State;
    bind(scope, name, {state ? Binding::Kind::State : Binding::Kind::Leaf, value, {}});
  }
}

void Elaboration::declare_instance(Scope& scope, const Statement& statement) {
  const NameAt& name = statement.names[0];
  const Expr& call = file_[statement.values[0]];
  bind(scope, name, {Binding::Kind::Instance, {}, {}});
  const CellSyntax* callee =
      find_cell(file_, call.name, static_cast<size_t>(scope.cell - file_.cells.data()));
  if (!callee) {
    const bool below = find_cell(file_, call.name, file_.cells.size()) != nullptr;
    std::vector<std::string> names;
    for (const CellSyntax* cell = file_.cells.data(); cell != scope.cell; ++cell)
      names.emplace_back(cell->name.name);
    fail(call.where,
         below ? fmt::format("a cell can use the cells above it alone, and '{}' is not", call.name)
               : fmt::format("there is no cell '{}' above{}", call.name, suggest_or_list(call.name, names)));
    return;
  }
  if (scope.depth >= max_instance_depth) {
    fail(call.where, fmt::format("cells within cells go at most {} deep", max_instance_depth));
    gave_up_ = true;
    return;
  }
  std::optional<Sizes> sizes = instance_sizes(file_, *callee, call, scope.sizes, diagnostics_);
  if (!sizes) return;
  auto inner = std::make_unique<Scope>();
  inner->cell = callee;
  inner->sizes = std::move(*sizes);
  inner->prefix = fmt::format("{}{}.", scope.prefix, name.name);
  inner->depth = scope.depth + 1;
  const int before = diagnostics_.error_count();
  declare_all(*inner);
  if (diagnostics_.error_count() > before)
    diagnostics_.note(file_.locate(statement.where),
                      fmt::format("in the cell '{}' used here", callee->name.name));
  scope.instances.emplace(name.name, std::move(inner));
  adopt_names(scope, std::string(name.name), name.where);
}

// Leaves of an instance can be read by their full names: the attention around an LSTM looks at its state.
void Elaboration::adopt_names(Scope& scope, const std::string& instance, const Span& where) {
  for (const auto& [name, binding] : scope.instances.at(instance)->names) {
    Binding adopted = binding;
    adopted.where = where;
    if (binding.kind == Binding::Kind::State) adopted.kind = Binding::Kind::InstanceState;
    const bool leaf = adopted.kind == Binding::Kind::Leaf || adopted.kind == Binding::Kind::InstanceState;
    if (leaf && !binding.value.is_nothing())
      scope.names.emplace(fmt::format("{}.{}", instance, name), adopted);
  }
}

void Elaboration::run_all(Scope& scope) {
  for (const Statement& statement : scope.cell->statements) {
    if (!within_budget(statement)) return;
    switch (statement.kind) {
      case StatementKind::Input:
      case StatementKind::State:
      case StatementKind::Constant:
      case StatementKind::Weight:
      case StatementKind::Instance:
        break;
      case StatementKind::Assign:
        assign(scope, statement);
        break;
      case StatementKind::Next:
        set_next(scope, statement);
        break;
      case StatementKind::Output:
        output(scope, statement);
        break;
      case StatementKind::Option:
        if (scope.depth == 0) option(scope.sizes, statement);
        break;
    }
  }
  for (const auto& [name, instance] : scope.instances)
    if (!instance->has_run)
      fail(scope.names.at(name).where,
           fmt::format("the cell '{0}' is never run; write '... = {0}(x)'", name));
}

// Makes one item for each name.
bool Elaboration::distribute(Scope& scope, const Statement& statement, std::vector<Item>& items) {
  const size_t count = statement.names.size();
  for (ExprId value : statement.values) items.push_back(evaluate(scope, value));
  if (items.size() == 1 && count > 1 && items[0].form == Item::Form::Several)
    items = std::move(items[0].items);
  if (items.size() == 1 && items[0].is_nothing()) items.resize(count);
  if (items.size() == count) return true;
  const Expr& first = file_[statement.values[0]];
  fail(first.where, fmt::format("{} names on the left, but {} value{} on the right", count, items.size(),
                                items.size() == 1 ? "" : "s"));
  items.assign(count, Item());
  return false;
}

void Elaboration::assign(Scope& scope, const Statement& statement) {
  std::vector<Item> items;
  const bool matched = distribute(scope, statement, items);
  for (size_t i = 0; i < items.size(); ++i) {
    Item& item = items[i];
    if (item.form == Item::Form::Several && item.items.size() == 1) item = Item(item.items[0].value);
    const Span& where = file_[statement.values[std::min(i, statement.values.size() - 1)]].where;
    if (matched && item.form == Item::Form::Several)
      item = fail(where, fmt::format("'{}' would be {} values; bind each to a name, as in 'a, b = ...'",
                                     statement.names[i].name, item.items.size()));
    else if (matched && item.form == Item::Form::List)
      item = fail(where, "a list is no value; 'stack' and 'concatenate' make tensors of several");
    builder_.name(item.value, scope.prefix + std::string(statement.names[i].name));
    bind(scope, statement.names[i], {Binding::Kind::Value, item.value, {}});
  }
}

void Elaboration::set_next(Scope& scope, const Statement& statement) {
  ir::Value value = evaluate_one(scope, statement.values[0]);
  const NameAt& name = statement.names[0];
  const auto state = scope.names.find(name.name);
  if (state == scope.names.end() || state->second.kind != Binding::Kind::State) {
    std::vector<std::string> states;
    for (const auto& [other, binding] : scope.names)
      if (binding.kind == Binding::Kind::State) states.push_back(other);
    if (state != scope.names.end() && state->second.kind == Binding::Kind::InstanceState)
      fail(name.where, fmt::format("the cell within this one sets '{}' itself", name.name));
    else
      fail(name.where,
           fmt::format("there is no state '{}'{}", name.name, suggest_or_list(name.name, states)));
    return;
  }
  if (scope.next.contains(name.name)) {
    fail(name.where, fmt::format("state '{}' is given its next value twice", name.name));
    for (const Statement& other : scope.cell->statements) {
      if (other.kind != StatementKind::Next || other.names[0].name != name.name) continue;
      diagnostics_.note(file_.locate(other.where), "first here");
      break;
    }
    return;
  }
  // Nothing to compare with where the declaration was wrong.
  if (!state->second.value.is_nothing()) {
    at(file_[statement.values[0]].where);
    builder_.set_next(scope.prefix + std::string(name.name), value);
    if (value.is_number()) value = builder_.literal(value.number(), builder_.type(state->second.value).dtype);
  }
  scope.next.emplace(name.name, value);
}

void Elaboration::output(Scope& scope, const Statement& statement) {
  const ir::Value value = evaluate_one(scope, statement.values[0]);
  const std::string name = statement.names.empty() ? "" : std::string(statement.names[0].name);
  at(statement.where);
  if (scope.depth == 0) {
    builder_.output(name, value);
    return;
  }
  for (const auto& [other, _] : scope.outputs) {
    if (other != name && !other.empty() && !name.empty()) continue;
    fail(statement.where, "a cell with several outputs names each, once, as in 'output mean = ...'");
    return;
  }
  scope.outputs.emplace_back(name, value);
}

void Elaboration::option(const Sizes& sizes, const Statement& statement) {
  const auto [name, where] = statement.names[0];
  const Expr& value = file_[statement.values[0]];
  if (!options_.emplace(name, where).second) {
    fail(where, fmt::format("option '{}' is set twice", name));
    return;
  }
  const bool automatic = value.kind == ExprKind::Name && value.name == "auto";
  const bool truth = value.kind == ExprKind::Boolean;
  const bool on = truth && value.number.as_integer() != 0;
  if (name == "unroll") {
    if (!automatic && !truth) fail(value.where, "option 'unroll' is auto, true or false");
    recurrence_.unroll = automatic ? ir::Unroll::Auto : on ? ir::Unroll::Always : ir::Unroll::Never;
  } else if (name == "math") {
    if (value.kind == ExprKind::Name) math_ = ir::math_from_name(value.name);
    if (!math_) fail(value.where, "option 'math' is strict or fast");
  } else if (name == "input_length" || name == "time") {
    std::optional<int64_t>& target = name == "time" ? recurrence_.time : recurrence_.input_length;
    target = evaluate_size(file_, statement.values[0], sizes, diagnostics_);
  } else if (name == "mask" || name == "lengths") {
    if (!truth) fail(value.where, fmt::format("option '{}' is true or false", name));
    const ir::Masking masking = name == "mask" ? ir::Masking::Mask : ir::Masking::Lengths;
    if (on && recurrence_.masking != ir::Masking::Mask)
      recurrence_.masking = masking;  // a mask wins over lengths
  } else if (bool* flag = flag_named(name, recurrence_)) {
    if (!truth) fail(value.where, fmt::format("option '{}' is true or false", name));
    *flag = on;
  } else {
    const std::vector<std::string> names(std::begin(option_names), std::end(option_names));
    fail(where, fmt::format("there is no option '{}'{}", name, suggest_or_list(name, names)));
  }
}

std::optional<ir::Recurrence> elaborate(const File& file, const CellSyntax& cell, const Sizes& sizes,
                                        ir::Diagnostics& diagnostics) {
  return Elaboration(file, cell, diagnostics).run(sizes);
}

}  // namespace rondo::text
