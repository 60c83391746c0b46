#include "frontend/engine/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ir/printer.h"

namespace rondo::engine {

namespace {

using Json = nlohmann::ordered_json;

std::string place_of(const ir::Location& where) {
  return where.source && where.line > 0 ? fmt::format("{}:{}", where.source->name, where.line) : "";
}

struct NodeLine {
  std::string node, operation, type;
  std::string_view time_class, placement;
  int line = 0;
};

// All but leaves and numbers: where those are is no decision.
std::vector<NodeLine> node_lines(const passes::Pipeline& pipeline) {
  const ir::StepGraph& step = pipeline.recurrence.step;
  const passes::Plan& plan = pipeline.plan;
  const std::vector<std::string> labels = passes::node_labels(step);
  std::vector<NodeLine> lines;
  if (plan.time_classes.size() != static_cast<size_t>(step.size())) return lines;
  for (int i = 0; i < step.size(); ++i) {
    const ir::Node& node = step[ir::NodeId{i}];
    if (node.op == ir::Op::Literal || ir::category_of(node.op) == ir::OpCategory::Leaf) continue;
    const auto index = static_cast<size_t>(i);
    NodeLine line;
    line.node = labels[index];
    line.operation = ir::name_of(node.op);
    for (ir::NodeId operand : node.operands)
      line.operation += " " + labels[static_cast<size_t>(operand.index)];
    line.type = ir::to_string(node.type);
    line.time_class = passes::name_of(plan.time_classes[index]);
    if (plan.placements.size() > index) line.placement = passes::name_of(plan.placements[index]);
    line.line = node.where.line;
    lines.push_back(std::move(line));
  }
  return lines;
}

void add_pipeline(const Explanation& e, const passes::Pipeline& pipeline, Json& json) {
  json["cell"] = pipeline.recurrence.step.name;
  json["file"] = e.file;
  json["target"] = e.target;
  if (e.remarks) {
    json["remarks"] = Json::array();
    for (const passes::Remark& remark : pipeline.remarks)
      json["remarks"].push_back(
          {{"pass", remark.pass},
           {"message", remark.message},
           {"alternative", remark.alternative.empty() ? Json() : Json(remark.alternative)},
           {"line", remark.where.line > 0 ? Json(remark.where.line) : Json()}});
    for (const passes::PassTime& time : pipeline.times) json["pass_ms"][time.name] = time.milliseconds;
  }
  if (e.time_classes) {
    json["nodes"] = Json::array();
    for (const NodeLine& line : node_lines(pipeline))
      json["nodes"].push_back({{"node", line.node},
                               {"operation", line.operation},
                               {"type", line.type},
                               {"time_class", line.time_class},
                               {"placement", line.placement},
                               {"line", line.line > 0 ? Json(line.line) : Json()}});
  }
  if (e.graph) json["graph"] = ir::print(pipeline.recurrence);
  if (e.loops && pipeline.program) json["loops"] = ir::print(*pipeline.program);
  if (!pipeline.dumps.empty()) json["dumps"] = pipeline.dumps;
}

}  // namespace

std::string passes_text() {
  std::string out;
  for (const passes::PassInfo& pass : passes::all_passes())
    out += fmt::format("  {:<18} {}{}\n", pass.name, pass.description,
                       pass.essential ? " (cannot be left out)" : "");
  return out;
}

std::string remarks_text(const passes::Pipeline& pipeline) {
  std::string out;
  for (const passes::PassTime& pass : pipeline.times) {
    bool first = true;
    for (const passes::Remark& remark : pipeline.remarks) {
      if (remark.pass != pass.name) continue;
      if (first) out += fmt::format("  {}\n", pass.name);
      first = false;
      const std::string place = place_of(remark.where);
      out += fmt::format("    {}{}{}\n", place, place.empty() ? "" : ": ", remark.message);
      if (!remark.alternative.empty()) out += fmt::format("      instead of {}\n", remark.alternative);
    }
  }
  return out;
}

std::string time_classes_text(const passes::Pipeline& pipeline) {
  const std::vector<NodeLine> lines = node_lines(pipeline);
  if (lines.empty()) return "";
  size_t node = 4, operation = 9, type = 4;
  for (const NodeLine& line : lines) {
    node = std::max(node, line.node.size());
    operation = std::clamp(line.operation.size(), operation, size_t{40});
    type = std::max(type, line.type.size());
  }
  std::string out = fmt::format("  {:<{}}  {:<{}}  {:<{}}  {:<12}{:<16}line\n", "node", node, "operation",
                                operation, "type", type, "class", "runs");
  for (const NodeLine& line : lines) {
    std::string where = line.line > 0 ? std::to_string(line.line) : "";
    out += fmt::format("  {:<{}}  {:<{}}  {:<{}}  {:<12}{:<16}{}\n", line.node, node, line.operation,
                       operation, line.type, type, line.time_class, line.placement, where);
  }
  return out;
}

std::string as_text(const Explanation& e) {
  std::string out;
  const auto add = [&out](const std::string& title, const std::string& text) {
    if (text.empty()) return;
    out += fmt::format("{}{}\n{}", out.empty() ? "" : "\n", title, text);
    if (text.back() != '\n') out += "\n";
  };
  if (e.passes) add("Passes, in the order in which they run", passes_text());
  if (const passes::Pipeline* pipeline = e.pipeline) {
    const std::string& cell = pipeline->recurrence.step.name;
    if (e.remarks)
      add(fmt::format("What was decided for cell '{}' on {}", cell, e.target), remarks_text(*pipeline));
    if (e.time_classes) add("When each operation can run, and where it does", time_classes_text(*pipeline));
    if (e.graph) add("# The step as the passes left it", ir::print(pipeline->recurrence));
    if (e.loops && pipeline->program) add("# The loop program", ir::print(*pipeline->program));
  }
  if (e.llvm) add("; LLVM IR", *e.llvm);
  if (e.assembly) add("# Assembly", *e.assembly);
  return out;
}

std::string as_json(const Explanation& e) {
  Json json = Json::object();
  if (e.passes)
    for (const passes::PassInfo& pass : passes::all_passes())
      json["passes"].push_back(
          {{"name", pass.name}, {"description", pass.description}, {"essential", pass.essential}});
  if (e.pipeline) add_pipeline(e, *e.pipeline, json);
  if (e.llvm) json["llvm"] = *e.llvm;
  if (e.assembly) json["assembly"] = *e.assembly;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rondo::engine
