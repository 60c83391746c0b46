#include "frontend/cli/run_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "codegen/machines.h"
#include "frontend/cli/chart.h"
#include "frontend/cli/checks.h"
#include "frontend/cli/pass_output.h"
#include "frontend/cli/progress.h"
#include "frontend/cli/run_report.h"
#include "frontend/cli/terminal.h"
#include "frontend/data/arrays.h"
#include "frontend/data/file_kind.h"
#include "frontend/data/npz.h"
#include "frontend/engine/call.h"
#include "ir/interpreter.h"

namespace rondo::cli {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct RunOptions {
  CellOptions cell;
  RecurrenceOptions recurrence;
  CompileOptions compile;
  ArrayFiles files;
  std::string engine = "jit";
  int threads = 1;
  std::optional<std::string> out, plot, truth;
  std::optional<int64_t> test_from;
  std::optional<size_t> calls;
  bool json = false, verify = false, time_passes = false, show = false, no_cache = false;
};

class Run {
 public:
  explicit Run(const RunOptions& options) : options_(options) {}

  int work() {
    const bool done =
        load() && (options_.compile.passes.stop_after ? stop() : prepare() && run() && finish());
    const int status = report(diagnostics_);
    if (!done) return 1;
    return facts_.difference && !facts_.difference->same_bits && promises_bits_ ? 1 : status;
  }

 private:
  bool load() {
    job_ = load_job(options_.cell, options_.recurrence, options_.files, diagnostics_);
    return job_ && load_truth();
  }

  bool load_truth() {
    if (options_.test_from && *options_.test_from >= job_->extents.time) {
      diagnostics_.error(fmt::format("--test-from {} is behind the last of {} steps", *options_.test_from,
                                     job_->extents.time));
      return false;
    }
    if (!options_.truth) return true;
    truth_ = data::read_array(*options_.truth, diagnostics_);
    if (!truth_) return false;
    const ir::StepGraph& step = job_->recurrence.step;
    const ir::Type& type = step.type(step.outputs.front().node);
    ir::Dims expected = job_->recurrence.time_major ? ir::Dims{job_->extents.time, job_->extents.batch}
                                                    : ir::Dims{job_->extents.batch, job_->extents.time};
    expected.insert(expected.end(), type.dims.begin(), type.dims.end());
    if (truth_->dims() == expected) return true;
    diagnostics_.error(
        fmt::format("the truth should have the shape of the outputs, {}, but the array given has {}",
                    ir::shape_text(expected), ir::shape_text(truth_->dims())));
    return false;
  }

  // Only the passes up to one of them: there is nothing to run then.
  bool stop() {
    const std::optional<ir::Target> target = chosen_target(options_.compile, diagnostics_);
    const std::optional<passes::Options> options = chosen_options(options_.compile, diagnostics_);
    if (!target || !options) return false;
    const auto pipeline = passes::run_passes(job_->recurrence, *target, *options, diagnostics_);
    if (!pipeline) return false;
    fmt::print("{}", what_passes_left(*pipeline, *options));
    return true;
  }

  bool prepare() {
    if (options_.engine == "interpreter") return true;
    const std::optional<ir::Target> target = chosen_target(options_.compile, diagnostics_);
    std::optional<passes::Options> options = chosen_options(options_.compile, diagnostics_);
    if (!target || !options) return false;
    const Progress progress("compiling");
    const Clock::time_point begin = Clock::now();
    const engine::Engine engine(target, options_.no_cache ? nullptr : engine::KernelCache::open_usual());
    options->expected_batch = engine::usual_batch(job_->extents.batch);
    compiled_ = engine.compile(job_->recurrence, *options, diagnostics_);
    if (!compiled_) return false;
    facts_.compile_milliseconds = seconds_since(begin) * 1e3;
    facts_.compiled = &*compiled_;
    facts_.target = target->describe();
    promises_bits_ = target->has_fma;
    return true;
  }

  bool bind() {
    if (!compiled_) return true;
    call_ = engine::Call::bind(compiled_->kernel, job_->arrays.arguments, diagnostics_, options_.threads);
    return call_.has_value();
  }

  bool call() {
    if (!call_) {
      results_ = ir::interpret(job_->recurrence, job_->arrays.arguments, diagnostics_);
      return results_.has_value();
    }
    call_->run();
    const std::optional<std::string> violation = call_->violation();
    if (violation) diagnostics_.error(*violation);
    return !violation;
  }

  // The first call counts: it may be the only one that there is time for. Where the user does not say how
  // many to time, more follow for as long as nobody would notice.
  bool run() {
    constexpr double enough_seconds = 0.002;
    constexpr size_t enough_calls = 101;
    const auto wants_more = [&](size_t calls, double seconds, double last) {
      if (options_.calls) return calls < *options_.calls;
      return calls < enough_calls && seconds + last < enough_seconds;
    };
    const Progress progress("running");
    std::vector<double> times;
    if (!bind()) return false;
    const Clock::time_point begin = Clock::now();
    if (!call()) return false;
    times.push_back(seconds_since(begin));
    while (wants_more(times.size(), seconds_since(begin), times.back())) {
      const Clock::time_point again = Clock::now();
      if (!call()) return false;
      times.push_back(seconds_since(again));
    }
    std::nth_element(times.begin(), times.begin() + static_cast<ptrdiff_t>(times.size() / 2), times.end());
    facts_.seconds_a_call = times[times.size() / 2];
    facts_.calls = static_cast<int>(times.size());
    if (call_) results_ = call_->take_results();
    return true;
  }

  bool verify() {
    const Progress progress("verifying against the interpreter");
    const auto wanted = ir::interpret(job_->recurrence, job_->arrays.arguments, diagnostics_);
    if (!wanted) return false;
    facts_.difference = difference_of(job_->recurrence.step, *results_, *wanted);
    return true;
  }

  void score() {
    const ir::Tensor& outputs = results_->outputs.front();
    const bool time_major = job_->recurrence.time_major;
    facts_.scores.push_back(score_of(outputs, *truth_, time_major, 0));
    if (options_.test_from)
      facts_.scores.push_back(score_of(outputs, *truth_, time_major, *options_.test_from));
  }

  bool finish() {
    if (options_.verify && !verify()) return false;
    if (truth_) score();
    if (options_.out) {
      const auto arrays = results_by_name(job_->recurrence.step, *results_);
      if (!data::write_npz(*options_.out, arrays, data::Compression::Stored, diagnostics_)) return false;
      facts_.written.push_back(*options_.out);
    }
    const bool show =
        !options_.json && (options_.show || ((options_.plot || truth_) && output_is_terminal()));
    std::optional<Chart> chart;
    if (options_.plot || show) {
      chart = make_chart(job_->recurrence, *results_, truth_, options_.test_from, diagnostics_);
      if (!chart) return false;
    }
    if (options_.plot) {
      if (!data::write_plot(chart->plot, *options_.plot, diagnostics_)) return false;
      facts_.written.push_back(*options_.plot);
    }
    print_report();
    if (!show) return true;
    fmt::print("\n{}",
               data::to_terminal(chart->plot, std::min(terminal_columns(), 120), 18, output_has_color()));
    if (!chart->note.empty()) fmt::print("({})\n", chart->note);
    return true;
  }

  void print_report() {
    facts_.file = options_.cell.file == "-" ? "<stdin>" : options_.cell.file;
    facts_.job = &*job_;
    facts_.results = &*results_;
    facts_.time_passes = options_.time_passes;
    // Dumps are no part of the report: a program that reads the JSON must not stumble over them.
    if (compiled_) tell(compiled_->pipeline.dumps);
    fmt::print("{}", options_.json ? as_json(facts_) : as_text(facts_));
  }

  const RunOptions& options_;
  ir::Diagnostics diagnostics_;
  std::optional<Job> job_;
  std::optional<ir::Tensor> truth_;
  std::optional<engine::Compiled> compiled_;
  std::optional<engine::Call> call_;
  std::optional<ir::Results> results_;
  RunFacts facts_;
  bool promises_bits_ = true;
};

void add_result_options(CLI::App& app, RunOptions& options) {
  const char* group = "Results";
  app.add_option("--out", options.out,
                 "write last_output, outputs and state.NAME to a .npz file; with several\noutputs "
                 "last_output.NAME and outputs.NAME")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--plot", options.plot, "draw the outputs over time: .png or .svg")
      ->type_name("FILE")
      ->check([](const std::string& path) {
        const bool good = data::has_extension(path, ".png") || data::has_extension(path, ".svg");
        return good ? std::string()
                    : fmt::format("expected a name that ends in .png or .svg, found '{}'", path);
      })
      ->group(group);
  app.add_flag("--show", options.show, "draw them in the terminal")->group(group);
  app.add_option("--truth", options.truth,
                 "what the (first) output should be, .npy: the report says how far off it is")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--test-from", options.test_from, "count the errors from this step on as well")
      ->type_name("STEP")
      ->check(whole_number_from(0))
      ->group(group);
  app.add_flag("--json", options.json, "report as one JSON object")->group(group);
}

void add_engine_options(CLI::App& app, RunOptions& options) {
  const char* group = "Engine";
  app.add_option("--engine", options.engine,
                 "jit: native code; interpreter: plain and slow, the meaning of a cell")
      ->check(one_of({"jit", "interpreter"}))
      ->type_name("jit|interpreter")
      ->group(group);
  app.add_option_function<int>(
         "--threads",
         [&options](int threads) {
           if (threads < 1) throw CLI::ValidationError("--threads", "at least one thread is needed");
           if (threads > 256) throw CLI::ValidationError("--threads", "256 threads are the most");
           options.threads = threads;
         },
         "threads that share the samples, or the columns of few, among themselves (default: 1); the results "
         "have the same bits")
      ->type_name("N")
      ->group(group);
  app.add_option("--calls", options.calls,
                 "run it so many times, for the time it takes; if not given, as often as fits\ninto a moment")
      ->type_name("N")
      ->check(whole_number_from(1))
      ->group(group);
  app.add_flag("--no-cache", options.no_cache,
               "compile even what was compiled before, and keep nothing for later")
      ->group(group);
  app.add_flag("--checked", options.compile.passes.checked,
               "check each load and store against the memory of the call; slow, for finding faults\nof Rondo")
      ->group(group);
  app.add_flag("--verify", options.verify,
               "run the interpreter as well and compare; exit status 1 where bits differ")
      ->group(group);
  app.add_flag("--time-passes", options.time_passes, "say how long each pass took")->group(group);
}

}  // namespace

Command add_run_command(CLI::App& program) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App* app = program.add_subcommand("run", "Run a cell over arrays");
  add_cell_options(*app, options->cell);
  add_array_options(*app, options->files);
  add_recurrence_options(*app, options->recurrence, options->compile, &options->files.lengths);
  add_result_options(*app, *options);
  add_engine_options(*app, *options);
  add_compile_options(*app, options->compile);
  app->footer(
      "Arrays are converted to the types of the cell where that is safe or usual: between f64 and\n"
      "f32, integers to floats, integers to integers that hold them. Floats never become integers.\n\n"
      "Examples:\n"
      "  rondo run lstm.rondo --weights lstm.npz --input x.npy --out out.npz\n"
      "  rondo run lstm.rondo --weights lstm.npz --input x.npy --state h=h0.npy --mask mask.npy\n"
      "  rondo run forecast.rondo --weights w.npz --input series.npy --truth truth.npy \\\n"
      "            --test-from 215 --plot forecast.png --verify\n"
      "  rondo run - --input x.npy --json < filter.rondo");
  return {app, [options] { return Run(*options).work(); }};
}

}  // namespace rondo::cli
