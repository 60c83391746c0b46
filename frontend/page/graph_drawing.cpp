#include "frontend/page/graph_drawing.h"

#include <fmt/format.h>

#include <map>

#include "frontend/page/graph_layout.h"
#include "frontend/page/html.h"

namespace rondo::page {

using namespace ir;

namespace {

constexpr double letter_width = 7.2, padding = 14;

struct Figure {
  std::string label, title, style;
  int line = 0;
};

class Drawing {
 public:
  explicit Drawing(const passes::Pipeline& pipeline)
      : graph_(pipeline.recurrence.step), plan_(pipeline.plan), labels_(passes::node_labels(graph_)) {}

  std::string run() {
    const std::vector<bool> needed = needed_nodes();
    for (int32_t i = 0; i < graph_.size(); ++i)
      if (needed[static_cast<size_t>(i)] && graph_[NodeId{i}].op != Op::Literal) add_node(NodeId{i});
    if (static_cast<int>(figures_.size()) > most_drawn) return not_drawn();
    for (const State& state : graph_.states) add_end("next " + state.name, state.next, "end state");
    for (const Output& output : graph_.outputs)
      add_end(output.name.empty() ? "output" : "output " + output.name, output.node, "end output");
    for (size_t i = 0; i < figures_.size(); ++i) layout_.boxes.push_back({width_of(figures_[i].label)});
    lay_out(layout_);
    return svg();
  }

 private:
  std::string not_drawn() const {
    return fmt::format(
        "<p>Not drawn: it has {} operations and leaves, and of more than {} nobody sees anything. "
        "The recurrence lists them all.</p>\n",
        figures_.size(), most_drawn);
  }

  std::vector<bool> needed_nodes() const {
    std::vector<bool> needed(static_cast<size_t>(graph_.size()));
    for (const State& state : graph_.states) needed[static_cast<size_t>(state.next.index)] = true;
    for (const Output& output : graph_.outputs) needed[static_cast<size_t>(output.node.index)] = true;
    for (int32_t i = graph_.size(); i-- > 0;)
      if (needed[static_cast<size_t>(i)])
        for (const NodeId operand : graph_[NodeId{i}].operands)
          needed[static_cast<size_t>(operand.index)] = true;
    return needed;
  }

  // Letters, not bytes: continuation bytes of UTF-8 take no room.
  static double width_of(const std::string& label) {
    double letters = 0;
    for (const char c : label) letters += (static_cast<unsigned char>(c) & 0xc0) == 0x80 ? 0 : 1;
    return letters * letter_width + padding;
  }

  int add(Figure figure) {
    figures_.push_back(std::move(figure));
    return static_cast<int>(figures_.size()) - 1;
  }

  void connect(NodeId from, int to) {
    const auto found = figure_of_.find(from);
    if (found != figure_of_.end()) layout_.edges.push_back({found->second, to});
  }

  std::string label_of(NodeId id) const {
    const Node& node = graph_[id];
    if (category_of(node.op) == OpCategory::Leaf) return labels_[static_cast<size_t>(id.index)];
    std::string label(name_of(node.op));
    for (const NodeId operand : node.operands)
      if (graph_[operand].op == Op::Literal) label += " " + labels_[static_cast<size_t>(operand.index)];
    return node.name.empty() ? label : fmt::format("{} = {}", node.name, label);
  }

  std::string style_of(NodeId id) const {
    const Node& node = graph_[id];
    if (category_of(node.op) == OpCategory::Leaf) return fmt::format("leaf {}", name_of(node.op));
    if (plan_.time_classes.empty()) return "operation";
    return fmt::format("operation time-{}",
                       passes::name_of(plan_.time_classes[static_cast<size_t>(id.index)]));
  }

  std::string title_of(NodeId id) const {
    std::string title =
        fmt::format("{} {}", labels_[static_cast<size_t>(id.index)], to_string(graph_.type(id)));
    if (category_of(graph_[id].op) != OpCategory::Leaf && !plan_.placements.empty())
      title += fmt::format(", runs {}", passes::name_of(plan_.placements[static_cast<size_t>(id.index)]));
    return title;
  }

  void add_node(NodeId id) {
    const int figure = add({label_of(id), title_of(id), style_of(id), graph_[id].where.line});
    figure_of_[id] = figure;
    for (const NodeId operand : graph_[id].operands) connect(operand, figure);
  }

  void add_end(const std::string& label, NodeId from, const std::string& style) {
    connect(from, add({label, to_string(graph_.type(from)), style, graph_[from].where.line}));
  }

  // From the lower edge of a box to the upper edge of another, through the bends, in curves that leave and
  // arrive upright.
  std::string path(const Edge& edge) const {
    const Box& from = layout_.boxes[static_cast<size_t>(edge.from)];
    const Box& to = layout_.boxes[static_cast<size_t>(edge.to)];
    double x = from.x, y = from.y + box_height / 2;
    std::string out = fmt::format("M{:.0f} {:.0f}", x, y);
    const auto curve_to = [&](double next_x, double next_y) {
      const double middle = (y + next_y) / 2;
      out += fmt::format("C{:.0f} {:.0f} {:.0f} {:.0f} {:.0f} {:.0f}", x, middle, next_x, middle, next_x,
                         next_y);
      x = next_x;
      y = next_y;
    };
    for (const auto& [bend_x, bend_y] : edge.bends) curve_to(bend_x, bend_y);
    curve_to(to.x, to.y - box_height / 2);
    return out;
  }

  std::string svg() const {
    std::string out = fmt::format(
        "<svg class=\"graph\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
        "role=\"img\" "
        "aria-label=\"step graph\">\n",
        layout_.width, layout_.height);
    for (const Edge& edge : layout_.edges) out += fmt::format("<path d=\"{}\"/>\n", path(edge));
    for (size_t i = 0; i < figures_.size(); ++i) out += figure_svg(figures_[i], layout_.boxes[i]);
    return out + "</svg>\n";
  }

  static std::string figure_svg(const Figure& figure, const Box& box) {
    return fmt::format(
        "<g class=\"{}\"{}><title>{}</title><rect x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" "
        "height=\"{:.0f}\" "
        "rx=\"6\"/><text x=\"{:.0f}\" y=\"{:.0f}\">{}</text></g>\n",
        figure.style, lines_attribute(figure.line > 0 ? std::vector{figure.line} : std::vector<int>()),
        escaped(figure.title), box.x - box.width / 2, box.y - box_height / 2, box.width, box_height, box.x,
        box.y + 4, escaped(figure.label));
  }

  const StepGraph& graph_;
  const passes::Plan& plan_;
  std::vector<std::string> labels_;
  std::vector<Figure> figures_;
  std::map<NodeId, int> figure_of_;
  GraphLayout layout_;
};

}  // namespace

std::string draw_graph(const passes::Pipeline& pipeline) {
  return Drawing(pipeline).run();
}

}  // namespace rondo::page
