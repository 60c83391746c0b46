#include "frontend/cli/check_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "frontend/cli/cell_file.h"
#include "frontend/cli/options.h"
#include "frontend/cli/terminal.h"
#include "ir/graph_verifier.h"

namespace rondo::cli {

namespace {

struct CheckOptions {
  std::vector<std::string> files;
  CellOptions cell;
};

std::string sizes_text(const std::map<std::string, int64_t>& sizes) {
  std::string out;
  for (const auto& [name, value] : sizes) out += fmt::format("{}{}={}", out.empty() ? "" : ", ", name, value);
  return out;
}

// Settings that the cell has a parameter for: with several cells, not each has all of them.
std::map<std::string, int64_t> settings_for(const text::Program& program, const std::string& cell,
                                            const std::map<std::string, int64_t>& settings) {
  const std::vector<std::string> parameters = program.parameters(cell);
  std::map<std::string, int64_t> fitting;
  for (const auto& [name, value] : settings)
    if (std::find(parameters.begin(), parameters.end(), name) != parameters.end())
      fitting.emplace(name, value);
  return fitting;
}

bool check_cell(const text::Program& program, const std::string& file, const std::string& cell,
                const std::map<std::string, int64_t>& settings) {
  ir::Diagnostics diagnostics;
  std::optional<Trial> trial = try_cell(program, cell, settings_for(program, cell, settings), diagnostics);
  bool good = trial.has_value();
  if (trial) {
    // That `unroll=true` lacks a number of steps is no mistake of a cell: arrays bring it.
    if (!trial->recurrence.time) trial->recurrence.unroll = ir::Unroll::Auto;
    good = ir::validate(trial->recurrence, diagnostics);
    if (const std::string problem = ir::verify(trial->recurrence.step); !problem.empty()) {
      diagnostics.error(trial->recurrence.step.where,
                        "the graph is broken, which is a bug of Rondo: " + problem);
      good = false;
    }
  }
  report(diagnostics);
  if (!good) {
    fmt::print("{}: {}: wrong\n", file, cell);
    return false;
  }
  fmt::print("{}: {}: OK{}\n", file, cell,
             trial->made_up.empty() ? "" : fmt::format(" (tried with {})", sizes_text(trial->made_up)));
  return true;
}

bool check_file(const std::string& path, const CheckOptions& options) {
  ir::Diagnostics diagnostics;
  const std::optional<text::Program> program = read_program(path, diagnostics);
  report(diagnostics);
  const std::string file = path == "-" ? "<stdin>" : path;
  if (!program) {
    fmt::print("{}: wrong\n", file);
    return false;
  }
  if (!options.cell.cell.empty()) return check_cell(*program, file, options.cell.cell, options.cell.settings);
  bool good = true;
  for (const std::string& cell : program->cells())
    good = check_cell(*program, file, cell, options.cell.settings) && good;
  return good;
}

}  // namespace

Command add_check_command(CLI::App& program) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App* app = program.add_subcommand("check", "Find mistakes in files of cells");
  app->add_option("FILE", options->files, "files to check; - is standard input")->required()->type_name("");
  add_choice_options(*app, options->cell);
  app->footer(
      "Prints a line for each cell, and what is wrong on standard error; exit status 1 where anything\n"
      "is. Parameters without a value are tried with small sizes.\n\n"
      "Examples:\n"
      "  rondo check cells/*.rondo\n"
      "  rondo check attention.rondo --set heads=4 --set width=64");
  return {app, [options] {
            bool good = true;
            for (const std::string& file : options->files) good = check_file(file, *options) && good;
            return good ? 0 : 1;
          }};
}

}  // namespace rondo::cli
