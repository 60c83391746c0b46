#include "frontend/page/explanation_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/page/graph_drawing.h"
#include "frontend/page/html.h"
#include "frontend/page/page_assets.h"

namespace rondo::page {

namespace {

struct Pane {
  std::string_view id, title, hint;
  std::string body;
  bool wide = false;
};

std::string html_of(const Pane& pane) {
  if (pane.body.empty()) return {};
  return fmt::format(
      "<section id=\"{}\"{}><h2>{}<small>{}</small></h2><div class=\"scroll\">\n{}</div></section>\n",
      pane.id, pane.wide ? " class=\"wide\"" : "", pane.title, pane.hint, pane.body);
}

std::vector<int> only(int line) {
  return line > 0 ? std::vector{line} : std::vector<int>();
}

std::string row(const std::string& cells, const std::vector<int>& lines = {}) {
  return fmt::format("<tr{}>{}</tr>\n", lines_attribute(lines), cells);
}

std::string cell(std::string_view html, std::string_view style = {}) {
  return style.empty() ? fmt::format("<td>{}</td>", html)
                       : fmt::format("<td class=\"{}\">{}</td>", style, html);
}

std::string table(const std::vector<std::string_view>& heads, const std::string& rows) {
  std::string head;
  for (const std::string_view title : heads) head += fmt::format("<th>{}</th>", title);
  return fmt::format("<table><thead><tr>{}</tr></thead><tbody>\n{}</tbody></table>\n", head, rows);
}

std::string code(const std::vector<engine::LinkedLine>& lines) {
  std::string out = "<pre>";
  for (const engine::LinkedLine& line : lines)
    out += fmt::format("<span{}>{}</span>", lines_attribute(line.source_lines), escaped(line.text));
  return out + "</pre>\n";
}

std::string source(const passes::Pipeline& pipeline) {
  const auto text = engine::source_of(pipeline);
  if (!text) return {};
  std::string out = "<pre>";
  const auto count = static_cast<int>(std::count(text->text.begin(), text->text.end(), '\n')) + 1;
  for (int number = 1; number <= count; ++number)
    out += fmt::format("<span{}><i>{}</i>{}</span>", lines_attribute({number}), number,
                       escaped(text->line(number)));
  return out + "</pre>\n";
}

std::string recurrence(const passes::Pipeline& pipeline) {
  const ir::StepGraph& step = pipeline.recurrence.step;
  const std::vector<std::string> labels = passes::node_labels(step);
  const std::vector<bool> placeable = passes::placeable_nodes(step);
  std::string rows;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (!placeable[i]) continue;
    const ir::Node& node = step[ir::NodeId{static_cast<int32_t>(i)}];
    std::string operation(ir::name_of(node.op));
    for (const ir::NodeId operand : node.operands)
      operation += " " + labels[static_cast<size_t>(operand.index)];
    const std::string_view time = passes::name_of(pipeline.plan.time_classes[i]);
    rows +=
        row(cell(fmt::format("<code>{}</code>", escaped(labels[i]))) +
                cell(fmt::format("<code>{}</code>", escaped(operation))) +
                cell(fmt::format("<code>{}</code>", ir::to_string(node.type))) +
                cell(time, fmt::format("time-{}", time)) + cell(passes::name_of(pipeline.plan.placements[i])),
            only(node.where.line));
  }
  return table({"value", "operation", "type", "can run", "runs"}, rows);
}

std::string decisions(const passes::Pipeline& pipeline) {
  std::string rows;
  for (const passes::Remark& remark : pipeline.remarks) {
    const std::string line = remark.where.line > 0 ? std::to_string(remark.where.line) : "";
    rows += row(cell(fmt::format("<code>{}</code>", remark.pass)) + cell(escaped(remark.message)) +
                    cell(escaped(remark.alternative)) + cell(line, "number"),
                only(remark.where.line));
  }
  return table({"pass", "decided", "instead of", "line"}, rows);
}

std::string estimate(const passes::StepEstimate& estimate) {
  std::string rows;
  const auto figure = [](double cycles) { return cell(fmt::format("{:.0f}", cycles), "number"); };
  for (const passes::StageEstimate& stage : estimate.stages)
    rows += row(cell(stage.phase) + figure(stage.sums) + figure(stage.elements) + figure(stage.waiting) +
                figure(stage.cycles()));
  return table({"stage of", "sums", "elements", "waiting", "cycles"}, rows);
}

std::string nanoseconds(double seconds) {
  const double ns = seconds * 1e9;
  return fmt::format("{:.{}f} ns", ns, ns < 10 ? 2 : ns < 100 ? 1 : 0);
}

std::string summary(const PageContents& contents) {
  const StepTime& time = contents.time;
  std::string out =
      fmt::format("<p>A step of one sample: predicted <b>{:.0f} cycles</b>", time.predicted_cycles);
  if (time.predicted_seconds) out += fmt::format(" or <b>{}</b>", nanoseconds(*time.predicted_seconds));
  if (time.measured_seconds)
    out += fmt::format("; measured <b>{}</b> a step, in calls of {} sample{} and {} step{}.",
                       nanoseconds(*time.measured_seconds), time.batch, time.batch == 1 ? "" : "s", time.time,
                       time.time == 1 ? "" : "s");
  else
    out += fmt::format("; not measured: {}.", escaped(time.unmeasured));
  return out + "</p>\n";
}

std::string legend() {
  std::string out = "<p>";
  for (const passes::TimeClass time : {passes::TimeClass::Invariant, passes::TimeClass::InputOnly,
                                       passes::TimeClass::Carried, passes::TimeClass::OutputOnly})
    out += fmt::format("<b class=\"time-{0}\">{0}</b>", passes::name_of(time));
  return out +
         "Point at a line, a box or a decision: what comes from the same line of source is marked. A click "
         "keeps the marks.</p>\n";
}

}  // namespace

std::string explanation_page(const PageContents& contents) {
  const passes::Pipeline& pipeline = *contents.pipeline;
  std::string plan =
      contents.plan.empty() ? "" : fmt::format("<pre><span>{}</span></pre>\n", escaped(contents.plan));
  const std::vector<Pane> panes = {
      {"source", "Source", contents.file, source(pipeline)},
      {"graph", "Step graph", "as the passes left it", draw_graph(pipeline)},
      {"recurrence", "Recurrence", "when each operation can run, and where it does", recurrence(pipeline)},
      {"decisions", "Decisions", "what was decided, and the way that lost", decisions(pipeline)},
      {"loops", "Loop program", "", code(contents.loops)},
      {"estimate", "Prediction", "cycles for one sample and step", estimate(contents.estimate)},
      {"llvm", "LLVM IR", "", code(contents.llvm)},
      {"assembly", "Assembly", contents.target, code(contents.assembly)},
      {"plan", "Plan", "to be written by --write-plan, edited, and given to --plan", std::move(plan)},
  };
  const std::string name = escaped(pipeline.recurrence.step.name);
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\">\n<title>{0} - "
      "Rondo</title>\n<style>\n{1}</style></head><body>\n<h1>{0}</h1>\n",
      name, page_style);
  out += fmt::format("<p>{}, for {}</p>\n", escaped(contents.file), escaped(contents.target));
  out += summary(contents) + legend() + "<div class=\"panes\">\n";
  for (const Pane& pane : panes) out += html_of(pane);
  return out + fmt::format("</div>\n<script>\n{}</script></body></html>\n", page_script);
}

}  // namespace rondo::page
