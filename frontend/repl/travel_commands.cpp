#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "frontend/cli/terminal.h"
#include "frontend/repl/call.h"
#include "frontend/repl/command_functions.h"
#include "frontend/repl/sources.h"
#include "frontend/repl/tensor_text.h"
#include "frontend/text/suggestion.h"
#include "ir/interpreter.h"

namespace rondo::repl {

namespace {

std::optional<int64_t> whole_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A node that the user can name: what stands left of a '=' in the cell, 'next h' for a state's next value.
struct NamedNode {
  std::string name;
  ir::NodeId node;
};

std::vector<NamedNode> named_nodes(const ir::StepGraph& step) {
  std::vector<NamedNode> nodes;
  for (int32_t i = 0; i < step.size(); ++i)
    if (const ir::NodeId id{i}; !step[id].name.empty() && step[id].op != ir::Op::Weight)
      nodes.push_back({step[id].name, id});
  for (const ir::State& state : step.states) nodes.push_back({"next " + state.name, state.next});
  for (const ir::Output& output : step.outputs)
    nodes.push_back({output.name.empty() ? "output" : "output " + output.name, output.node});
  return nodes;
}

std::optional<cli::Job> last_job(const Session& session, Turn& turn) {
  const std::optional<Call> call = read_call(session, "", turn.diagnostics);
  return call ? make_job(session, *call, turn.diagnostics) : std::nullopt;
}

bool check_sample(int64_t sample, const cli::Job& job, Turn& turn) {
  if (sample >= 0 && sample < job.extents.batch) return true;
  turn.diagnostics.error(
      fmt::format("there is no sample {}; the last call had {}, counted from 0", sample, job.extents.batch));
  return false;
}

// Takes "sample=2" out of the words.
bool take_sample(std::vector<std::string>& words, int64_t& sample, Turn& turn) {
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (!word->starts_with("sample=")) continue;
    const auto number = whole_number(std::string_view(*word).substr(7));
    if (!number) {
      turn.diagnostics.error(fmt::format("expected a sample, as in sample=2, found '{}'", *word));
      return false;
    }
    sample = *number;
    words.erase(word);
    break;
  }
  return true;
}

// Only the sample that is wanted is worked on.
cli::Job one_sample(const cli::Job& job, int64_t sample) {
  cli::Job one = job;
  const auto cut = [&](ir::Tensor& tensor, bool time_first) {
    ir::Tensor whole = time_first ? tensor.with_leading_axes_swapped() : std::move(tensor);
    ir::Dims dims = whole.dims();
    dims[0] = 1;
    ir::Tensor row(whole.dtype(), dims);
    std::copy_n(whole.bytes() + static_cast<size_t>(sample) * row.byte_count(), row.byte_count(),
                row.bytes());
    tensor = time_first ? row.with_leading_axes_swapped() : std::move(row);
  };
  const bool time_first = job.recurrence.time_major;
  ir::Arguments& arguments = one.arrays.arguments;
  for (auto& [name, tensor] : arguments.inputs) cut(tensor, time_first);
  for (auto& [name, tensor] : arguments.states) cut(tensor, false);
  for (auto& [name, tensor] : arguments.constants) cut(tensor, false);
  if (arguments.mask) cut(*arguments.mask, time_first);
  if (arguments.lengths) cut(*arguments.lengths, false);
  one.extents.batch = 1;
  return one;
}

// One line of numbers, the first few.
std::string values_text(const ir::Tensor& tensor) {
  constexpr int64_t most = 6;
  std::string text;
  for (int64_t i = 0; i < std::min(most, tensor.count()); ++i)
    text += (text.empty() ? "" : ", ") + number_text(tensor.at(i));
  return text + (tensor.count() > most ? ", ..." : "");
}

bool has_bad(const ir::Tensor& tensor) {
  if (!ir::is_float(tensor.dtype())) return false;
  for (int64_t i = 0; i < tensor.count(); ++i)
    if (!std::isfinite(tensor.at(i))) return true;
  return false;
}

// The step of the cell where something was no number any more.
struct BadPlace {
  int64_t sample = 0, step = 0, source = 0;
  ir::NodeId node;
  ir::Tensor value;
  std::vector<ir::Tensor> operands;
};

std::optional<BadPlace> first_bad(const ir::StepGraph& graph, const ir::ObservedStep& seen) {
  for (int32_t i = 0; i < graph.size(); ++i) {
    const ir::Node& node = graph[ir::NodeId{i}];
    // What is the same for all samples was written so: an infinity in it is meant.
    if (!node.type.batched) continue;
    ir::Tensor value = seen.value(ir::NodeId{i});
    if (!has_bad(value)) continue;
    BadPlace place{seen.sample, seen.step, seen.source, ir::NodeId{i}, std::move(value), {}};
    for (ir::NodeId operand : node.operands) place.operands.push_back(seen.value(operand));
    return place;
  }
  return std::nullopt;
}

std::string node_text(const ir::StepGraph& graph, ir::NodeId id) {
  const ir::Node& node = graph[id];
  return node.name.empty() ? fmt::format("a '{}'", name_of(node.op)) : fmt::format("'{}'", node.name);
}

// The element of an operand that goes with one of the result.
std::string operand_text(const ir::Tensor& operand, const ir::Tensor& result, int64_t bad) {
  if (operand.dims() == result.dims()) return number_text(operand.at(bad)) + " there";
  return values_text(operand);
}

void tell(const ir::StepGraph& graph, const BadPlace& place, Turn& turn) {
  int64_t bad = 0;
  while (std::isfinite(place.value.at(bad))) ++bad;
  const ir::Node& node = graph[place.node];
  turn.text += fmt::format("step {}, sample {}: {} is {} at element {} of {}\n", place.step, place.sample,
                           node_text(graph, place.node), number_text(place.value.at(bad)), bad,
                           ir::to_string(node.type));
  if (place.source != place.step)
    turn.text += fmt::format("  reads     index {} of the time axis\n", place.source);
  if (node.where.source)
    turn.text += fmt::format("  {}:{}     {}\n", node.where.source->name, node.where.line,
                             node.where.source->line(node.where.line));
  for (size_t i = 0; i < place.operands.size(); ++i)
    turn.text += fmt::format("  operand   {} {}: {}\n", node_text(graph, node.operands[i]),
                             ir::to_string(graph.type(node.operands[i])),
                             operand_text(place.operands[i], place.value, bad));
  if (node.operands.empty()) turn.text += "  it came in so: look at the array that the call was given\n";
}

}  // namespace

void trace_node(Session& session, const std::string& arguments, Turn& turn) {
  int64_t sample = 0;
  // "next h" is two words of one name.
  std::vector<std::string> words = split_words(arguments, turn.diagnostics);
  if (!take_sample(words, sample, turn)) return;
  const std::string name = fmt::format("{}", fmt::join(words, " "));
  const std::optional<cli::Job> job = last_job(session, turn);
  if (!job || !check_sample(sample, *job, turn)) return;
  const std::vector<NamedNode> nodes = named_nodes(job->recurrence.step);
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const NamedNode& node) { return node.name == name; });
  if (found == nodes.end()) {
    std::vector<std::string> names;
    for (const NamedNode& node : nodes) names.push_back(node.name);
    turn.diagnostics.error(
        fmt::format("cell '{}' has no '{}'{}", job->recurrence.step.name, name, text::suggest(name, names)));
    turn.diagnostics.note(fmt::format("it has {}", fmt::join(names, ", ")));
    return;
  }
  const ir::Type& type = job->recurrence.step.type(found->node);
  ir::Dims dims = type.dims;
  dims.insert(dims.begin(), job->extents.steps);
  if (!ir::checked_count(dims) || *ir::checked_count(dims) * ir::size_of(type.dtype) > max_tensor_bytes) {
    turn.diagnostics.error(
        "its values over all steps are too many to be kept; run fewer steps, as in --input-length=100");
    return;
  }
  ir::Tensor trace(type.dtype, dims);
  const cli::Job one = one_sample(*job, sample);
  const auto observe = [&](const ir::ObservedStep& seen) {
    const ir::Tensor value = seen.value(found->node);
    std::copy_n(value.bytes(), value.byte_count(),
                trace.bytes() + static_cast<size_t>(seen.step) * value.byte_count());
    return true;
  };
  if (!ir::interpret(one.recurrence, one.arrays.arguments, turn.diagnostics, observe)) return;
  turn.text += fmt::format("{} of sample {}, step by step, as 'trace': ", name, sample) +
               tensor_text(trace, cli::terminal_columns());
  turn.tensors.emplace("trace", std::move(trace));
}

void step_through(Session& session, const std::string& arguments, Turn& turn) {
  TimeCursor cursor = session.cursor;
  std::vector<std::string> words = split_words(arguments, turn.diagnostics);
  if (!take_sample(words, cursor.sample, turn)) return;
  const std::optional<cli::Job> job = last_job(session, turn);
  if (!job || !check_sample(cursor.sample, *job, turn)) return;
  const std::string word = words.empty() ? "+1" : words[0] == "back" ? "-1" : words[0];
  const std::optional<int64_t> number = whole_number(word);
  if (!number || words.size() > 1) {
    turn.diagnostics.error(fmt::format("expected a step, +N, -N or 'back', found '{}'", arguments));
    return;
  }
  const bool relative = word[0] == '+' || word[0] == '-';
  const int64_t wanted = !relative ? *number : cursor.step ? *cursor.step + *number : *number - 1;
  cursor.step = std::clamp<int64_t>(wanted, 0, std::max<int64_t>(0, job->extents.steps - 1));
  if (wanted != *cursor.step) turn.text += fmt::format("(there are steps 0 to {})\n", job->extents.steps - 1);
  const cli::Job one = one_sample(*job, cursor.sample);
  const std::vector<NamedNode> nodes = named_nodes(one.recurrence.step);
  size_t width = 0, type_width = 0;
  for (const NamedNode& node : nodes) {
    width = std::max(width, node.name.size());
    type_width = std::max(type_width, to_string(one.recurrence.step.type(node.node)).size());
  }
  const auto observe = [&](const ir::ObservedStep& seen) {
    if (seen.step < *cursor.step) return true;
    turn.text += fmt::format("step {} of {}, sample {}", seen.step, one.extents.steps, cursor.sample);
    if (seen.source != seen.step) turn.text += fmt::format(", index {} of the time axis", seen.source);
    turn.text += seen.kept ? "\n" : ", masked: states hold\n";
    for (const NamedNode& node : nodes)
      turn.text += fmt::format("  {:<{}}  {:<{}}  {}\n", node.name, width,
                               to_string(one.recurrence.step.type(node.node)), type_width,
                               values_text(seen.value(node.node)));
    return false;
  };
  if (ir::interpret(one.recurrence, one.arrays.arguments, turn.diagnostics, observe)) turn.cursor = cursor;
}

void find_nan(Session& session, const std::string& arguments, Turn& turn) {
  const std::optional<Call> call = read_call(session, arguments, turn.diagnostics);
  const std::optional<cli::Job> job = call ? make_job(session, *call, turn.diagnostics) : std::nullopt;
  if (!job) return;
  const ir::StepGraph& graph = job->recurrence.step;
  std::optional<BadPlace> first;
  const auto observe = [&](const ir::ObservedStep& seen) {
    if (first && seen.step >= first->step) return false;
    if (auto place = first_bad(graph, seen)) {
      first = std::move(place);
      return false;
    }
    return true;
  };
  if (!ir::interpret(job->recurrence, job->arrays.arguments, turn.diagnostics, observe)) return;
  if (first)
    tell(graph, *first, turn);
  else
    turn.text += fmt::format("no NaN and no infinity (steps: {}, samples: {})\n", job->extents.steps,
                             job->extents.batch);
}

}  // namespace rondo::repl
