// The functions of the language: one table, from which calls are checked and built, and the documentation and
// the completion of names are made.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/text/syntax.h"
#include "ir/graph_builder.h"

namespace rondo::text {

/// What an argument may be.
enum class ArgumentKind : uint8_t {
  Tensor,
  Tensors,  ///< any number of positional arguments, or one list of them; always the first parameter
  Integer,
  Number,
  Flag,      ///< true or false
  Integers,  ///< a list of integers
  Axes,      ///< an integer or a list of integers
  Extents,   ///< any number of positional integers, or one list of them; always the first parameter
  Text,      ///< in double quotes
};

struct Parameter {
  std::string_view name;
  ArgumentKind kind;
  /// Text of the default; "none" where the argument may be missing, empty where it must be given.
  std::string_view fallback = {};
};

/// One argument after checking. Only the member that the kind asks for is filled.
struct ArgumentValue {
  bool given = false;
  bool is_list = false;  ///< of Axes: [1] and not 1
  ir::Value tensor;
  std::vector<ir::Value> tensors;
  std::vector<int64_t> integers;  ///< of Integer: one
  double number = 0;
  bool flag = false;
  std::string_view text;
};

using Arguments = std::vector<ArgumentValue>;

struct Function {
  std::string_view name;
  std::vector<Parameter> parameters;
  std::string_view doc;  ///< one line
  /// What the call gives; all but `split` give one value. Mistakes are reported to the builder.
  std::vector<ir::Value> (*build)(ir::GraphBuilder&, const Function&, const Arguments&);
  ir::Op op = ir::Op::Literal;       ///< for those that are an operation of the step graph
  ir::DType dtype = ir::DType::F32;  ///< for casts
  std::vector<std::string_view> other_names = {};
};

/// In the order in which the documentation shows them.
std::span<const Function> functions();

/// By any of its names; null where there is none.
const Function* find_function(std::string_view name);

/// "clip(x, low, high)", "softmax(x, axis=-1)".
std::string signature(const Function& function);

/// The value of an argument that is not given, where the parameter has a default.
void take_fallback(const Parameter& parameter, ArgumentValue& argument);

/// All names, for completion and suggestions.
std::vector<std::string> function_names();

}  // namespace rondo::text
