#include "frontend/cli/explain_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "codegen/compiler.h"
#include "frontend/cli/cell_job.h"
#include "frontend/cli/checks.h"
#include "frontend/cli/pass_output.h"
#include "frontend/cli/progress.h"
#include "frontend/cli/run_report.h"
#include "frontend/cli/terminal.h"
#include "frontend/data/pending_file.h"
#include "frontend/engine/explanation.h"
#include "frontend/engine/linked_code.h"
#include "frontend/engine/measurement.h"
#include "frontend/engine/peak.h"
#include "frontend/engine/plan_file.h"
#include "frontend/page/explanation_page.h"

namespace rondo::cli {

namespace {

struct ExplainOptions {
  CellOptions cell;
  RecurrenceOptions recurrence;
  CompileOptions compile;
  KnownOptions known;
  bool passes = false, remarks = false, classes = false, graph = false, loops = false, llvm = false,
       assembly = false;
  bool json = false, time_passes = false;

  std::optional<std::string> plan, page;  // files to write
  std::optional<int64_t> batch;

  bool names_no_part() const { return !plan && !page && !passes && needs_no_cell(); }
  bool needs_no_cell() const { return !(remarks || classes || graph || loops || llvm || assembly); }
};

bool has_program(const passes::Pipeline& pipeline, ir::Diagnostics& diagnostics) {
  if (!pipeline.program)
    diagnostics.error("there is no code: --stop-after ended before the loop program was made");
  return pipeline.program.has_value();
}

// LLVM IR and assembly, where they are asked for.
bool emit(const ExplainOptions& options, const ir::Target& target, const passes::Pipeline& pipeline,
          engine::Explanation& explanation, ir::Diagnostics& diagnostics) {
  if (!options.llvm && !options.assembly) return true;
  if (!has_program(pipeline, diagnostics)) return false;
  const Progress progress("compiling");
  // Programs that read JSON want the code alone.
  if (options.llvm)
    explanation.llvm = options.json ? codegen::llvm_text(*pipeline.program, target)
                                    : engine::llvm_with_source(pipeline, target);
  if (options.assembly)
    explanation.assembly = options.json ? codegen::assembly_text(*pipeline.program, target)
                                        : engine::assembly_with_source(pipeline, target);
  return true;
}

bool write_text(const std::string& path, const std::string& text, ir::Diagnostics& diagnostics) {
  const bool standard_output = path == "-" || path == "/dev/stdout";
  if (!standard_output) return data::write_file(path, {std::as_bytes(std::span(text))}, diagnostics);
  fmt::print("{}", text);
  return true;
}

bool write_plan(const passes::Pipeline& pipeline, const passes::Options& options, const std::string& path,
                ir::Diagnostics& diagnostics) {
  if (!has_program(pipeline, diagnostics)) return false;
  return write_text(path, engine::plan_text(pipeline, options), diagnostics);
}

// On this machine alone can code be run.
page::StepTime time_of_step(const ExplainOptions& options, const CellJob& job, const ir::Target& target,
                            const passes::Options& pinned, const passes::StepEstimate& estimate) {
  constexpr int64_t usual_time = 256;
  page::StepTime time;
  time.predicted_cycles = estimate.cycles();
  time.batch = options.batch.value_or(1);
  time.time = job.recurrence.time.value_or(usual_time);
  if (options.compile.cpu) {
    time.unmeasured = "the code is for another processor";
    return time;
  }
  // Peak speed is two vectors of multiply-adds a cycle; of cycles themselves, no clock tells.
  if (const std::optional<double> peak = engine::measured_peak_flops())
    time.predicted_seconds = time.predicted_cycles * 4 * (target.vector_bits / 32.0) / *peak;
  ir::Diagnostics diagnostics;
  const auto compiled = engine::Engine().compile(job.recurrence, pinned, diagnostics);
  std::optional<ir::Arguments> arguments;
  if (compiled)
    arguments = engine::made_up_arguments(job.recurrence, time.batch, time.time, job.weights, diagnostics);
  std::optional<engine::Measurement> measured;
  if (arguments) measured = engine::measure(compiled->kernel, *arguments, diagnostics);
  if (measured)
    time.measured_seconds = measured->seconds_a_step();
  else
    time.unmeasured = diagnostics.all().front().message;
  return time;
}

bool write_page(const ExplainOptions& options, const CellJob& job, const ir::Target& target,
                const passes::Options& pinned, const passes::Pipeline& pipeline,
                ir::Diagnostics& diagnostics) {
  if (!has_program(pipeline, diagnostics)) return false;
  const Progress progress("compiling and measuring");
  page::PageContents contents;
  contents.file = options.cell.file == "-" ? "<stdin>" : options.cell.file;
  contents.target = target.describe();
  contents.pipeline = &pipeline;
  contents.loops = engine::linked_loops(pipeline);
  contents.llvm = engine::linked_llvm(pipeline, target);
  contents.assembly = engine::linked_assembly(pipeline, target);
  contents.estimate = passes::estimate_step(*pipeline.program, target);
  contents.time = time_of_step(options, job, target, pinned, contents.estimate);
  contents.plan = engine::plan_text(pipeline, pinned);
  return write_text(*options.page, page::explanation_page(contents), diagnostics);
}

bool explain(const ExplainOptions& options, ir::Diagnostics& diagnostics) {
  engine::Explanation explanation;
  explanation.passes = options.passes;
  std::optional<passes::Pipeline> pipeline;
  if (!options.cell.file.empty()) {
    const std::optional<CellJob> job =
        load_cell_job(options.cell, options.recurrence, options.known, diagnostics);
    if (!job) return false;
    const std::optional<ir::Target> target = chosen_target(options.compile, diagnostics);
    std::optional<passes::Options> pinned = chosen_options(options.compile, diagnostics);
    if (!target || !pinned) return false;
    pinned->expected_batch = options.batch;
    pipeline = passes::run_passes(job->recurrence, *target, *pinned, diagnostics);
    if (!pipeline) return false;
    if (options.page && !write_page(options, *job, *target, *pinned, *pipeline, diagnostics)) return false;
    if (options.plan && !write_plan(*pipeline, *pinned, *options.plan, diagnostics)) return false;
    const bool usual =
        options.names_no_part() && !options.compile.passes.dump_after && !options.compile.passes.stop_after;
    explanation.file = options.cell.file == "-" ? "<stdin>" : options.cell.file;
    explanation.target = target->describe();
    explanation.pipeline = &*pipeline;
    explanation.remarks = options.remarks || usual;
    explanation.time_classes = options.classes || usual;
    explanation.loops = options.loops || usual;
    explanation.graph = options.graph;
    if (!emit(options, *target, *pipeline, explanation, diagnostics)) return false;
  }
  if (options.json) {
    fmt::print("{}", engine::as_json(explanation));
    return true;
  }
  if (pipeline && (options.compile.passes.dump_after || options.compile.passes.stop_after))
    fmt::print("{}", what_passes_left(*pipeline, options.compile.passes));
  fmt::print("{}", engine::as_text(explanation));
  if (pipeline && options.time_passes) fmt::print("\nTime of the passes\n{}", pass_times(pipeline->times));
  return true;
}

int work(const ExplainOptions& options) {
  if (options.cell.file.empty() && !(options.passes && options.needs_no_cell())) {
    tell("rondo: error: FILE is required\nRun with --help for more information.\n");
    return 2;
  }
  ir::Diagnostics diagnostics;
  const bool done = explain(options, diagnostics);
  const int status = report(diagnostics);
  return done ? status : 1;
}

void add_part_options(CLI::App& app, ExplainOptions& options) {
  const char* group = "Parts (without any: remarks, classes, loops)";
  app.add_flag("--remarks", options.remarks, "what each pass decided, on what figures")->group(group);
  app.add_flag("--classes", options.classes, "when in time each operation can run, and where it does")
      ->group(group);
  app.add_flag("--graph", options.graph, "the step as the passes left it")->group(group);
  app.add_flag("--loops", options.loops, "the loop program")->group(group);
  app.add_flag("--llvm", options.llvm, "LLVM IR, with the lines of source")->group(group);
  app.add_flag("--asm", options.assembly, "assembly, with the lines of source")->group(group);
  app.add_flag("--passes", options.passes, "the list of the passes; needs no FILE")->group(group);
  app.add_flag("--time-passes", options.time_passes, "how long each pass took")->group(group);
  app.add_option("--html", options.page,
                 "write a page that shows all of it, linked line by line, with the time of a\nstep; - for "
                 "standard output")
      ->type_name("FILE.html")
      ->group(group);
  app.add_option("--batch", options.batch,
                 "samples of the calls that the page measures, and that passes expect")
      ->type_name("N")
      ->check(whole_number_between(1, int64_t{1} << 20))
      ->group(group);
  app.add_option("--write-plan", options.plan,
                 "write what was decided to a file, to be edited and given to --plan; - for\nstandard output")
      ->type_name("FILE.json")
      ->group(group);
  app.add_flag("--json", options.json, "the same as one JSON object")->group(group);
}

}  // namespace

Command add_explain_command(CLI::App& program) {
  const auto options = std::make_shared<ExplainOptions>();
  CLI::App* app = program.add_subcommand("explain", "Say what the compiler makes of a cell, and why");
  add_cell_options(*app, options->cell);
  app->get_option("FILE")->required(false);
  add_known_options(*app, options->known);
  add_recurrence_options(*app, options->recurrence, options->compile, nullptr);
  add_part_options(*app, *options);
  add_compile_options(*app, options->compile);
  app->footer(
      "No arrays are needed; parameters come from --set, from the shapes of --weights, or from the\n"
      "file.\n\n"
      "Examples:\n"
      "  rondo explain lstm.rondo --set features=64 --set units=128\n"
      "  rondo explain lstm.rondo --weights lstm.npz --masking mask --time 100 --unroll true\n"
      "  rondo explain lstm.rondo --weights lstm.npz --asm --cpu x86-64-v3\n"
      "  rondo explain lstm.rondo --weights lstm.npz --html lstm.html\n"
      "  rondo explain lstm.rondo --weights lstm.npz --stop-after hoist");
  return {app, [options] { return work(*options); }};
}

}  // namespace rondo::cli
