#include "frontend/cli/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace rondo::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string count_of(int64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// What is not as by default, in words.
std::vector<std::string> manner(const ir::Recurrence& r) {
  std::vector<std::string> words;
  if (r.masking == ir::Masking::Mask) words.emplace_back("masked");
  if (r.masking == ir::Masking::Lengths) words.emplace_back("masked by lengths");
  if (r.go_backwards) words.emplace_back("backwards");
  if (r.time_major) words.emplace_back("time-major");
  if (r.zero_output_for_mask) words.emplace_back("zeros for masked outputs");
  if (r.input_length) words.push_back(fmt::format("input_length {}", *r.input_length));
  if (r.unroll != ir::Unroll::Auto) words.push_back(fmt::format("unroll={}", name_of(r.unroll)));
  return words;
}

struct LeafLine {
  const char* kind;
  std::string name;
  ir::Type type;
  std::string origin;
};

std::vector<LeafLine> leaf_lines(const Job& job) {
  std::vector<LeafLine> lines;
  const ir::StepGraph& step = job.recurrence.step;
  const auto add = [&](const char* kind, const auto& leaves) {
    for (const auto& leaf : leaves) {
      const auto origin = job.arrays.origins.find(leaf.name);
      lines.push_back({kind, leaf.name, step.type(leaf.node),
                       origin == job.arrays.origins.end() ? "zeros" : origin->second});
    }
  };
  add("input", step.inputs);
  add("state", step.states);
  add("constant", step.constants);
  add("weight", step.weights);
  return lines;
}

void add_leaves(const Job& job, std::string& out) {
  const std::vector<LeafLine> lines = leaf_lines(job);
  size_t name_width = 0, type_width = 0;
  for (const LeafLine& line : lines) {
    name_width = std::max(name_width, line.name.size());
    type_width = std::max(type_width, to_string(line.type).size());
  }
  for (const LeafLine& line : lines)
    out += fmt::format("  {:<8} {:<{}}  {:<{}}  {}\n", line.kind, line.name, name_width, to_string(line.type),
                       type_width, line.origin);
}

// The sign of what is no number depends on how it came about, and means nothing.
std::string value_text(double value) {
  return std::isnan(value) ? "nan" : fmt::format("{:.5g}", value);
}

// Where no value is finite there is none to be least or greatest.
std::string range_text(const ir::Tensor& tensor) {
  const Summary summary = summary_of(tensor);
  if (summary.not_finite == tensor.count()) return fmt::format("{:>10} {:>10} {:>10}", "-", "-", "-");
  return fmt::format("{:>10.5g} {:>10.5g} {:>10.5g}", summary.least, summary.mean, summary.greatest);
}

std::string first_values(const ir::Tensor& tensor) {
  std::string out;
  const int64_t shown = std::min<int64_t>(tensor.count(), 3);
  for (int64_t i = 0; i < shown; ++i) out += (i == 0 ? "" : ", ") + value_text(tensor.at(i));
  return out + (shown < tensor.count() ? ", ..." : "");
}

void add_compilation(const RunFacts& facts, std::string& out) {
  if (!facts.compiled) {
    out += "engine    the reference interpreter\n";
    return;
  }
  out += fmt::format("{}  for {} in {}, {} bytes of code\n", facts.compiled->cached ? "cached  " : "compiled",
                     facts.target, duration(facts.compile_milliseconds / 1e3),
                     facts.compiled->kernel.code_bytes());
  for (const auto& [pass, message] : decisions(facts.compiled->pipeline.remarks))
    out += fmt::format("  {:<10} {}\n", pass, message);
}

double seconds_a_step(const RunFacts& facts) {
  return facts.job->extents.steps > 0 ? facts.seconds_a_call / static_cast<double>(facts.job->extents.steps)
                                      : 0;
}

}  // namespace

std::string duration(double seconds) {
  if (seconds < 1e-6) return fmt::format("{:.0f} ns", seconds * 1e9);
  if (seconds < 1e-3) return fmt::format("{:.3g} us", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.3g} ms", seconds * 1e3);
  return fmt::format("{:.3g} s", seconds);
}

std::string quantity(double value) {
  if (value >= 1e9) return fmt::format("{:.3g} G", value / 1e9);
  if (value >= 1e6) return fmt::format("{:.3g} M", value / 1e6);
  if (value >= 1e3) return fmt::format("{:.3g} k", value / 1e3);
  return fmt::format("{:.3g} ", value);
}

std::string results_text(const ir::StepGraph& step, const ir::Results& all) {
  const std::vector<NamedResult> results = named_results(step, all);
  size_t name_width = 0, shape_width = 0;
  for (const NamedResult& result : results) {
    name_width = std::max(name_width, result.name.size());
    shape_width = std::max(shape_width, ir::shape_text(result.tensor->dims()).size());
  }
  std::string out = fmt::format("  {:<{}}  {:<{}}  {:>10} {:>10} {:>10}  {}\n", "result", name_width, "shape",
                                shape_width + 5, "min", "mean", "max", "first values");
  for (const NamedResult& result : results) {
    const ir::Tensor& tensor = *result.tensor;
    out += fmt::format("  {:<{}}  {:<4} {:<{}}  {}  {}", result.name, name_width, name_of(tensor.dtype()),
                       ir::shape_text(tensor.dims()), shape_width, range_text(tensor), first_values(tensor));
    if (const int64_t count = summary_of(tensor).not_finite) out += fmt::format("  ({} not finite)", count);
    out += "\n";
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> decisions(const std::vector<passes::Remark>& remarks) {
  constexpr std::array told = {"hoist", "sink", "fuse-nests", "fuse-masks", "unroll", "vectorize", "buffers"};
  std::vector<std::pair<std::string, std::string>> lines;
  for (const std::string pass : told) {
    const auto first =
        std::find_if(remarks.begin(), remarks.end(), [&](const auto& r) { return r.pass == pass; });
    if (first == remarks.end()) continue;
    const auto count =
        std::count_if(remarks.begin(), remarks.end(), [&](const auto& r) { return r.pass == pass; });
    lines.emplace_back(
        pass, count > 1 ? fmt::format("{} (and {} more)", first->message, count - 1) : first->message);
  }
  return lines;
}

std::string pass_times(const std::vector<passes::PassTime>& times) {
  std::string out;
  double total = 0;
  for (const passes::PassTime& time : times) {
    out += fmt::format("  {:<18} {:>9.3f} ms\n", time.name, time.milliseconds);
    total += time.milliseconds;
  }
  return out + fmt::format("  {:<18} {:>9.3f} ms\n", "all passes", total);
}

std::string as_text(const RunFacts& facts) {
  const Job& job = *facts.job;
  std::string out = fmt::format("cell      {} of {}: {}, {}", job.recurrence.step.name, facts.file,
                                count_of(job.extents.batch, "sample"), count_of(job.extents.time, "step"));
  for (const std::string& word : manner(job.recurrence)) out += ", " + word;
  out += "\n";
  add_leaves(job, out);
  add_compilation(facts, out);
  if (facts.time_passes && facts.compiled)
    out +=
        pass_times(facts.compiled->pipeline.times) +
        fmt::format("  {:<18} {:>9.3f} ms\n", facts.compiled->cached ? "from the cache" : "code generation",
                    facts.compiled->kernel.compile_milliseconds());
  out += fmt::format("time      {} a call ({})", duration(facts.seconds_a_call),
                     facts.calls == 1 ? "one call" : fmt::format("median of {}", facts.calls));
  if (const double step = seconds_a_step(facts); step > 0)
    out += fmt::format(", {} a step, {}steps/s", duration(step), quantity(1 / step));
  out += "\n";
  out += "\n" + results_text(job.recurrence.step, *facts.results);
  out += "\n";
  if (facts.difference)
    out += fmt::format("verified  against the interpreter: {}, largest difference {:.3g}\n",
                       facts.difference->same_bits ? "all bits agree" : "bits DIFFER",
                       facts.difference->largest);
  for (const Score& score : facts.scores)
    out +=
        fmt::format("truth     from step {} on ({}): RMSE {:.6g}, MAE {:.6g}\n", score.first_step,
                    count_of(score.count, "number"), score.root_mean_square_error, score.mean_absolute_error);
  for (const std::string& file : facts.written) out += fmt::format("written   {}\n", file);
  return out;
}

std::string as_json(const RunFacts& facts) {
  const Job& job = *facts.job;
  const ir::Recurrence& r = job.recurrence;
  Json json;
  json["cell"] = r.step.name;
  json["file"] = facts.file;
  json["batch"] = job.extents.batch;
  json["time"] = job.extents.time;
  json["steps"] = job.extents.steps;
  json["go_backwards"] = r.go_backwards;
  json["time_major"] = r.time_major;
  json["zero_output_for_mask"] = r.zero_output_for_mask;
  json["masking"] = r.masking == ir::Masking::None   ? "none"
                    : r.masking == ir::Masking::Mask ? "mask"
                                                     : "lengths";
  json["unroll"] = name_of(r.unroll);
  json["input_length"] = r.input_length ? Json(*r.input_length) : Json();
  for (const LeafLine& line : leaf_lines(job))
    json["arrays"].push_back({{"kind", line.kind},
                              {"name", line.name},
                              {"dtype", name_of(line.type.dtype)},
                              {"shape", line.type.dims},
                              {"from", line.origin}});
  json["engine"] = facts.compiled ? "jit" : "interpreter";
  if (facts.compiled) {
    json["target"] = facts.target;
    json["cached"] = facts.compiled->cached;
    json["compile_ms"] = facts.compile_milliseconds;
    json["code_bytes"] = facts.compiled->kernel.code_bytes();
    for (const passes::Remark& remark : facts.compiled->pipeline.remarks)
      json["remarks"].push_back({{"pass", remark.pass}, {"message", remark.message}});
    if (facts.time_passes)
      for (const passes::PassTime& time : facts.compiled->pipeline.times)
        json["pass_ms"][time.name] = time.milliseconds;
  }
  json["seconds_per_call"] = facts.seconds_a_call;
  json["calls"] = facts.calls;
  json["ns_per_step"] = seconds_a_step(facts) * 1e9;
  for (const NamedResult& result : named_results(r.step, *facts.results)) {
    const Summary summary = summary_of(*result.tensor);
    json["results"][result.name] = {{"dtype", name_of(result.tensor->dtype())},
                                    {"shape", result.tensor->dims()},
                                    {"min", summary.least},
                                    {"mean", summary.mean},
                                    {"max", summary.greatest},
                                    {"not_finite", summary.not_finite}};
  }
  if (facts.difference)
    json["verified"] = {{"same_bits", facts.difference->same_bits},
                        {"largest_difference", facts.difference->largest}};
  for (const Score& score : facts.scores)
    json["truth"].push_back({{"from_step", score.first_step},
                             {"count", score.count},
                             {"rmse", score.root_mean_square_error},
                             {"mae", score.mean_absolute_error}});
  json["written"] = facts.written;
  // What is not UTF-8 (a file name may be anything) is replaced.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rondo::cli
