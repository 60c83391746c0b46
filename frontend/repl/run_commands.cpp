#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "frontend/cli/pass_output.h"
#include "frontend/cli/results.h"
#include "frontend/cli/run_report.h"
#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "frontend/engine/flops.h"
#include "frontend/engine/peak.h"
#include "frontend/repl/call.h"
#include "frontend/repl/command_functions.h"
#include "ir/interpreter.h"

namespace rondo::repl {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// A call with all that it needs to run.
struct Ready {
  Call call;
  cli::Job job;
  std::optional<engine::Compiled> compiled;  // nothing where the interpreter is to run
};

std::optional<Ready> get_ready(const Session& session, const std::string& text, Turn& turn) {
  const std::optional<Call> call = read_call(session, text, turn.diagnostics);
  if (!call) return std::nullopt;
  std::optional<cli::Job> job = make_job(session, *call, turn.diagnostics);
  if (!job) return std::nullopt;
  Ready ready{*call, std::move(*job), std::nullopt};
  if (call->interpreter) return ready;
  const auto target = cli::chosen_target(call->compile, turn.diagnostics);
  auto options = cli::chosen_options(call->compile, turn.diagnostics);
  if (!target || !options) return std::nullopt;
  options->expected_batch = engine::usual_batch(ready.job.extents.batch);
  const engine::Engine engine(target, engine::KernelCache::open_usual());
  ready.compiled = engine.compile(ready.job.recurrence, *options, turn.diagnostics);
  if (!ready.compiled) return std::nullopt;
  turn.text += ready.compiled->pipeline.dumps;
  return ready;
}

std::optional<ir::Results> results_of(const Ready& ready, Turn& turn) {
  const ir::Arguments& arguments = ready.job.arrays.arguments;
  if (!ready.compiled) return ir::interpret(ready.job.recurrence, arguments, turn.diagnostics);
  auto call = engine::Call::bind(ready.compiled->kernel, arguments, turn.diagnostics, ready.call.threads);
  if (!call) return std::nullopt;
  call->run();
  return call->take_results();
}

struct Timed {
  double seconds = 0;  // a call; the median
  size_t calls = 0;
};

// A quarter of a second of calls; the first, which warms the caches, does not count.
std::optional<Timed> time_of(const Ready& ready, Turn& turn) {
  constexpr double enough_seconds = 0.25;
  constexpr size_t most_calls = 100'000;
  std::optional<engine::Call> call;
  if (ready.compiled) {
    call = engine::Call::bind(ready.compiled->kernel, ready.job.arrays.arguments, turn.diagnostics,
                              ready.call.threads);
    if (!call) return std::nullopt;
    call->run();
  }
  std::vector<double> times;
  const Clock::time_point begin = Clock::now();
  do {
    const Clock::time_point again = Clock::now();
    if (call)
      call->run();
    else if (!ir::interpret(ready.job.recurrence, ready.job.arrays.arguments, turn.diagnostics))
      return std::nullopt;
    times.push_back(seconds_since(again));
  } while (seconds_since(begin) < enough_seconds && times.size() < most_calls);
  const auto middle = times.begin() + static_cast<ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return Timed{*middle, times.size()};
}

double steps_of(const Ready& ready) {
  return std::max(1.0, static_cast<double>(ready.job.extents.steps));
}

std::string time_text(const Ready& ready, const Timed& timed) {
  return fmt::format("{} a step, {} a call (median of {})", cli::duration(timed.seconds / steps_of(ready)),
                     cli::duration(timed.seconds), timed.calls);
}

std::string arithmetic_text(const Ready& ready, const Timed& timed) {
  const double a_step = engine::flops_of_step(ready.job.recurrence.step);
  if (a_step == 0) return "arithmetic  the step has no products of matrices, by which it could be counted\n";
  const double rate = a_step * steps_of(ready) * static_cast<double>(ready.job.extents.batch) / timed.seconds;
  std::string text = fmt::format("arithmetic  {:.6g} flops a step and sample in products: {}FLOP/s\n", a_step,
                                 cli::quantity(rate));
  if (const auto peak = engine::measured_peak_flops())
    text += fmt::format(
        "limit       {:.3g} % of the {}FLOP/s at which one thread multiplied and added here, in f32 "
        "and without memory, just now\n",
        100 * rate / (*peak * ready.call.threads), cli::quantity(*peak));
  return text;
}

// "gru x": how a side of a comparison is called.
std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t"), end = text.find_last_not_of(" \t");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

// Both sides, as calls. What is left out comes from the last call: its arrays where cells are named, the
// whole of it where there is an option alone, or nothing.
std::pair<std::string, std::string> sides_of(const Session& session, const std::string& arguments) {
  const size_t bar = arguments.find('|');
  if (bar != std::string::npos)
    return {trimmed(arguments.substr(0, bar)), trimmed(arguments.substr(bar + 1))};
  if (arguments.starts_with('-')) return {"", arguments};
  const size_t words = std::min(session.last_call.find(' '), session.last_call.size());
  const std::string arrays = session.last_call.substr(words);
  const size_t blank = arguments.find(' ');
  if (blank == std::string::npos) return {"", arguments + arrays};
  return {arguments.substr(0, blank) + arrays, trimmed(arguments.substr(blank)) + arrays};
}

void compare_values(const Ready& a, const Ready& b, const ir::Results& of_a, const ir::Results& of_b,
                    Turn& turn) {
  const auto first = cli::results_by_name(a.job.recurrence.step, of_a);
  const auto second = cli::results_by_name(b.job.recurrence.step, of_b);
  size_t width = 0;
  for (const auto& [name, tensor] : first) width = std::max(width, name.size());
  for (const auto& [name, tensor] : first) {
    const auto other = second.find(name);
    std::string verdict;
    if (other == second.end())
      verdict = "only the first has it";
    else if (other->second.dims() != tensor.dims() || other->second.dtype() != tensor.dtype())
      verdict = fmt::format("{} {} beside {} {}", name_of(tensor.dtype()), ir::shape_text(tensor.dims()),
                            name_of(other->second.dtype()), ir::shape_text(other->second.dims()));
    else if (ir::same_bits(tensor, other->second))
      verdict = "the same bits";
    else
      verdict = fmt::format("largest difference {:.3g}", ir::largest_difference(tensor, other->second));
    turn.text += fmt::format("  {:<{}}  {}\n", name, width, verdict);
  }
  for (const auto& [name, tensor] : second)
    if (!first.contains(name)) turn.text += fmt::format("  {:<{}}  only the second has it\n", name, width);
}

}  // namespace

void run_call(Session& session, const std::string& arguments, Turn& turn) {
  const std::optional<Ready> ready = get_ready(session, arguments, turn);
  if (!ready) return;
  const std::optional<ir::Results> results = results_of(*ready, turn);
  if (!results) return;
  turn.text += cli::results_text(ready->job.recurrence.step, *results);
  turn.tensors = cli::results_by_name(ready->job.recurrence.step, *results);
}

void time_call(Session& session, const std::string& arguments, Turn& turn) {
  const std::optional<Ready> ready = get_ready(session, arguments, turn);
  if (!ready) return;
  const std::optional<Timed> timed = time_of(*ready, turn);
  if (!timed) return;
  turn.text += fmt::format("time        {}\n", time_text(*ready, *timed)) + arithmetic_text(*ready, *timed);
}

void check_call(Session& session, const std::string& arguments, Turn& turn) {
  const std::optional<Ready> ready = get_ready(session, arguments, turn);
  if (!ready) return;
  const auto results = results_of(*ready, turn);
  const auto wanted = ir::interpret(ready->job.recurrence, ready->job.arrays.arguments, turn.diagnostics);
  if (!results || !wanted) return;
  const cli::Difference difference = cli::difference_of(ready->job.recurrence.step, *results, *wanted);
  const auto& extents = ready->job.extents;
  turn.text +=
      fmt::format("{}: largest difference from the interpreter {:.3g}, {} (samples: {}, steps: {})\n",
                  ready->call.cell, difference.largest,
                  difference.same_bits ? "all bits agree" : "bits DIFFER", extents.batch, extents.steps);
}

void compare_calls(Session& session, const std::string& arguments, Turn& turn) {
  const auto [a, b] = sides_of(session, arguments);
  const std::optional<Ready> first = get_ready(session, a, turn);
  const std::optional<Ready> second = first ? get_ready(session, b, turn) : std::nullopt;
  if (!second) return;
  const auto of_first = results_of(*first, turn), of_second = results_of(*second, turn);
  if (!of_first || !of_second) return;
  compare_values(*first, *second, *of_first, *of_second, turn);
  const auto time_a = time_of(*first, turn), time_b = time_of(*second, turn);
  if (!time_a || !time_b) return;
  turn.text +=
      fmt::format("  first   {}: {}\n", a.empty() ? session.last_call : a, time_text(*first, *time_a));
  turn.text +=
      fmt::format("  second  {}: {}\n", b.empty() ? session.last_call : b, time_text(*second, *time_b));
}

}  // namespace rondo::repl
