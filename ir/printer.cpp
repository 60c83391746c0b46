#include "ir/printer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>

#include "ir/number_arithmetic.h"

namespace rondo::ir {

namespace {

// How tightly the outermost operator of a text binds, loosest first.
enum class Level { Or, And, Not, Compare, Add, Multiply, Unary, Power, Next, Atom };

// An expression as text.
struct Written {
  std::string text;
  Level level = Level::Atom;
  int depth = 0;

  std::string at(Level wanted) const { return level < wanted ? "(" + text + ")" : text; }
};

struct Infix {
  std::string_view sign;
  Level level;
};

std::optional<Infix> infix_of(Op op) {
  if (op == Op::Or) return Infix{"or", Level::Or};
  if (op == Op::And) return Infix{"and", Level::And};
  if (op == Op::Less) return Infix{"<", Level::Compare};
  if (op == Op::LessEqual) return Infix{"<=", Level::Compare};
  if (op == Op::Greater) return Infix{">", Level::Compare};
  if (op == Op::GreaterEqual) return Infix{">=", Level::Compare};
  if (op == Op::Equal) return Infix{"==", Level::Compare};
  if (op == Op::NotEqual) return Infix{"!=", Level::Compare};
  if (op == Op::Add) return Infix{"+", Level::Add};
  if (op == Op::Subtract) return Infix{"-", Level::Add};
  if (op == Op::Multiply) return Infix{"*", Level::Multiply};
  if (op == Op::Divide) return Infix{"/", Level::Multiply};
  if (op == Op::Power) return Infix{"**", Level::Power};
  return std::nullopt;
}

std::string spell(std::string_view name) {
  if (is_plain_name(name)) return std::string(name);
  std::string quoted = name.empty() ? "unnamed" : std::string(name);
  for (char& c : quoted)
    if (c == '`' || c == '\n') c = '_';
  return "`" + quoted + "`";
}

// The number without its type. A 32-bit float is written as short as reads back to it: 0.1, not
// 0.10000000149011612.
std::string number_text(const LiteralValue& value, DType dtype) {
  if (dtype == DType::Bool) return value.as_integer() != 0 ? "true" : "false";
  const auto* real = std::get_if<double>(&value.value);
  if (real && std::isnan(*real)) return std::signbit(*real) ? "-nan" : "nan";
  if (real && dtype == DType::F32 && std::isfinite(*real)) {
    const std::string text = fmt::format("{}", static_cast<float>(*real));
    double back = 0;
    std::from_chars(text.data(), text.data() + text.size(), back);
    if (static_cast<double>(static_cast<float>(back)) == *real) return text;
  }
  return to_text(value);
}

std::string list_text(const auto& values) {
  return fmt::format("[{}]", fmt::join(values, ", "));
}

// The subscript that the language resolves to this range; nothing where there is none.
std::optional<std::string> subscript_text(const SliceRange& range, int64_t extent) {
  const auto [start, step, count] = range;
  if (range == SliceRange{0, 1, extent}) return ":";
  if (count == 0) return start == 0 && step == 1 ? std::optional<std::string>("0:0") : std::nullopt;
  const int64_t last = start + (count - 1) * step;
  if (step == 1)
    return fmt::format("{}:{}", start == 0 ? "" : std::to_string(start),
                       last + 1 == extent ? "" : std::to_string(last + 1));
  if (step > 0)
    return fmt::format("{}:{}:{}", start == 0 ? "" : std::to_string(start),
                       last + step >= extent ? "" : std::to_string(last + 1), step);
  return fmt::format("{}:{}:{}", start == extent - 1 ? "" : std::to_string(start),
                     last + step < 0 ? "" : std::to_string(last - 1), step);
}

// The contraction that `@` makes of operands of these ranks.
bool is_matmul(int lhs_rank, int rhs_rank, const DotAxes& axes) {
  if (lhs_rank == 0 || rhs_rank == 0) return false;
  DotAxes matmul;
  matmul.lhs_contract = {lhs_rank - 1};
  matmul.rhs_contract = {std::max(0, rhs_rank - 2)};
  const int lhs_stack = std::max(0, lhs_rank - 2), rhs_stack = std::max(0, rhs_rank - 2);
  if (lhs_stack > 0 && rhs_stack > 0) {
    if (lhs_stack != rhs_stack) return false;
    matmul.lhs_batch.resize(static_cast<size_t>(lhs_stack));
    std::iota(matmul.lhs_batch.begin(), matmul.lhs_batch.end(), 0);
    matmul.rhs_batch = matmul.lhs_batch;
  } else if (lhs_rank == 2 && rhs_stack > 0) {
    return false;
  }
  return axes == matmul;
}

class Printer {
 public:
  explicit Printer(const StepGraph& graph) : graph_(graph) {}
  std::string run(const std::string& options);

 private:
  static constexpr size_t max_length = 48;
  static constexpr int max_depth = 6;

  const Node& node(NodeId id) const { return graph_[id]; }
  Written& written(NodeId id) { return written_[static_cast<size_t>(id.index)]; }
  int& uses(NodeId id) { return uses_[static_cast<size_t>(id.index)]; }
  bool is_leaf(NodeId id) const { return category_of(node(id).op) == OpCategory::Leaf; }

  NodeId resolve(NodeId id) const;
  void count_uses();
  void name_leaves();
  void print_declarations();
  void print_node(NodeId id);
  bool try_inline(NodeId id, const Written& expr);
  std::string fresh_name(const std::string& wanted);

  Written expression(NodeId id);
  Written infix(const Node& n, const Infix& infix);
  Written call(std::string_view function, const std::vector<std::string>& arguments) const;
  std::string operand(const Node& n, size_t i, Level level);
  std::string factor(const Node& n, size_t i, Level level);
  Written typed(NodeId id);
  bool bare(const Node& n, size_t i) const;
  Written slice(const Node& n);
  std::optional<Written> picked(NodeId id);
  std::optional<Written> kept(NodeId id);
  Written dot(const Node& n);
  std::vector<std::string> reduction(const Node& n);
  bool hidden(NodeId id) const;

  const StepGraph& graph_;
  std::vector<int> uses_;
  std::vector<Written> written_;
  std::vector<int> next_of_;  // by node: the state that it alone becomes
  std::vector<char> live_, inlined_;
  std::set<std::string> names_;
  int counter_ = 0;
  std::string out_;
};

// Operations that give their operand back do not come back from text.
NodeId Printer::resolve(NodeId id) const {
  for (;;) {
    const Node& n = node(id);
    const bool moves = n.op == Op::Reshape || n.op == Op::Broadcast || n.op == Op::Cast;
    if (!moves || !(n.type == graph_.type(n.operands[0]))) return id;
    id = n.operands[0];
  }
}

// What is printed: all that a state, an output or a named node needs.
void Printer::count_uses() {
  const auto size = static_cast<size_t>(graph_.size());
  uses_.assign(size, 0);
  live_.assign(size, false);
  next_of_.assign(size, -1);
  const auto use = [this](NodeId id) {
    live_[static_cast<size_t>(id.index)] = true;
    ++uses(id);
  };
  for (const State& state : graph_.states)
    if (state.next.valid()) use(resolve(state.next));
  for (const Output& output : graph_.outputs) use(resolve(output.node));
  for (NodeId id{graph_.size() - 1}; id.valid(); --id.index) {
    const bool named = !node(id).name.empty() && !is_leaf(id) && resolve(id) == id;
    if (!named && !live_[static_cast<size_t>(id.index)]) continue;
    live_[static_cast<size_t>(id.index)] = true;
    for (NodeId operand : node(id).operands) use(resolve(operand));
  }
  for (size_t i = graph_.states.size(); i-- > 0;) {
    if (!graph_.states[i].next.valid()) continue;
    const NodeId next = resolve(graph_.states[i].next);
    if (node(next).name.empty() && !is_leaf(next))
      next_of_[static_cast<size_t>(next.index)] = static_cast<int>(i);
  }
}

std::string Printer::fresh_name(const std::string& wanted) {
  std::string name = spell(wanted);
  for (int i = 1; !names_.insert(name).second; ++i) name = spell(fmt::format("{}_{}", wanted, i));
  return name;
}

void Printer::name_leaves() {
  const auto take = [this](const auto& list) {
    for (const auto& leaf : list) written(leaf.node).text = fresh_name(leaf.name);
  };
  take(graph_.inputs);
  take(graph_.states);
  take(graph_.constants);
  take(graph_.weights);
}

void Printer::print_declarations() {
  const auto width = [](bool any, size_t length) { return any ? length : size_t{0}; };
  const size_t widest =
      std::max({size_t{5}, width(!graph_.weights.empty(), 6), width(!graph_.constants.empty(), 8)});
  const auto declare = [&](std::string_view kind, const auto& list) {
    for (const auto& leaf : list)
      out_ += fmt::format("  {:<{}} {} : {}\n", kind, widest, written(leaf.node).text,
                          to_string(graph_.type(leaf.node)));
  };
  declare("input", graph_.inputs);
  declare("state", graph_.states);
  declare("constant", graph_.constants);
  declare("weight", graph_.weights);
  out_ += "\n";
}

// A literal with its type, which it has wherever it stands.
Written Printer::typed(NodeId id) {
  const Node& n = node(id);
  const std::string number = number_text(std::get<LiteralValue>(n.attribute), n.type.dtype);
  if (n.type.dtype == DType::Bool) return {number};
  return {fmt::format("{}({})", name_of(n.type.dtype), number)};
}

// Whether operand i of an operation is a number that takes its type from another operand.
bool Printer::bare(const Node& n, size_t i) const {
  const Node& literal = node(resolve(n.operands[i]));
  if (n.op == Op::Gather || literal.op != Op::Literal || literal.type.dtype == DType::Bool ||
      n.operands.size() < 2)
    return false;
  const size_t first = n.op == Op::Select ? 1 : 0;
  if (i < first) return false;
  // Where all are literals, the first bears the type.
  bool all = true;
  for (size_t k = first; k < n.operands.size(); ++k) {
    const Node& other = node(resolve(n.operands[k]));
    all = all && other.op == Op::Literal && other.type.dtype != DType::Bool;
  }
  return !all || i > first;
}

std::string Printer::operand(const Node& n, size_t i, Level level) {
  const NodeId id = resolve(n.operands[i]);
  if (node(id).op != Op::Literal) return written(id).at(level);
  if (!bare(n, i)) return typed(id).text;
  const std::string number = number_text(std::get<LiteralValue>(node(id).attribute), node(id).type.dtype);
  return Written{number, number[0] == '-' ? Level::Unary : Level::Atom, 0}.at(level);
}

Written Printer::call(std::string_view function, const std::vector<std::string>& arguments) const {
  return {fmt::format("{}({})", function, fmt::join(arguments, ", "))};
}

// An operand of * / @. Where a product of matrices meets another product, parentheses spare the reader the
// rule that both bind alike.
std::string Printer::factor(const Node& n, size_t i, Level level) {
  const Op inner = node(resolve(n.operands[i])).op;
  const bool mixed = (inner == Op::Dot) != (n.op == Op::Dot);
  return operand(n, i, mixed ? Level::Unary : level);
}

Written Printer::infix(const Node& n, const Infix& infix) {
  const auto tighter = static_cast<Level>(static_cast<int>(infix.level) + 1);
  // Power alone groups to the right, and takes a sign there; comparisons do not group at all.
  const bool power = infix.level == Level::Power;
  const Level left = power || infix.level == Level::Compare ? tighter : infix.level;
  const std::string lhs = infix.level == Level::Multiply ? factor(n, 0, left) : operand(n, 0, left);
  return {fmt::format("{} {} {}", lhs, infix.sign, operand(n, 1, power ? Level::Unary : tighter)),
          infix.level};
}

Written Printer::dot(const Node& n) {
  const auto& axes = std::get<DotAxes>(n.attribute);
  if (is_matmul(graph_.type(n.operands[0]).rank(), graph_.type(n.operands[1]).rank(), axes))
    return {fmt::format("{} @ {}", factor(n, 0, Level::Multiply), factor(n, 1, Level::Unary)),
            Level::Multiply};
  std::vector<std::string> arguments = {operand(n, 0, Level::Or), operand(n, 1, Level::Or),
                                        "lhs_contract=" + list_text(axes.lhs_contract),
                                        "rhs_contract=" + list_text(axes.rhs_contract)};
  if (!axes.lhs_batch.empty()) arguments.push_back("lhs_batch=" + list_text(axes.lhs_batch));
  if (!axes.rhs_batch.empty()) arguments.push_back("rhs_batch=" + list_text(axes.rhs_batch));
  return call("dot", arguments);
}

std::vector<std::string> Printer::reduction(const Node& n) {
  const std::vector<int>& axes = std::get<Axes>(n.attribute).axes;
  std::vector<std::string> arguments = {operand(n, 0, Level::Or)};
  const int rank = graph_.type(n.operands[0]).rank();
  if (axes.size() == 1 && axes[0] == rank - 1) return arguments;
  arguments.push_back("axis=" + (axes.size() == 1 ? std::to_string(axes[0]) : list_text(axes)));
  return arguments;
}

Written Printer::slice(const Node& n) {
  const std::vector<SliceRange>& ranges = std::get<SliceRanges>(n.attribute).axes;
  const Dims& dims = graph_.type(n.operands[0]).dims;
  std::vector<std::string> subscripts;
  bool expressible = true;
  for (size_t axis = 0; axis < ranges.size() && expressible; ++axis) {
    const std::optional<std::string> subscript = subscript_text(ranges[axis], dims[axis]);
    expressible = subscript.has_value();
    if (subscript) subscripts.push_back(*subscript);
  }
  while (!subscripts.empty() && subscripts.back() == ":") subscripts.pop_back();
  if (expressible && !subscripts.empty())
    return {fmt::format("{}[{}]", operand(n, 0, Level::Atom), fmt::join(subscripts, ", "))};
  std::vector<int64_t> starts, steps, counts;
  for (const SliceRange& range : ranges) {
    starts.push_back(range.start);
    steps.push_back(range.step);
    counts.push_back(range.count);
  }
  return call("slice", {operand(n, 0, Level::Or), list_text(starts), list_text(steps), list_text(counts)});
}

// Whether the node is part of the text of its one user.
bool Printer::hidden(NodeId id) const {
  return inlined_[static_cast<size_t>(id.index)];
}

// A reshape that drops axes of a slice: x[2], x[:, -1].
std::optional<Written> Printer::picked(NodeId id) {
  const NodeId inner = resolve(node(id).operands[0]);
  if (node(inner).op != Op::Slice || !hidden(inner)) return std::nullopt;
  const std::vector<SliceRange>& ranges = std::get<SliceRanges>(node(inner).attribute).axes;
  const Dims& dims = graph_.type(node(inner).operands[0]).dims;
  size_t to_drop = ranges.size() - std::min(ranges.size(), node(id).type.dims.size());
  std::vector<std::string> subscripts;
  Dims left;
  bool whole = true;
  for (size_t axis = 0; axis < ranges.size(); ++axis) {
    whole = whole && ranges[axis] == SliceRange{0, 1, dims[axis]};
    if (to_drop > 0 && ranges[axis].count == 1 && ranges[axis].step == 1) {
      --to_drop;
      subscripts.push_back(std::to_string(ranges[axis].start));
      continue;
    }
    const std::optional<std::string> subscript = subscript_text(ranges[axis], dims[axis]);
    if (!subscript) return std::nullopt;
    subscripts.push_back(*subscript);
    left.push_back(ranges[axis].count);
  }
  while (!subscripts.empty() && subscripts.back() == ":") subscripts.pop_back();
  if (whole || left != node(id).type.dims) return std::nullopt;
  return Written{fmt::format("{}[{}]", operand(node(inner), 0, Level::Atom), fmt::join(subscripts, ", "))};
}

// A reshape that gives a reduction its axes back.
std::optional<Written> Printer::kept(NodeId id) {
  const Node& inner = node(resolve(node(id).operands[0]));
  if (category_of(inner.op) != OpCategory::Reduction || !hidden(resolve(node(id).operands[0])))
    return std::nullopt;
  Dims dims = graph_.type(inner.operands[0]).dims;
  for (int axis : std::get<Axes>(inner.attribute).axes) dims[static_cast<size_t>(axis)] = 1;
  if (dims != node(id).type.dims) return std::nullopt;
  std::vector<std::string> arguments = reduction(inner);
  arguments.push_back("keepdims=true");
  return call(name_of(inner.op), arguments);
}

Written Printer::expression(NodeId id) {
  const Node& n = node(id);
  if (const std::optional<Infix> sign = infix_of(n.op)) return infix(n, *sign);
  std::vector<std::string> arguments;
  for (size_t i = 0; i < n.operands.size(); ++i) arguments.push_back(operand(n, i, Level::Or));
  if (n.op == Op::Negate) return {"-" + operand(n, 0, Level::Unary), Level::Unary};
  if (n.op == Op::Not) return {"not " + operand(n, 0, Level::Next), Level::Not};
  if (n.op == Op::Cast) return call(name_of(n.type.dtype), arguments);
  if (n.op == Op::Dot) return dot(n);
  if (n.op == Op::Slice) return slice(n);
  if (category_of(n.op) == OpCategory::Reduction) return call(name_of(n.op), reduction(n));
  if (n.op == Op::Reshape) {
    if (const std::optional<Written> text = picked(id)) return *text;
    if (const std::optional<Written> text = kept(id)) return *text;
  }
  if (n.op == Op::Reshape || n.op == Op::Broadcast) arguments.push_back(list_text(n.type.dims));
  if (n.op == Op::Transpose) arguments.push_back(list_text(std::get<Axes>(n.attribute).axes));
  if (n.op == Op::Concatenate || n.op == Op::Gather)
    arguments.push_back(fmt::format("axis={}", std::get<Axis>(n.attribute).axis));
  if (n.op == Op::Pad) {
    const auto& padding = std::get<Padding>(n.attribute);
    arguments.insert(arguments.begin() + 1, {list_text(padding.before), list_text(padding.after)});
  }
  return call(name_of(n.op), arguments);
}

bool Printer::try_inline(NodeId id, const Written& expr) {
  const auto index = static_cast<size_t>(id.index);
  if (!node(id).name.empty() || uses(id) != 1 || next_of_[index] >= 0) return false;
  const bool is_output = std::any_of(graph_.outputs.begin(), graph_.outputs.end(),
                                     [&](const Output& output) { return resolve(output.node) == id; });
  if (!is_output && (expr.depth > max_depth || expr.text.size() > max_length)) return false;
  inlined_[index] = true;
  return true;
}

void Printer::print_node(NodeId id) {
  const Node& n = node(id);
  Written expr = expression(id);
  for (NodeId operand : n.operands) expr.depth = std::max(expr.depth, written(resolve(operand)).depth + 1);
  if (try_inline(id, expr)) {
    written(id) = std::move(expr);
    return;
  }
  if (const int state = next_of_[static_cast<size_t>(id.index)]; state >= 0) {
    const std::string name = "next " + written(graph_.states[static_cast<size_t>(state)].node).text;
    out_ += fmt::format("  {} = {}\n", name, expr.text);
    written(id) = {name, Level::Next, 0};
    return;
  }
  std::string name = n.name.empty() ? "" : fresh_name(n.name);
  while (name.empty()) {
    const std::string number = fmt::format("v{}", ++counter_);
    if (names_.insert(number).second) name = number;
  }
  out_ += fmt::format("  {} = {}\n", name, expr.text);
  written(id) = {name};
}

std::string Printer::run(const std::string& options) {
  written_.resize(static_cast<size_t>(graph_.size()));
  inlined_.assign(static_cast<size_t>(graph_.size()), false);
  count_uses();
  out_ = fmt::format("cell {}() {{\n{}", spell(graph_.name), options);
  name_leaves();
  print_declarations();
  // Numbered names give way to those that the graph has.
  std::set<std::string> taken;
  for (NodeId id{0}; id.index < graph_.size(); ++id.index) taken.insert(node(id).name);
  for (NodeId id{0}; id.index < graph_.size(); ++id.index) {
    while (taken.contains(fmt::format("v{}", counter_ + 1))) ++counter_;
    if (live_[static_cast<size_t>(id.index)] && !is_leaf(id) && resolve(id) == id) print_node(id);
  }
  const auto value = [this](NodeId id, DType bare_type) {
    id = resolve(id);
    if (node(id).op != Op::Literal) return written(id).text;
    if (node(id).type.dtype != bare_type) return typed(id).text;
    return number_text(std::get<LiteralValue>(node(id).attribute), bare_type);
  };
  for (const State& state : graph_.states) {
    if (!state.next.valid()) continue;
    const int binds = next_of_[static_cast<size_t>(resolve(state.next).index)];
    if (binds >= 0 && &graph_.states[static_cast<size_t>(binds)] == &state) continue;
    out_ += fmt::format("  next {} = {}\n", written(state.node).text,
                        value(state.next, graph_.type(state.node).dtype));
  }
  for (const Output& output : graph_.outputs)
    out_ += fmt::format("  output {}{}\n", output.name.empty() ? "" : spell(output.name) + " = ",
                        value(output.node, DType::F32));
  return out_ + "}\n";
}

}  // namespace

bool is_keyword(std::string_view word) {
  constexpr std::array<std::string_view, 16> keywords = {
      "cell", "input", "state", "constant", "weight", "next", "output", "option",
      "and",  "or",    "not",   "true",     "false",  "inf",  "nan",    "pi"};
  return std::find(keywords.begin(), keywords.end(), word) != keywords.end();
}

bool is_plain_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !letter(text[0]) || is_keyword(text)) return false;
  for (size_t i = 1; i < text.size(); ++i) {
    const bool dot = text[i] == '.' && text[i - 1] != '.' && i + 1 < text.size();
    if (!letter(text[i]) && !digit(text[i]) && !dot) return false;
  }
  return true;
}

std::string print(const StepGraph& graph) {
  return Printer(graph).run("");
}

std::string print(const Recurrence& recurrence) {
  std::string options;
  const auto option = [&options](std::string_view name, const auto& value) {
    options += fmt::format("  option {} = {}\n", name, value);
  };
  if (recurrence.go_backwards) option("go_backwards", "true");
  if (recurrence.time_major) option("time_major", "true");
  if (recurrence.zero_output_for_mask) option("zero_output_for_mask", "true");
  if (recurrence.flush_denormals) option("flush_denormals", "true");
  if (recurrence.masking == Masking::Mask) option("mask", "true");
  if (recurrence.masking == Masking::Lengths) option("lengths", "true");
  if (recurrence.unroll != Unroll::Auto) option("unroll", name_of(recurrence.unroll));
  if (recurrence.input_length) option("input_length", *recurrence.input_length);
  if (recurrence.time) option("time", *recurrence.time);
  return Printer(recurrence.step).run(options);
}

}  // namespace rondo::ir
