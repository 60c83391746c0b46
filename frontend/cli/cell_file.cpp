#include "frontend/cli/cell_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace rondo::cli {

namespace {

// Far beyond what a person writes, far below what memory holds.
constexpr size_t largest_file = size_t{16} << 20;

using Settings = std::map<std::string, int64_t>;

struct Close {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

}  // namespace

std::shared_ptr<const ir::SourceText> read_source(const std::string& path, ir::Diagnostics& diagnostics) {
  const bool standard_input = path == "-";
  const std::unique_ptr<std::FILE, Close> file(standard_input ? stdin : std::fopen(path.c_str(), "rb"));
  const auto fail = [&](const char* why) {
    diagnostics.error(fmt::format("cannot read '{}': {}", path, why));
    return nullptr;
  };
  if (!file) return fail(std::strerror(errno));
  std::string text;
  char piece[1 << 16];
  errno = 0;
  size_t count = sizeof piece;
  while (count == sizeof piece) {
    count = std::fread(piece, 1, sizeof piece, file.get());
    text.append(piece, count);
    if (text.size() > largest_file) return fail("it is larger than 16 MB, which no file of cells is");
  }
  if (std::ferror(file.get())) return fail(std::strerror(errno));
  return std::make_shared<const ir::SourceText>(
      ir::SourceText{standard_input ? "<stdin>" : path, std::move(text)});
}

std::optional<text::Program> read_program(const std::string& path, ir::Diagnostics& diagnostics) {
  const std::shared_ptr<const ir::SourceText> source = read_source(path, diagnostics);
  if (!source) return std::nullopt;
  return text::Program::parse(source, diagnostics);
}

std::string chosen_cell(const text::Program& program, const std::string& cell) {
  return cell.empty() ? program.cells().back() : cell;
}

std::optional<Trial> try_cell(const text::Program& program, const std::string& wanted,
                              const Settings& settings, ir::Diagnostics& diagnostics) {
  const std::string cell = chosen_cell(program, wanted);
  std::vector<std::string> open = program.open_parameters(cell);
  std::erase_if(open, [&](const std::string& name) { return settings.contains(name); });
  // Different sizes first: a mistake in the shapes hides where all are equal.
  constexpr int64_t sizes[][4] = {{3, 5, 7, 11}, {4, 8, 16, 32}, {4, 4, 4, 4},
                                  {8, 4, 2, 1},  {2, 4, 8, 16},  {1, 1, 1, 1}};
  ir::Diagnostics first;
  for (const auto& choice : sizes) {
    Trial trial;
    for (size_t i = 0; i < open.size(); ++i) trial.made_up.emplace(open[i], choice[i % 4]);
    Settings all = settings;
    all.insert(trial.made_up.begin(), trial.made_up.end());
    ir::Diagnostics found;
    if (std::optional<ir::Recurrence> recurrence = program.instantiate(cell, all, {}, found)) {
      trial.recurrence = std::move(*recurrence);
      return trial;
    }
    if (&choice == &sizes[0]) first = std::move(found);
    if (open.empty()) break;
  }
  diagnostics = std::move(first);
  if (!open.empty()) {
    std::string chosen;
    for (size_t i = 0; i < open.size(); ++i)
      chosen += fmt::format("{}{}={}", i == 0 ? "" : ", ", open[i], sizes[0][i % 4]);
    diagnostics.note(fmt::format("tried with {}; give other sizes with --set", chosen));
  }
  return std::nullopt;
}

std::optional<ir::StepGraph> step_of_some_size(const text::Program& program, const std::string& cell,
                                               const Settings& settings) {
  ir::Diagnostics quiet;
  std::optional<Trial> trial = try_cell(program, cell, settings, quiet);
  if (!trial) return std::nullopt;
  return std::move(trial->recurrence.step);
}

}  // namespace rondo::cli
