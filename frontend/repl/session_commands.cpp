#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "frontend/repl/call.h"
#include "frontend/repl/command_functions.h"
#include "frontend/repl/commands.h"
#include "frontend/repl/sources.h"
#include "frontend/text/functions.h"
#include "frontend/text/suggestion.h"

namespace rondo::repl {

namespace {

std::string settings_text(const Session& session) {
  std::string text;
  for (const auto& [name, value] : session.settings)
    text += fmt::format("  {}{}{}\n", name, value.empty() ? "" : "=", value);
  for (const auto& [name, size] : session.sizes) text += fmt::format("  {}={}\n", name, size);
  return text.empty() ? "nothing is set; as in ':set unroll=4' or ':set units=128'\n" : text;
}

// A slip in an option's name makes a size of it, which no cell may ever ask for.
void tell_unused_size(const Session& session, const std::string& name, Turn& turn) {
  std::vector<std::string> known = call_options();
  for (const DefinedCell& cell : session.cells()) {
    const auto program = session.program(cell.name, turn.diagnostics);
    if (!program) return;
    for (const std::string& size : program->parameters(cell.name)) {
      if (size == name) return;
      known.push_back(size);
    }
  }
  turn.diagnostics.note(fmt::format("no cell has a size '{}' so far{}", name, text::suggest(name, known)));
}

void set_one(Session& session, const std::string& word, Turn& turn) {
  const size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  if (equals != std::string::npos && value.empty()) {
    session.settings.erase(name);
    session.sizes.erase(name);
    return;
  }
  const std::vector<std::string> options = call_options();
  if (std::find(options.begin(), options.end(), name) != options.end() && name != "set") {
    // An option that is on or off is one that stands alone behind 'run'.
    const bool on = value == "true", off = value == "false";
    const bool alone = (on || off) && name != "unroll";
    if (!check_setting(name, alone ? "" : value, turn.diagnostics)) return;
    if (alone && off)
      session.settings.erase(name);
    else
      session.settings[name] = alone ? "" : value;
    return;
  }
  int64_t size = 0;
  const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), size);
  if (problem == std::errc() && end == value.data() + value.size()) {
    session.sizes[name] = size;
    tell_unused_size(session, name, turn);
    return;
  }
  turn.diagnostics.error(
      fmt::format("expected an option of calls, as in unroll=4, or a size of cells, as in "
                  "units=128, found '{}'",
                  word));
}

std::string command_lines() {
  std::string text;
  for (const Command& command : commands())
    text +=
        fmt::format("  {:<26} {}\n", fmt::format(":{} {}", command.name, command.arguments), command.summary);
  return text;
}

constexpr std::string_view beginning =
    R"(Rondo runs recurrences: you say what one time step does, it does the rest. Five lines to begin with:

  cell ema { input x : f32[1]; state m : f32[1]; next m = 0.9 * m + 0.1 * x; output next m }
  x = sin(reshape(linspace(0, 20, 400), [1, 400, 1])) + 0.3 * randn(1, 400, 1)
  run ema x
  :plot x outputs
  :time

Lines are one of
  cell NAME(sizes) { ... }   defines a cell, or puts another in its place (:help cells)
  NAME = expression          binds a tensor (:help expressions)
  expression                 shows one
  run CELL ARRAYS OPTIONS    runs a cell; 'r = run ...' calls the results r.outputs ... (:help run)
  :COMMAND                   one of these; a beginning that is clear will do

)";

constexpr std::string_view on_cells =
    R"(A cell says what one step does, for one sample; batch and time are never written:

  cell ema(features) {
    input  x : f32[features]          what the step reads
    state  m : f32[features]          what is carried to the next one; zeros at first
    weight rate : f32[features]       the same for all samples and steps
    change = x - m                    a name for a value
    next m = m + rate * change        each state has a next value
    output next m                     what comes out
  }

Sizes follow from the arrays of a call. The definition ends where its braces close. Define it again, and the new
one takes its place; one with a mistake changes nothing. docs/language.md has all of the language.
)";

constexpr std::string_view on_run = R"(run CELL ARRAYS OPTIONS

  run ema x                     arrays are the inputs in their order, (batch, time, ...)
  run ema x rate=ones(1)*0.1    others go by name: states, constants, weights; any expression without blanks, or
                                with blanks in brackets
  run ema x --go-backwards --mask=m --unroll=4
  r = run ema x                 r.outputs, r.last_output, r.state.m instead of outputs, last_output, state.m
  run --unroll=2                the last call again, with an option more

What is not named is looked for under its own name; states begin with zeros. '--weights=w' takes w.W, w.U ... as
'w = load("w.npz")' binds them. Options are those of 'rondo run': --go-backwards --time-major --mask --input-length
--zero-output-for-mask --flush-denormals --math --unroll --lanes --disable-pass --cpu --threads --engine --set.
)";

std::string on_expressions() {
  std::string text =
      R"(Expressions are those of cells, over tensors of any shape; reductions go over the last axis, or axis=.

  x = [[1, 2, 3], [4, 5, 6]]            y = x[0, ::-1] @ W + 2 ** 0.5
  a, b = split(x, 3)[0:2]               m = mean(x, axis=[0, 1])

Functions that make tensors:
)";
  for (const text::Function& function : source_functions())
    text += fmt::format("  {:<36} {}\n", text::signature(function), function.doc);
  text += "\nFunctions of the language:\n ";
  size_t width = 1;
  for (const text::Function& function : text::functions()) {
    if (width + function.name.size() + 1 > 96) {
      text += "\n ";
      width = 1;
    }
    text += " " + std::string(function.name);
    width += function.name.size() + 1;
  }
  return text + "\n':help NAME' says what one of them does.\n";
}

}  // namespace

void set_options(Session& session, const std::string& arguments, Turn& turn) {
  const std::vector<std::string> words = split_words(arguments, turn.diagnostics);
  for (const std::string& word : words) set_one(session, word, turn);
  if (words.empty()) turn.text = settings_text(session);
}

void forget_names(Session& session, const std::string& arguments, Turn& turn) {
  for (const std::string& name : split_words(arguments, turn.diagnostics)) {
    const size_t before = session.tensors.size();
    std::erase_if(session.tensors, [&](const auto& tensor) {
      return tensor.first == name || tensor.first.starts_with(name + ".");
    });
    if (session.tensors.size() == before) turn.diagnostics.error(fmt::format("there is no '{}'", name));
  }
}

void help(Session&, const std::string& arguments, Turn& turn) {
  const std::string topic = arguments.starts_with(':') ? arguments.substr(1) : arguments;
  if (topic.empty()) {
    turn.text = std::string(beginning) + command_lines();
  } else if (topic == "cells" || topic == "cell") {
    turn.text = on_cells;
  } else if (topic == "run") {
    turn.text = on_run;
  } else if (topic == "expressions") {
    turn.text = on_expressions();
  } else if (const text::Function* function = text::find_function(topic)) {
    turn.text = fmt::format("{}  {}\n", text::signature(*function), function->doc);
  } else if (const Command* command = find_command(topic, turn.diagnostics)) {
    turn.text = fmt::format(":{} {}\n{}\n", command->name, command->arguments, command->summary);
    if (!command->details.empty()) turn.text += fmt::format("\n{}\n", command->details);
  } else {
    turn.diagnostics.note(
        "there is also :help cells, :help run, :help expressions, and :help with a function");
  }
}

}  // namespace rondo::repl
