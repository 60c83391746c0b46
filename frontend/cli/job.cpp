#include "frontend/cli/job.h"

#include <fmt/format.h>

#include "frontend/cli/array_axes.h"
#include "frontend/cli/cell_file.h"

namespace rondo::cli {

namespace {

// Where sizes are not known although arrays are there, their shapes say why.
void tell_shapes(const LoadedArrays& arrays, ir::Diagnostics& diagnostics) {
  std::string shapes;
  const auto add = [&shapes](const std::map<std::string, ir::Tensor>& tensors) {
    for (const auto& [name, tensor] : tensors)
      shapes += fmt::format("{}{} {}{}", shapes.empty() ? "" : ", ", name, name_of(tensor.dtype()),
                            ir::to_string(tensor.dims()));
  };
  add(arrays.arguments.inputs);
  add(arrays.arguments.states);
  add(arrays.arguments.constants);
  add(arrays.arguments.weights);
  if (!shapes.empty()) diagnostics.note("the arrays given are " + shapes);
}

void set_masking(ir::Recurrence& recurrence, const LoadedArrays& arrays) {
  // A mask wins over lengths, as in the reference.
  if (arrays.arguments.mask)
    recurrence.masking = ir::Masking::Mask;
  else if (arrays.arguments.lengths)
    recurrence.masking = ir::Masking::Lengths;
}

}  // namespace

std::optional<Job> make_job(ir::Recurrence recurrence, LoadedArrays arrays, const RecurrenceOptions& options,
                            ir::Diagnostics& diagnostics) {
  options.apply_to(recurrence);
  set_masking(recurrence, arrays);
  if (!convert_arrays(recurrence.step, arrays, diagnostics)) return std::nullopt;
  const std::optional<ir::Extents> extents = ir::check_arguments(recurrence, arrays.arguments, diagnostics);
  if (!extents) return std::nullopt;
  // No steps at all are fine when running, but not where they are known when compiling.
  if (extents->time > 0) recurrence.time = extents->time;
  if (!ir::validate(recurrence, diagnostics)) return std::nullopt;
  return Job{std::move(recurrence), std::move(arrays), *extents};
}

std::optional<Job> load_job(const CellOptions& cell, const RecurrenceOptions& options,
                            const ArrayFiles& files, ir::Diagnostics& diagnostics) {
  const std::optional<text::Program> program = read_program(cell.file, diagnostics);
  if (!program) return std::nullopt;
  const std::string name = chosen_cell(*program, cell.cell);
  const std::optional<ir::StepGraph> step = step_of_some_size(*program, cell.cell, cell.settings);
  std::optional<LoadedArrays> arrays;
  if (step) {
    arrays = read_array_files(files, LeafNames::of(*step), name, diagnostics);
    if (!arrays || !check_axes(*step, arrays->arguments, diagnostics)) return std::nullopt;
  } else {
    // The cell is wrong, or wants sizes that only the arrays tell. Then its own errors matter, not those of
    // files.
    ir::Diagnostics quiet;
    arrays = read_array_files(files, std::nullopt, name, quiet);
    if (!arrays) arrays.emplace();
  }
  std::optional<ir::Recurrence> recurrence =
      program->instantiate(cell.cell, cell.settings, arrays->per_sample_shapes(), diagnostics);
  if (!recurrence) {
    if (step) tell_shapes(*arrays, diagnostics);
    return std::nullopt;
  }
  if (!step) {
    arrays = read_array_files(files, LeafNames::of(recurrence->step), name, diagnostics);
    if (!arrays) return std::nullopt;
  }
  return make_job(std::move(*recurrence), std::move(*arrays), options, diagnostics);
}

}  // namespace rondo::cli
