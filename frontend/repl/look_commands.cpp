#include <fmt/format.h>

#include <algorithm>

#include "frontend/cli/pass_output.h"
#include "frontend/cli/terminal.h"
#include "frontend/engine/explanation.h"
#include "frontend/engine/linked_code.h"
#include "frontend/repl/call.h"
#include "frontend/repl/command_functions.h"
#include "frontend/repl/tensor_text.h"
#include "frontend/repl/text_difference.h"
#include "frontend/text/suggestion.h"
#include "ir/printer.h"

namespace rondo::repl {

namespace {

// A call on its way to code.
struct Looked {
  ir::Target target;
  passes::Pipeline pipeline;
};

// Through all passes, or to the end of one of them.
std::optional<Looked> look(const Session& session, const std::string& text, Turn& turn,
                           const std::string& stop_after = "") {
  const std::optional<Call> call = read_call(session, text, turn.diagnostics);
  if (!call) return std::nullopt;
  const auto recurrence = make_recurrence(session, *call, turn.text, turn.diagnostics);
  if (!recurrence) return std::nullopt;
  const auto target = cli::chosen_target(call->compile, turn.diagnostics);
  auto options = cli::chosen_options(call->compile, turn.diagnostics);
  if (!target || !options) return std::nullopt;
  if (!stop_after.empty()) options->stop_after = stop_after;
  auto pipeline = passes::run_passes(*recurrence, *target, *options, turn.diagnostics);
  if (!pipeline) return std::nullopt;
  return Looked{*target, std::move(*pipeline)};
}

const std::string no_program = "there is no loop program: --stop-after ended before it was made";

// What stands when a pass is done, and what it said of it.
struct Left {
  std::string text, remarks;
};

// With an empty name: what the passes begin with.
std::optional<Left> left_by(const Session& session, const std::string& pass, const std::string& call,
                            Turn& turn) {
  if (pass.empty()) {
    const std::optional<Call> read = read_call(session, call, turn.diagnostics);
    const auto recurrence =
        read ? make_recurrence(session, *read, turn.text, turn.diagnostics) : std::nullopt;
    if (!recurrence) return std::nullopt;
    return Left{ir::print(*recurrence), ""};
  }
  const auto looked = look(session, call, turn, pass);
  if (!looked) return std::nullopt;
  Left left{cli::what_passes_left(looked->pipeline, {}), ""};
  for (const passes::Remark& remark : looked->pipeline.remarks)
    if (remark.pass == pass) left.remarks += fmt::format("  {}\n", remark.message);
  return left;
}

void show_difference(const Session& session, const std::string& pass, const std::string& call, Turn& turn) {
  std::vector<std::string> names;
  for (const passes::PassInfo& info : passes::all_passes()) names.push_back(info.name);
  const auto found = std::find(names.begin(), names.end(), pass);
  if (found == names.end()) {
    turn.diagnostics.error(fmt::format("there is no pass '{}'{}", pass, text::suggest(pass, names)));
    turn.diagnostics.note("':passes' alone lists them");
    return;
  }
  const auto before = left_by(session, found == names.begin() ? "" : *std::prev(found), call, turn);
  turn.text.clear();  // the note on sizes comes once
  const auto after = before ? left_by(session, pass, call, turn) : std::nullopt;
  if (!after) return;
  const std::string difference = text_difference(before->text, after->text, cli::output_has_color());
  turn.text += difference.empty() ? fmt::format("'{}' changed nothing that is printed\n", pass) : difference;
  turn.text += after->remarks;
}

}  // namespace

void show_names(Session& session, const std::string&, Turn& turn) {
  for (const DefinedCell& cell : session.cells()) turn.text += fmt::format("  cell  {}\n", cell.name);
  size_t width = 0;
  for (const auto& [name, tensor] : session.tensors) width = std::max(width, name.size());
  for (const auto& [name, tensor] : session.tensors)
    turn.text += fmt::format("  {:<{}}  {}\n", name, width, type_text(tensor));
  if (turn.text.empty()) turn.text = "nothing is defined yet; ':help' shows how to begin\n";
}

void show_cell(Session& session, const std::string& arguments, Turn& turn) {
  for (const DefinedCell& cell : session.cells())
    if (arguments.empty() || arguments == cell.name)
      turn.text += (turn.text.empty() ? "" : "\n") + cell.text + "\n";
  if (turn.text.empty() && !arguments.empty()) session.program(arguments, turn.diagnostics);
  if (turn.text.empty() && arguments.empty()) turn.text = "no cell is defined yet; ':help cells' shows how\n";
}

void show_graph(Session& session, const std::string& arguments, Turn& turn) {
  const std::optional<Call> call = read_call(session, arguments, turn.diagnostics);
  if (!call) return;
  const auto recurrence = make_recurrence(session, *call, turn.text, turn.diagnostics);
  if (recurrence) turn.text += ir::print(*recurrence);
}

void show_plan(Session& session, const std::string& arguments, Turn& turn) {
  if (const auto looked = look(session, arguments, turn))
    turn.text += engine::remarks_text(looked->pipeline) + "\n" + engine::time_classes_text(looked->pipeline);
}

void show_loops(Session& session, const std::string& arguments, Turn& turn) {
  const auto looked = look(session, arguments, turn);
  if (looked && looked->pipeline.program) turn.text += ir::print(*looked->pipeline.program);
  if (looked && !looked->pipeline.program) turn.diagnostics.error(no_program);
}

void show_llvm(Session& session, const std::string& arguments, Turn& turn) {
  const auto looked = look(session, arguments, turn);
  if (looked && looked->pipeline.program)
    turn.text += engine::llvm_with_source(looked->pipeline, looked->target);
  if (looked && !looked->pipeline.program) turn.diagnostics.error(no_program);
}

void show_assembly(Session& session, const std::string& arguments, Turn& turn) {
  const auto looked = look(session, arguments, turn);
  if (looked && looked->pipeline.program)
    turn.text += engine::assembly_with_source(looked->pipeline, looked->target);
  if (looked && !looked->pipeline.program) turn.diagnostics.error(no_program);
}

void show_passes(Session& session, const std::string& arguments, Turn& turn) {
  if (arguments.empty()) {
    turn.text = engine::passes_text();
    return;
  }
  const size_t end = arguments.find(' ');
  show_difference(session, arguments.substr(0, end),
                  end == std::string::npos ? "" : arguments.substr(end + 1), turn);
}

}  // namespace rondo::repl
