#include "frontend/repl/commands.h"

#include <fmt/format.h>

#include <vector>

#include "frontend/repl/command_functions.h"
#include "frontend/text/suggestion.h"

namespace rondo::repl {

namespace {

constexpr Command table[] = {
    {"help", "[TOPIC]", "how to begin; all about a command, a function, cells, run, expressions", "",
     Completes::Commands, false, help},
    {"names", "", "what is defined: cells, and tensors with their shapes", "", Completes::Nothing, false,
     show_names},
    {"cell", "[CELL]", "a cell as it was written; without a name all of them",
     "What it prints can be changed and entered again: the new cell takes the place of the old.",
     Completes::Cells, false, show_cell},
    {"graph", "[CALL]", "the step as a graph, all sizes filled in and functions spelt out",
     "A CALL is a cell, arrays and options, as behind 'run'; without one it is the last call. Options alone "
     "go on\n"
     "from it: ':loops --unroll=4'. Where arrays are missing, sizes are made up: ':graph gru --set units=8'.",
     Completes::Calls, false, show_graph},
    {"plan", "[CALL]", "what each pass decided and why; when in time each value is computed", "",
     Completes::Calls, false, show_plan},
    {"loops", "[CALL]", "the loop program: buffers, phases, nests", "", Completes::Calls, false, show_loops},
    {"llvm", "[CALL]", "LLVM IR", "", Completes::Calls, false, show_llvm},
    {"asm", "[CALL]", "assembly", "", Completes::Calls, false, show_assembly},
    {"passes", "[PASS [CALL]]", "the list of passes; the difference that one of them made",
     "':passes hoist' prints what stood before the pass and not after it (-), and the other way round (+).",
     Completes::Passes, false, show_passes},
    {"time", "[CALL]", "time of a step and of a call, arithmetic, share of what the machine can do",
     "The median of a quarter of a second of calls. The limit is measured at the same time: multiply-adds "
     "over\n"
     "registers alone, in one thread.",
     Completes::Calls, false, time_call},
    {"check", "[CALL]", "runs the interpreter beside: the largest difference, and whether all bits agree", "",
     Completes::Calls, false, check_call},
    {"compare", "A B | CALL | CALL", "two cells or two settings side by side: values and time",
     "':compare gru gru2' runs both cells over the arrays of the last call; ':compare --unroll=1 | "
     "--unroll=4' the\n"
     "last call twice; ':compare gru x | gru y --go-backwards' any two calls.",
     Completes::Calls, false, compare_calls},
    {"trace", "NODE [sample=N]", "the values of a node over time, also bound to 'trace'",
     "A node is a name of the cell: an input, a state (before the step), 'next h', a name left of '='.\n"
     "':plot trace' draws it.",
     Completes::Expressions, false, trace_node},
    {"step", "[N|+N|-N|back]", "all values of one step; alone it goes one step on",
     "':step 17' goes to step 17, ':step back' one back, ':step -10' ten; ':step sample=2' to another "
     "sample.",
     Completes::Nothing, false, step_through},
    {"nan", "[CALL]", "the first NaN or infinity: step, sample, node, line of source, operands", "",
     Completes::Calls, false, find_nan},
    {"plot", "[VALUE...] [FILE]",
     "draws tensors over time, here or to a .png or .svg file; 'outputs' without any",
     "':plot x outputs', ':plot outputs[0] y.png'. Time is the last axis but one, as in outputs.",
     Completes::Expressions, false, plot},
    {"emit", "PATH [CALL]", "PATH.o and PATH.h: the call's cell, with its weights, for a program in C",
     "As 'rondo compile' does; docs/ahead-of-time.md has more.", Completes::Files, false, emit},
    {"save", "FILE", "cells, tensors and settings: a script, and the arrays beside it as FILE.npz", "",
     Completes::Files, false, save_session},
    {"load", "FILE", "a saved session, a .rondo file of cells, or the arrays of .npz, .npy, .safetensors", "",
     Completes::Files, true, load_file},
    {"set", "[NAME=VALUE...]", "options for all calls to come, and sizes: ':set unroll=4 units=128'",
     "':set' alone shows them, ':set unroll=' takes one back.", Completes::Settings, true, set_options},
    {"forget", "NAME...", "frees tensors, a whole group by its name", "", Completes::Expressions, true,
     forget_names},
    {"quit", "", "ends the session, as Ctrl-D does", "", Completes::Nothing, true, nullptr},
};

}  // namespace

std::span<const Command> commands() {
  return table;
}

const Command* find_command(const std::string& name, ir::Diagnostics& diagnostics) {
  std::vector<const Command*> beginning;
  std::vector<std::string> names;
  for (const Command& command : table) {
    if (command.name == name) return &command;
    if (!name.empty() && command.name.starts_with(name)) beginning.push_back(&command);
    names.emplace_back(command.name);
  }
  if (beginning.size() == 1) return beginning[0];
  std::string several;
  for (const Command* command : beginning)
    several += fmt::format("{}:{}", several.empty() ? "" : ", ", command->name);
  if (beginning.empty())
    diagnostics.error(
        fmt::format("there is no command ':{}'{}", name.substr(0, 40), text::suggest(name, names)));
  else
    diagnostics.error(fmt::format("':{}' may be {}", name, several));
  diagnostics.note("':help' lists them all");
  return nullptr;
}

}  // namespace rondo::repl
