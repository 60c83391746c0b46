#include "tests/every_engine.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "ir/interpreter.h"
#include "ir/loop_interpreter.h"
#include "ir/printer.h"
#include "tests/inputs_ahead.h"

namespace rondo::tests {

using ir::Unroll;

namespace {

// One way of compiling.
struct Variant {
  Unroll unroll = Unroll::Auto;
  int lanes = 8;
  bool samples_across_lanes = false;
  int threads = 1;     // that share a sample
  bool ahead = false;  // work on inputs alone; else as the passes choose

  std::string name() const {
    return fmt::format("unroll={} lanes={} threads={}{}{}", ir::name_of(unroll), lanes, threads,
                       samples_across_lanes ? " samples across lanes" : "", ahead ? " inputs ahead" : "");
  }
};

// Of a call: as many as share a sample, or less where samples are shared out.
constexpr int most_threads = 4;

// Compiling dozens of copies of a step takes half a second.
constexpr int64_t few_steps = 8;

std::vector<Variant> variants(Engines engines, int64_t time) {
  if (engines == Engines::Few) {
    std::vector<Variant> result{
        {Unroll::Never, 8, false, 3, true}, {Unroll::Auto, 4, false, 2}, {Unroll::Auto, 8, true, 1, true}};
    if (time <= few_steps) result.push_back({Unroll::Always, 16});
    return result;
  }
  std::vector<Variant> result{{Unroll::Auto, 8, true}};
  for (const Unroll unroll : {Unroll::Never, Unroll::Always, Unroll::Auto})
    for (const int lanes : {4, 8, 16})
      result.push_back({unroll, lanes, false, lanes == 4 ? 1 : lanes / 4, result.size() % 2 == 0});
  return result;
}

// Kernels are kept: many cases run one cell over other tensors.
const engine::Compiled& compiled(const ir::Recurrence& recurrence, const Variant& variant) {
  static ir::Diagnostics diagnostics;
  static const engine::Engine engine;
  static std::map<std::string, engine::Compiled> kernels;
  const std::string key = ir::print(recurrence) + variant.name();
  auto found = kernels.find(key);
  if (found == kernels.end()) {
    passes::Options options;
    options.lanes = variant.lanes;
    options.samples_across_lanes = variant.samples_across_lanes;
    options.threads = variant.threads;
    options.verify_each = true;
    if (variant.ahead) options.pins = inputs_ahead(recurrence, engine.target(), options);
    INFO(diagnostics.render());
    std::optional<engine::Compiled> made = engine.compile(recurrence, options, diagnostics);
    INFO(diagnostics.render());
    REQUIRE(made.has_value());
    found = kernels.emplace(key, std::move(*made)).first;
  }
  return found->second;
}

void require_same_bits(const std::vector<ir::Tensor>& wanted, const std::vector<ir::Tensor>& found,
                       const std::string& what) {
  REQUIRE(wanted.size() == found.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    INFO(what << " " << i);
    REQUIRE(wanted[i].dims() == found[i].dims());
    INFO("they differ by " << ir::largest_difference(found[i], wanted[i]));
    REQUIRE(ir::same_bits(wanted[i], found[i]));
  }
}

void require_same_bits(const ir::Results& wanted, const std::optional<ir::Results>& found,
                       const ir::Diagnostics& diagnostics) {
  INFO(diagnostics.render());
  REQUIRE(found.has_value());
  require_same_bits(wanted.outputs, found->outputs, "output");
  require_same_bits(wanted.last_output, found->last_output, "last output");
  require_same_bits(wanted.new_states, found->new_states, "state");
}

int64_t time_of(const ir::Recurrence& recurrence, const ir::Arguments& arguments) {
  return arguments.inputs.at(recurrence.step.inputs[0].name).dims()[recurrence.time_major ? 0 : 1];
}

// P1: with no step there is no last slot, and the last output is zeros.
void require_last_output(const ir::Recurrence& recurrence, const ir::Results& results) {
  for (size_t i = 0; i < results.outputs.size(); ++i) {
    const ir::Tensor& last = results.last_output[i];
    const ir::Tensor outputs =
        recurrence.time_major ? results.outputs[i].with_leading_axes_swapped() : results.outputs[i];
    const int64_t batch = outputs.dims()[0], time = outputs.dims()[1];
    const int64_t width = batch == 0 ? 0 : last.count() / batch;
    ir::Tensor slot(last.dtype(), last.dims());
    for (int64_t b = 0; time > 0 && b < batch; ++b)
      for (int64_t j = 0; j < width; ++j)
        slot.set(b * width + j, outputs.at(((b + 1) * time - 1) * width + j));
    INFO("last output against the last slot of output " << i);
    REQUIRE(ir::same_bits(last, slot));
  }
}

std::string errors_of(const ir::Diagnostics& diagnostics) {
  std::string out;
  for (const ir::Diagnostic& diagnostic : diagnostics.all()) out += diagnostic.message + "\n";
  return out;
}

}  // namespace

ir::Results run_everywhere(const ir::Recurrence& recurrence, const ir::Arguments& arguments,
                           Engines engines) {
  const int64_t time = time_of(recurrence, arguments);
  INFO(ir::print(recurrence));
  ir::Diagnostics diagnostics;
  ir::Recurrence plain = recurrence;
  plain.unroll = Unroll::Auto;
  std::optional<ir::Results> wanted = ir::interpret(plain, arguments, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(wanted.has_value());
  require_last_output(recurrence, *wanted);
  bool first = true;
  for (const Variant& variant : variants(engines, time)) {
    if (variant.unroll == Unroll::Always && time == 0) continue;  // an error: there is nothing to unroll
    ir::Recurrence chosen = recurrence;
    chosen.unroll = variant.unroll;
    if (variant.unroll == Unroll::Always) chosen.time = time;
    INFO(variant.name());
    const engine::Compiled& code = compiled(chosen, variant);
    if (first) {
      INFO("loop interpreter");
      const auto looped = ir::interpret(*code.pipeline.program, chosen, arguments, diagnostics);
      require_same_bits(*wanted, looped, diagnostics);
    }
    first = false;
    const auto native = engine::run(code.kernel, arguments, diagnostics);
    require_same_bits(*wanted, native, diagnostics);
    std::optional<engine::Call> shared =
        engine::Call::bind(code.kernel, arguments, diagnostics, most_threads);
    REQUIRE(shared.has_value());
    shared->run();
    shared->run();  // a second run finds nothing of the first
    require_same_bits(*wanted, shared->take_results(), diagnostics);
  }
  return std::move(*wanted);
}

std::string refused_everywhere(const ir::Recurrence& recurrence, const ir::Arguments& arguments) {
  ir::Diagnostics diagnostics, others;
  REQUIRE_FALSE(ir::interpret(recurrence, arguments, diagnostics).has_value());
  ir::Diagnostics ignored;
  if (ir::validate(recurrence, ignored)) {
    const engine::Compiled& code = compiled(recurrence, {});
    REQUIRE_FALSE(engine::run(code.kernel, arguments, others).has_value());
  } else {
    ir::validate(recurrence, others);
  }
  CHECK(errors_of(others) == errors_of(diagnostics));
  return errors_of(diagnostics);
}

}  // namespace rondo::tests
