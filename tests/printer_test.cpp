// print -> parse -> print is the identity, and the graph in between is the same.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <sstream>

#include "ir/graph_builder.h"
#include "ir/printer.h"
#include "tests/parsing.h"

namespace rondo {

namespace {

using ir::NodeId;
using ir::Op;
using ir::StepGraph;
using ir::Value;

// The graph with its nodes in the order in which outputs and next states reach them, and without names: equal
// for graphs that differ in the order of independent statements alone.
std::vector<std::string> canonical(const StepGraph& graph) {
  std::vector<std::string> lines;
  std::map<NodeId, int> numbers;
  const std::function<int(NodeId)> visit = [&](NodeId id) {
    if (const auto found = numbers.find(id); found != numbers.end()) return found->second;
    const ir::Node& node = graph[id];
    std::ostringstream line;
    line << ir::name_of(node.op) << " " << ir::to_string(node.type) << (node.type.batched ? " batched" : "");
    if (const auto* leaf = std::get_if<ir::LeafIndex>(&node.attribute)) line << " leaf " << leaf->index;
    if (const auto* literal = std::get_if<ir::LiteralValue>(&node.attribute)) {
      line.precision(17);
      line << " " << literal->as_double() << (std::signbit(literal->as_double()) ? " negative" : "");
    }
    if (const auto* axes = std::get_if<ir::Axes>(&node.attribute))
      for (int axis : axes->axes) line << " " << axis;
    if (const auto* axis = std::get_if<ir::Axis>(&node.attribute)) line << " axis " << axis->axis;
    if (const auto* axes = std::get_if<ir::DotAxes>(&node.attribute))
      for (const auto& list : {axes->lhs_contract, axes->rhs_contract, axes->lhs_batch, axes->rhs_batch}) {
        line << " |";
        for (int a : list) line << " " << a;
      }
    if (const auto* ranges = std::get_if<ir::SliceRanges>(&node.attribute))
      for (const ir::SliceRange& range : ranges->axes)
        line << " " << range.start << ":" << range.step << ":" << range.count;
    if (const auto* padding = std::get_if<ir::Padding>(&node.attribute))
      line << " " << ir::to_string(padding->before) << ir::to_string(padding->after);
    for (NodeId operand : node.operands) line << " %" << visit(operand);
    lines.push_back(line.str());
    return numbers[id] = static_cast<int>(lines.size()) - 1;
  };
  for (const auto& list : {graph.inputs, graph.constants, graph.weights})
    for (const ir::Leaf& leaf : list) lines.push_back(leaf.name + " %" + std::to_string(visit(leaf.node)));
  for (const ir::State& state : graph.states)
    lines.push_back(state.name + " %" + std::to_string(visit(state.node)) + " %" +
                    std::to_string(visit(state.next)));
  for (const ir::Output& output : graph.outputs)
    lines.push_back("output " + output.name + " %" + std::to_string(visit(output.node)));
  return lines;
}

void check_round_trip(const ir::Recurrence& recurrence) {
  const std::string text = ir::print(recurrence);
  INFO(text);
  const Parsed again = parse_cell(text);
  INFO(again.diagnostics.render());
  REQUIRE(again.recurrence);
  CHECK(ir::print(*again.recurrence) == text);
  CHECK(canonical(again.step()) == canonical(recurrence.step));
  CHECK(again.recurrence->masking == recurrence.masking);
  CHECK(again.recurrence->unroll == recurrence.unroll);
}

std::string check_round_trip(ir::GraphBuilder& g) {
  ir::Diagnostics& diagnostics = g.diagnostics();
  ir::Recurrence recurrence;
  std::optional<StepGraph> graph = g.finish();
  INFO(diagnostics.render());
  REQUIRE(graph);
  recurrence.step = std::move(*graph);
  check_round_trip(recurrence);
  const std::string text = ir::print(recurrence.step);
  return text.substr(text.find("\n\n") + 2);
}

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("printer: every cell of the source tree") {
  int files = 0;
  for (const std::string folder : {"cells", "examples", "tests/vectors/cells"}) {
    const std::filesystem::path root = std::filesystem::path(RONDO_SOURCE_DIR) / folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.path().extension() != ".rondo") continue;
      ++files;
      INFO(entry.path().string());
      ir::Diagnostics diagnostics;
      auto source =
          std::make_shared<const ir::SourceText>(ir::SourceText{entry.path().string(), read(entry.path())});
      const auto program = text::Program::parse(source, diagnostics);
      INFO(diagnostics.render());
      REQUIRE(program);
      for (const std::string& cell : program->cells()) {
        // Two choices of sizes: all different, and all one, where much that moves data has nothing to move.
        for (int64_t step : {2, 0}) {
          std::map<std::string, int64_t> settings;
          int64_t size = 1 + step;
          for (const std::string& parameter : program->parameters(cell)) settings[parameter] = size += step;
          const auto recurrence = program->instantiate(cell, settings, {}, diagnostics);
          INFO(diagnostics.render());
          REQUIRE(recurrence);
          check_round_trip(*recurrence);
        }
      }
    }
  }
  CHECK(files >= 11);
}

TEST_CASE("printer: names that collide, or are no names") {
  ir::Diagnostics diagnostics;
  ir::GraphBuilder g("while true", diagnostics);
  const Value x = g.input("next", ir::DType::F32, {2});
  const Value y = g.input("a/b:0", ir::DType::F32, {2});
  const Value h = g.state("nan", ir::DType::F32, {2});
  const Value a = g.apply(Op::Add, {x, y});
  const Value b = g.apply(Op::Multiply, {x, y});
  const Value c = g.apply(Op::Subtract, {b, a});
  const Value d = g.apply(Op::Tanh, {a});
  g.name(a, "z");
  g.name(b, "z");
  g.name(c, "v1");
  g.name(d, "nan");
  g.set_next("nan", g.apply(Op::Add, {h, d}));
  g.output("if then", c);
  g.output("output", g.apply(Op::Add, {g.apply(Op::Exp, {d}), g.apply(Op::Exp, {d})}));
  CHECK(check_round_trip(g) ==
        "  z = `next` + `a/b:0`\n  z_1 = `next` * `a/b:0`\n  v1 = z_1 - z\n  nan_1 = tanh(z)\n"
        "  next `nan` = `nan` + nan_1\n  v2 = exp(nan_1)\n  output `if then` = v1\n  output `output` = v2 + "
        "v2\n}\n");
}

TEST_CASE("printer: literals of every type") {
  ir::Diagnostics diagnostics;
  ir::GraphBuilder g("c", diagnostics);
  const Value x = g.input("x", ir::DType::F32, {2});
  const Value whole = g.cast(x, ir::DType::I64);
  const auto literal = [&](double value, ir::DType dtype) {
    return g.literal(ir::LiteralValue{value}, dtype);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  Value sum = g.apply(Op::Add, {literal(1, ir::DType::F32), literal(-0.0, ir::DType::F32)});
  for (double number : {0.1, 1e-45, 3.4e38, -2.5, 16777216.0, nan, -nan, inf, -inf, 1.0 / 3})
    sum = g.apply(Op::Maximum, {sum, g.apply(Op::Power, {literal(number, ir::DType::F32), x})});
  Value wide = g.apply(Op::Multiply, {literal(0.1, ir::DType::F64), literal(1e300, ir::DType::F64)});
  const Value smallest = g.literal(ir::LiteralValue{std::numeric_limits<int64_t>::min()}, ir::DType::I64);
  Value integer =
      g.apply(Op::Minimum, {g.apply(Op::Add, {whole, smallest}), g.apply(Op::Negate, {smallest})});
  integer = g.apply(Op::Subtract,
                    {integer, g.literal(ir::LiteralValue{int64_t{9007199254740993}}, ir::DType::I64)});
  const Value truth =
      g.apply(Op::And, {g.literal(ir::LiteralValue{int64_t{1}}, ir::DType::Bool),
                        g.apply(Op::Not, {g.literal(ir::LiteralValue{int64_t{0}}, ir::DType::Bool)})});
  g.output("a", sum);
  g.output("b", wide);
  g.output("c", integer);
  g.output("d", g.apply(Op::Select, {truth, literal(1, ir::DType::F32), literal(2, ir::DType::F32)}));
  g.output("e", literal(3, ir::DType::I32));
  g.output("f", literal(3, ir::DType::F32));
  g.output("g", g.cast(literal(3, ir::DType::I32), ir::DType::F64));
  g.output("h", g.apply(Op::Exp, {literal(2, ir::DType::F32)}));
  g.output("i", g.take(x, g.literal(ir::LiteralValue{int64_t{1}}, ir::DType::I64), 0));
  g.output("j", g.apply(Op::Negate, {literal(-1, ir::DType::F32)}));
  check_round_trip(g);
}

TEST_CASE("printer: slices that subscripts cannot say, and all that they can") {
  ir::Diagnostics diagnostics;
  ir::GraphBuilder g("c", diagnostics);
  const Value x = g.input("x", ir::DType::F32, {6});
  const Value m = g.input("m", ir::DType::F32, {1, 5});
  int count = 0;
  const auto output = [&](Value value) { g.output("o" + std::to_string(count++), value); };
  for (int64_t step : {-7, -3, -2, -1, 1, 2, 3, 7})
    for (int64_t start = 0; start < 6; ++start)
      for (int64_t n = 0; n <= 6; ++n) {
        const int64_t last = start + (n - 1) * step;
        if (n > 0 && (last < 0 || last > 5)) continue;
        output(g.slice(x, {{{start, step, n}}}));
        if (n == 1) output(g.reshape(g.slice(x, {{{start, step, n}}}), {}));
      }
  output(g.slice(m, {{{0, 1, 1}, {0, 1, 5}}}));
  output(g.reshape(g.slice(m, {{{0, 1, 1}, {0, 1, 5}}}), {5}));
  output(g.reshape(g.slice(m, {{{0, 1, 1}, {2, 1, 1}}}), {1}));
  output(g.reshape(g.slice(m, {{{0, -1, 1}, {2, 1, 1}}}), {}));
  output(g.reshape(m, {5}));
  check_round_trip(g);
}

TEST_CASE("printer: what changes nothing is left out, and so is what nobody uses") {
  ir::Diagnostics diagnostics;
  ir::GraphBuilder g("c", diagnostics);
  const Value x = g.input("x", ir::DType::F32, {2});
  g.apply(Op::Exp, {x});
  const Value used = g.apply(Op::Log, {x});
  g.name(g.apply(Op::Tanh, {used}), "dead");
  g.output("", g.apply(Op::Sin, {used}));
  CHECK(check_round_trip(g) == "  v1 = log(x)\n  dead = tanh(v1)\n  output sin(v1)\n}\n");
}

TEST_CASE("printer: one value for several states, states that pass on, stacked products, empty axes") {
  ir::Diagnostics diagnostics;
  ir::GraphBuilder g("c", diagnostics);
  const Value x = g.input("x", ir::DType::F32, {3, 2, 4});
  const Value h = g.state("h", ir::DType::F32, {});
  g.state("k", ir::DType::F32, {});
  g.state("l", ir::DType::F32, {});
  g.state("one", ir::DType::F32, {});
  const Value w = g.weight("w", ir::DType::F32, {3, 4, 2});
  const Value next = g.apply(Op::Add, {h, g.reduce(Op::Sum, x, {})});
  g.set_next("h", next);
  g.set_next("k", next);
  g.set_next("l", h);
  g.set_next("one", g.number(int64_t{1}));
  g.output("a", g.matmul(x, w));
  g.output("b", g.reduce(Op::Sum, h, {}));
  g.output("c", g.transpose(h, {}));
  g.output("d", g.dot(x, x, {{0}, {0}, {2, 1}, {2, 1}}));
  g.output("e", g.pad(x, {0, 1, 2}, {3, 0, 0}, g.number(0.5)));
  g.output("f", next);
  g.output("g", next);
  check_round_trip(g);
}

TEST_CASE("printer: random graphs") {
  std::mt19937 random(7);
  const auto pick = [&](const auto& list) { return list[random() % std::size(list)]; };
  const Op unary[] = {Op::Negate, Op::Absolute, Op::Exp, Op::Tanh, Op::Floor, Op::Sqrt};
  const Op binary[] = {Op::Add, Op::Subtract, Op::Multiply, Op::Divide, Op::Power, Op::Minimum, Op::Maximum};
  const Op compare[] = {Op::Less, Op::LessEqual, Op::Greater, Op::GreaterEqual, Op::Equal, Op::NotEqual};
  const std::string names[] = {"", "", "", "", "", "z", "x", "v1", "v2", "z_1", "next", "a.b", "sum"};
  for (int round = 0; round < 400; ++round) {
    ir::Diagnostics diagnostics;
    ir::GraphBuilder g("c", diagnostics);
    std::vector<Value> floats = {g.input("x", ir::DType::F32, {3}), g.state("h", ir::DType::F32, {3}),
                                 g.state("k", ir::DType::F32, {3})};
    std::vector<Value> truths = {g.constant("t", ir::DType::Bool, {3})};
    const Value w = g.weight("w", ir::DType::F32, {3, 3});
    const auto count = 1 + random() % 25;
    for (size_t i = 0; i < count; ++i) {
      const Value a = pick(floats),
                  b = random() % 5 ? pick(floats) : g.number(static_cast<double>(random() % 5) - 2.5);
      Value made;
      switch (random() % 11) {
        case 0:
          made = g.apply(pick(unary), {a});
          break;
        case 1:
        case 2:
          made = g.apply(pick(binary), {a, b});
          break;
        case 3:
          made = g.apply(pick(binary), {b, a});
          break;
        case 4:
          truths.push_back(g.apply(pick(compare), {a, b}));
          break;
        case 5:
          truths.push_back(g.apply(random() % 2 ? Op::And : Op::Or, {pick(truths), pick(truths)}));
          break;
        case 6:
          truths.push_back(g.apply(Op::Not, {pick(truths)}));
          break;
        case 7:
          made = g.apply(Op::Select, {pick(truths), a, b});
          break;
        case 8:
          made = g.apply(Op::Add, {a, g.reduce(Op::Sum, a, {0}, random() % 2)});
          break;
        case 9:
          made =
              g.apply(Op::Multiply, {g.subscript(a, {{true, static_cast<int64_t>(random() % 3), {}, 1}}), b});
          break;
        case 10:
          made = g.matmul(a, w);
          break;
        default:
          FAIL("no case for what was drawn");
      }
      if (made.is_node() && g.type(made).dims == ir::Dims{3}) floats.push_back(made);
      if (random() % 3 == 0) g.name(floats.back(), pick(names));
      if (random() % 9 == 0) g.name(truths.back(), pick(names));
    }
    g.set_next("h", pick(floats));
    g.set_next("k", floats.back());
    g.output("first", pick(floats));
    g.output("second", truths.back());
    check_round_trip(g);
  }
}

TEST_CASE("printer: options") {
  const Parsed parsed = parse_cell(
      "cell c() {\n  option go_backwards = true\n  option unroll = false\n  option time = 7\n  option mask = "
      "true\n"
      "  option input_length = 3\n  input x : f32[1]\n  state h : f32[1]\n  next h = x\n  output h\n}\n");
  REQUIRE(parsed.recurrence);
  CHECK(
      ir::print(*parsed.recurrence) ==
      "cell c() {\n  option go_backwards = true\n  option mask = true\n  option unroll = false\n"
      "  option input_length = 3\n  option time = 7\n  input x : f32[1]\n  state h : f32[1]\n\n  next h = x\n"
      "  output h\n}\n");
  check_round_trip(*parsed.recurrence);
}

}  // namespace rondo
