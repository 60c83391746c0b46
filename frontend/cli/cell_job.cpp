#include "frontend/cli/cell_job.h"

#include <CLI/CLI.hpp>

#include "frontend/cli/array_files.h"
#include "frontend/cli/cell_file.h"

namespace rondo::cli {

namespace {

LeafNames weight_names(const ir::StepGraph& step) {
  LeafNames names;
  names.weights = LeafNames::of(step).weights;
  return names;
}

// Of the cell with made-up sizes; nothing where it wants sizes that only the weights tell.
std::optional<LeafNames> expected_names(const text::Program& program, const CellOptions& cell) {
  ir::Diagnostics quiet;
  const std::optional<Trial> trial = try_cell(program, cell.cell, cell.settings, quiet);
  if (!trial) return std::nullopt;
  return weight_names(trial->recurrence.step);
}

void apply(const KnownOptions& known, ir::Recurrence& recurrence) {
  if (known.time) recurrence.time = known.time;
  if (known.masking == "none") recurrence.masking = ir::Masking::None;
  if (known.masking == "mask") recurrence.masking = ir::Masking::Mask;
  if (known.masking == "lengths") recurrence.masking = ir::Masking::Lengths;
}

}  // namespace

void add_known_options(CLI::App& app, KnownOptions& options) {
  add_weights_option(app, options.weights);
  app.add_option("--time", options.time, "number of time steps, where it is known")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber.description(""));
  app.add_option("--masking", options.masking, "what will mask steps when it runs")
      ->check(CLI::IsMember({"none", "mask", "lengths"}).description(""))
      ->type_name("none|mask|lengths");
}

std::optional<CellJob> load_cell_job(const CellOptions& cell, const RecurrenceOptions& recurrence,
                                     const KnownOptions& known, ir::Diagnostics& diagnostics) {
  const std::optional<text::Program> program = read_program(cell.file, diagnostics);
  if (!program) return std::nullopt;
  const std::string name = chosen_cell(*program, cell.cell);
  ArrayFiles files;
  files.weights = known.weights;
  std::optional<LoadedArrays> arrays = LoadedArrays();
  std::optional<LeafNames> names;
  if (known.weights) {
    names = expected_names(*program, cell);
    arrays = read_array_files(files, names, name, diagnostics);
    if (!arrays) return std::nullopt;
  }
  auto built = program->instantiate(cell.cell, cell.settings, arrays->per_sample_shapes(), diagnostics);
  if (!built) return std::nullopt;
  if (known.weights && !names) arrays = read_array_files(files, weight_names(built->step), name, diagnostics);
  if (!arrays || !convert_arrays(built->step, *arrays, diagnostics)) return std::nullopt;
  recurrence.apply_to(*built);
  apply(known, *built);
  if (!ir::validate(*built, diagnostics)) return std::nullopt;
  return CellJob{std::move(*built), std::move(arrays->arguments.weights)};
}

}  // namespace rondo::cli
