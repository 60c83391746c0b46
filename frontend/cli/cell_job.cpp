#include "frontend/cli/cell_job.h"

#include <CLI/CLI.hpp>

#include "frontend/cli/array_axes.h"
#include "frontend/cli/array_files.h"
#include "frontend/cli/cell_file.h"
#include "frontend/cli/checks.h"

namespace rondo::cli {

namespace {

LeafNames weight_names(const ir::StepGraph& step) {
  LeafNames names;
  names.weights = LeafNames::of(step).weights;
  return names;
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
      ->check(whole_number_from(0));
  app.add_option("--masking", options.masking, "what will mask steps when it runs")
      ->check(one_of({"none", "mask", "lengths"}))
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
  std::optional<ir::StepGraph> step;
  if (known.weights) {
    step = step_of_some_size(*program, cell.cell, cell.settings);
    arrays =
        read_array_files(files, step ? std::optional(weight_names(*step)) : std::nullopt, name, diagnostics);
    if (!arrays || (step && !check_axes(*step, arrays->arguments, diagnostics))) return std::nullopt;
  }
  auto built = program->instantiate(cell.cell, cell.settings, arrays->per_sample_shapes(), diagnostics);
  if (!built) return std::nullopt;
  if (known.weights && !step) arrays = read_array_files(files, weight_names(built->step), name, diagnostics);
  if (!arrays || !convert_arrays(built->step, *arrays, diagnostics)) return std::nullopt;
  recurrence.apply_to(*built);
  apply(known, *built);
  if (!ir::validate(*built, diagnostics)) return std::nullopt;
  return CellJob{std::move(*built), std::move(arrays->arguments.weights)};
}

}  // namespace rondo::cli
