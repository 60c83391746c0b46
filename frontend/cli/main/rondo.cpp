// The `rondo` program. Exit status: 0 done; 1 the user's input is wrong, with diagnostics on standard error;
// 2 the command line is wrong.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

#include "frontend/cli/check_command.h"
#include "frontend/cli/compile_command.h"
#include "frontend/cli/explain_command.h"
#include "frontend/cli/run_command.h"
#include "frontend/cli/terminal.h"
#include "frontend/repl/repl.h"
#include "frontend/text/suggestion.h"

namespace {

using namespace rondo;

constexpr int bad_input = 1, bad_command_line = 2;

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back(name);
  return names;
}

std::string without_dashes(const std::string& word) {
  return word.substr(std::min(word.find_first_not_of('-'), word.size()));
}

// What is wrong with a command line that has words too many: the first of them, and what may have been meant.
std::string about_unexpected(const CLI::App& program, const std::vector<std::string>& words) {
  const std::vector<CLI::App*> chosen = program.get_subcommands();
  const std::vector<std::string> unexpected = program.remaining(true);
  const auto first = std::find_if(words.begin(), words.end(), [&](const std::string& word) {
    return std::find(unexpected.begin(), unexpected.end(), word) != unexpected.end();
  });
  if (first == words.end()) return fmt::format("'{}' is more than there is to say", unexpected.front());
  if (first->starts_with("-"))
    return fmt::format(
        "there is no option '{}'{}", *first,
        text::suggest(without_dashes(*first), option_names(chosen.empty() ? program : *chosen.front())));
  if (!chosen.empty())
    return fmt::format(
        "'{}' is one word too many; what is not the FILE belongs to an option, as in --input {}", *first,
        *first);
  std::vector<std::string> commands;
  for (const CLI::App* command : program.get_subcommands(nullptr)) commands.push_back(command->get_name());
  return fmt::format("there is no command '{}'{}", *first, text::suggest_or_list(*first, commands));
}

int parse_and_work(int argc, char** argv) {
  CLI::App program("Rondo compiles recurrences: cells of one time step, run over (batch, time, ...) arrays.",
                   "rondo");
  program.set_version_flag("--version", "rondo " RONDO_VERSION);
  program.require_subcommand(0, 1);
  program.failure_message([](const CLI::App*, const CLI::Error& error) {
    return fmt::format("rondo: error: {}\nRun with --help for more information.\n", error.what());
  });
  program.footer(
      "Examples:\n"
      "  rondo check cells/*.rondo\n"
      "  rondo explain cells/lstm.rondo --set features=64 --set units=128\n"
      "  rondo run cells/lstm.rondo --weights lstm.npz --input x=x.npy --out out.npz\n"
      "  rondo compile cells/lstm.rondo --weights lstm.npz -o lstm\n"
      "  rondo repl\n\n"
      "'rondo COMMAND --help' says more. Exit status: 0 done; 1 the input is wrong, with the\n"
      "reasons on standard error; 2 the command line is wrong.");
  std::vector<std::string> lines;
  program.add_option("-e", lines, "work on lines as 'rondo repl' does, then end")
      ->type_name("LINES")
      ->allow_extra_args(false);
  const std::array commands = {cli::add_run_command(program), cli::add_compile_command(program),
                               cli::add_explain_command(program), cli::add_check_command(program),
                               repl::add_repl_command(program)};
  try {
    program.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    cli::tell(fmt::format("rondo: error: {}\nRun with --help for more information.\n",
                          about_unexpected(program, {argv + 1, argv + argc})));
    return bad_command_line;
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : bad_command_line;
  }
  for (const cli::Command& command : commands)
    if (command.app->parsed()) return command.work();
  if (!lines.empty()) return repl::run_text(fmt::format("{}", fmt::join(lines, "\n")));
  cli::tell(fmt::format("rondo: error: say what to do\n{}", program.help()));
  return bad_command_line;
}

// Whether all that was printed has arrived. An error that came up while printing stays on the stream, though
// its last flush may have nothing left to do.
bool output_is_whole() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  cli::tell("rondo: error: standard output could not be written in full; is it closed, or the disk full?\n");
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that has seen enough (`rondo explain ... | head`) is no crash.
  std::signal(SIGPIPE, SIG_DFL);
  // A file that may not grow (`ulimit -f`) is an error, as a full disk is.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const int status = parse_and_work(argc, argv);
    return output_is_whole() ? status : bad_input;
  } catch (const std::bad_alloc&) {
    cli::tell("rondo: error: there is not enough memory for this\n");
  } catch (const std::exception& error) {
    // What fmt throws where standard output takes no more is told already.
    if (output_is_whole()) cli::tell(fmt::format("rondo: error: {}\n", error.what()));
  }
  return bad_input;
}
