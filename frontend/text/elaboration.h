// The work of `elaborate`, in two files: statements in elaborator.cpp, expressions in
// elaborate_expression.cpp.
#pragma once

#include <map>
#include <memory>

#include "frontend/text/expression.h"
#include "frontend/text/functions.h"
#include "frontend/text/sizes.h"
#include "ir/graph_builder.h"
#include "ir/math.h"
#include "ir/recurrence.h"

namespace rondo::text {

/// What an expression gives.
struct Item {
  enum class Form : uint8_t { One, Several, List };

  Form form = Form::One;
  ir::Value value;          ///< of One
  std::vector<Item> items;  ///< of Several (split, a cell with several outputs) and of List

  Item() = default;
  explicit Item(ir::Value one) : value(one) {}
  bool is_nothing() const { return form == Form::One && value.is_nothing(); }
};

/// What a name stands for.
struct Binding {
  enum class Kind : uint8_t { Parameter, Leaf, State, InstanceState, Value, Instance };

  Kind kind = Kind::Value;
  ir::Value value;
  Span where;
};

struct InputSlot {
  NameAt name;
  ir::Type type;
};

/// One cell at work: the outermost, or an instance within another.
struct Scope {
  const CellSyntax* cell = nullptr;
  Sizes sizes;
  std::string prefix;  ///< "a." for the instance a; empty for the outermost
  int depth = 0;
  bool has_run = false;
  std::map<std::string, Binding, std::less<>> names;
  std::map<std::string, ir::Value, std::less<>> next;  ///< states that have their next value
  std::map<std::string, std::unique_ptr<Scope>, std::less<>> instances;
  std::vector<InputSlot> inputs;                           ///< of an instance
  std::vector<std::pair<std::string, ir::Value>> outputs;  ///< of an instance
};

/// Builds one cell with all its instances.
class Elaboration {
 public:
  Elaboration(const File& file, const CellSyntax& cell, ir::Diagnostics& diagnostics);
  std::optional<ir::Recurrence> run(const Sizes& sizes);
  /// Only the values of the cell's one statement; what they read comes from `surroundings`.
  std::optional<ir::Recurrence> run_alone(Surroundings& surroundings);

 private:
  // Statements.
  void declare_all(Scope& scope);
  void declare(Scope& scope, const Statement& statement);
  void declare_instance(Scope& scope, const Statement& statement);
  void adopt_names(Scope& scope, const std::string& instance, const Span& where);
  void run_all(Scope& scope);
  void assign(Scope& scope, const Statement& statement);
  bool distribute(Scope& scope, const Statement& statement, std::vector<Item>& items);
  void set_next(Scope& scope, const Statement& statement);
  void output(Scope& scope, const Statement& statement);
  void option(const Sizes& sizes, const Statement& statement);
  void bind(Scope& scope, const NameAt& name, Binding binding);
  bool within_budget(const Statement& statement);

  // Expressions.
  Item evaluate(Scope& scope, ExprId id);
  ir::Value evaluate_one(Scope& scope, ExprId id);
  std::vector<std::string> known_functions() const;
  Item evaluate_binary(Scope& scope, ExprId id);
  ir::Value combine(const Expr& expr, ir::Value left, ir::Value right);
  Item evaluate_name(Scope& scope, const Expr& expr);
  Item evaluate_next(Scope& scope, const Expr& expr);
  Item evaluate_index(Scope& scope, const Expr& expr);
  Item evaluate_call(Scope& scope, const Expr& expr);
  bool match(Scope& scope, const Function& function, const Expr& call, Arguments& arguments);
  bool fill(Scope& scope, const Function& function, const Parameter& parameter, ExprId value,
            ArgumentValue& argument);
  bool fill_variadic(Scope& scope, const Expr& call, int count, ArgumentValue& argument);
  bool fill_extents(Scope& scope, const Expr& call, int count, ArgumentValue& argument);
  bool fill_integers(Scope& scope, const Function& function, const Parameter& parameter, ExprId value,
                     ArgumentValue& argument);
  std::optional<int64_t> whole_number(Scope& scope, ExprId id, std::string_view purpose);
  Item tensor_of(const Item& list, const Span& where);
  Item outside_name(Scope& scope, const Expr& expr);
  Item outside_call(Scope& scope, const Function& function, const Expr& expr);
  const Function* outside_function(std::string_view name) const;
  Item adopt(const std::optional<NamedType>& tensor);
  Item run_instance(Scope& outer, Scope& scope, const Expr& call);
  bool bind_inputs(Scope& outer, Scope& scope, const Expr& call);
  std::string explain_unknown(const Scope& scope, std::string_view name) const;

  Item fail(const Span& where, std::string message);
  void at(const Span& where) { builder_.at(file_.locate(where)); }

  const File& file_;
  const CellSyntax& cell_;
  ir::Diagnostics& diagnostics_;
  ir::GraphBuilder builder_;
  ir::Recurrence recurrence_;
  std::optional<ir::Math> math_;          // where an option says so
  Surroundings* surroundings_ = nullptr;  ///< of an expression that stands alone
  std::map<std::string, Span, std::less<>> options_;
  int64_t work_ = 0;
  bool gave_up_ = false;
};

}  // namespace rondo::text
