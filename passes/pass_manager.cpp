#include "passes/pass_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "ir/graph_verifier.h"
#include "ir/printer.h"
#include "passes/assign_buffers.h"
#include "passes/block_samples.h"
#include "passes/canonicalize_sums.h"
#include "passes/choose_unrolling.h"
#include "passes/classify_in_time.h"
#include "passes/code_size.h"
#include "passes/collapse_axes.h"
#include "passes/fold_literals.h"
#include "passes/forward_states.h"
#include "passes/fuse_masks.h"
#include "passes/fuse_nests.h"
#include "passes/hoist_from_loop.h"
#include "passes/lower.h"
#include "passes/pack_weights.h"
#include "passes/pin_placements.h"
#include "passes/remove_dead_nodes.h"
#include "passes/resolve_masking.h"
#include "passes/share_columns.h"
#include "passes/simplify.h"
#include "passes/sink_behind_loop.h"
#include "passes/split_projections.h"
#include "passes/stage_arguments.h"
#include "passes/vectorize.h"

namespace rondo::passes {

namespace {

struct Pass {
  std::string name;
  bool essential;
  std::string description;
  std::function<void(Pipeline&, Context&)> run;
};

const std::vector<Pass>& registry() {
  constexpr bool Optional = false, Essential = true;  // the words of passes.def
  static const std::vector<Pass> passes = {
#define RONDO_GRAPH_PASS(name, function, need, description) \
  {#name, need, description,                                \
   [](Pipeline& pipeline, Context& context) { function(pipeline.recurrence, context); }},
#define RONDO_LOWERING(name, function, need, description) \
  {#name, need, description,                              \
   [](Pipeline& pipeline, Context& context) { pipeline.program = function(pipeline.recurrence, context); }},
#define RONDO_LOOP_PASS(name, function, need, description) \
  {#name, need, description,                               \
   [](Pipeline& pipeline, Context& context) { function(*pipeline.program, context); }},
#include "passes/passes.def"
#undef RONDO_GRAPH_PASS
#undef RONDO_LOWERING
#undef RONDO_LOOP_PASS
  };
  return passes;
}

const Pass* pass_named(const std::string& name, ir::Diagnostics& diagnostics) {
  std::string names;
  for (const Pass& pass : registry()) {
    if (pass.name == name) return &pass;
    names += (names.empty() ? "" : ", ") + pass.name;
  }
  diagnostics.error(fmt::format("there is no pass '{}'; there are {}", name, names));
  return nullptr;
}

bool can_be_left_out(const std::string& name, ir::Diagnostics& diagnostics) {
  const Pass* pass = pass_named(name, diagnostics);
  if (pass && pass->essential) diagnostics.error(fmt::format("the pass '{}' cannot be left out", name));
  return pass && !pass->essential;
}

bool check_options(const Options& options, ir::Diagnostics& diagnostics) {
  bool good = true;
  for (const std::string& name : options.disabled) good = can_be_left_out(name, diagnostics) && good;
  if (options.dump_after && *options.dump_after != "all")
    good = pass_named(*options.dump_after, diagnostics) && good;
  if (!options.pins.stages.empty())
    for (const char* needed : {"vectorize", "pack-weights"})
      if (options.disabled.contains(needed)) {
        diagnostics.error(
            fmt::format("a plan that pins stages needs the pass '{}', which is to be left out", needed));
        good = false;
      }
  if (options.stop_after) good = pass_named(*options.stop_after, diagnostics) && good;
  if (options.lanes &&
      (*options.lanes < 1 || *options.lanes > 64 || (*options.lanes & (*options.lanes - 1)) != 0)) {
    diagnostics.error(fmt::format("a vector has 1, 2, 4, 8, 16, 32 or 64 lanes, not {}", *options.lanes));
    good = false;
  }
  if (options.unroll && (*options.unroll < 1 || *options.unroll > 64)) {
    diagnostics.error(fmt::format("the step can be unrolled 1 to 64 times, not {}", *options.unroll));
    good = false;
  }
  return good;
}

void verify_after(const Pass& pass, const Pipeline& pipeline) {
  const std::string problem =
      pipeline.program ? ir::verify(*pipeline.program) : ir::verify(pipeline.recurrence.step);
  RONDO_CHECK(problem.empty(), fmt::format("after pass '{}': {}", pass.name, problem));
}

}  // namespace

std::vector<PassInfo> all_passes() {
  std::vector<PassInfo> result;
  for (const Pass& pass : registry()) result.push_back({pass.name, pass.description, pass.essential});
  return result;
}

std::optional<Pipeline> run_passes(ir::Recurrence recurrence, const ir::Target& target,
                                   const Options& options, ir::Diagnostics& diagnostics) {
  if (!check_options(options, diagnostics)) return std::nullopt;
  if (!options.pins.cell.empty() && options.pins.cell != recurrence.step.name) {
    diagnostics.error(fmt::format("the plan cannot be followed: it is for cell '{}', and this is '{}'",
                                  options.pins.cell, recurrence.step.name));
    return std::nullopt;
  }
  if (!check_step_size(recurrence.step, diagnostics)) return std::nullopt;
  Pipeline pipeline{std::move(recurrence), std::nullopt, {}, {}, {}, {}};
  Context context{target, options, {}, {}};
  for (const Pass& pass : registry()) {
    if (options.disabled.contains(pass.name)) continue;
    const auto begin = std::chrono::steady_clock::now();
    pass.run(pipeline, context);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    pipeline.times.push_back({pass.name, took.count()});
    if (options.dump_after && (*options.dump_after == pass.name || *options.dump_after == "all"))
      pipeline.dumps +=
          fmt::format("# after {}\n{}\n", pass.name,
                      pipeline.program ? ir::print(*pipeline.program) : ir::print(pipeline.recurrence));
    for (const std::string& problem : context.problems)
      diagnostics.error("the plan cannot be followed: " + problem);
    if (!context.problems.empty()) return std::nullopt;
    if (options.verify_each) verify_after(pass, pipeline);
    if (options.stop_after == pass.name) break;
  }
  if (pipeline.program && !options.stop_after && !check_code_size(*pipeline.program, diagnostics))
    return std::nullopt;
  pipeline.plan = std::move(context.plan);
  pipeline.remarks = std::move(context.remarks);
  return pipeline;
}

}  // namespace rondo::passes
