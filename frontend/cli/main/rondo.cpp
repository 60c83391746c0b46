// The `rondo` program. Exit status: 0 done; 1 the user's input is wrong, with diagnostics on standard error;
// 2 the command line is wrong.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

#include "frontend/cli/check_command.h"
#include "frontend/cli/compile_command.h"
#include "frontend/cli/explain_command.h"
#include "frontend/cli/run_command.h"
#include "frontend/repl/repl.h"

namespace {

using namespace rondo;

constexpr int bad_input = 1, bad_command_line = 2;

int parse_and_work(int argc, char** argv) {
  CLI::App program("Rondo compiles recurrences: cells of one time step, run over (batch, time, ...) arrays.",
                   "rondo");
  program.set_version_flag("--version", "rondo " RONDO_VERSION);
  program.require_subcommand(0, 1);
  program.failure_message([](const CLI::App*, const CLI::Error& error) {
    return fmt::format("rondo: {}\nRun with --help for more information.\n", error.what());
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
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : bad_command_line;
  }
  for (const cli::Command& command : commands)
    if (command.app->parsed()) return command.work();
  if (!lines.empty()) return repl::run_text(fmt::format("{}", fmt::join(lines, "\n")));
  fmt::print(stderr, "rondo: say what to do\n{}", program.help());
  return bad_command_line;
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that has seen enough (`rondo explain ... | head`) is no crash.
  std::signal(SIGPIPE, SIG_DFL);
  try {
    const int status = parse_and_work(argc, argv);
    // An error that came up while writing stays on the stream, though its last flush had nothing left to do.
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    fmt::print(stderr, "rondo: error: standard output could not be written in full\n");
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "rondo: error: there is not enough memory for this\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "rondo: error: {}\n", error.what());
  }
  return bad_input;
}
