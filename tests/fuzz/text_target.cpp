#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "frontend/engine/measurement.h"
#include "frontend/text/program.h"
#include "ir/interpreter.h"
#include "ir/loop_interpreter.h"
#include "ir/printer.h"
#include "tests/fuzz/targets.h"

namespace rondo::fuzz {

namespace {

constexpr int64_t batch = 2, time = 3;

// Small enough to be run thousands of times.
bool is_small(const ir::Recurrence& recurrence) {
  constexpr int most_nodes = 80;
  constexpr int64_t most_elements = 1000;
  if (recurrence.step.size() > most_nodes) return false;
  int64_t elements = 0;
  for (int32_t i = 0; i < recurrence.step.size(); ++i) {
    const std::optional<int64_t> count = ir::checked_count(recurrence.step.type({i}).dims);
    if (!count || *count > most_elements) return false;
    elements += *count;
  }
  return elements <= 10 * most_elements;
}

void require(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error(what);
}

void require_same(const ir::Results& wanted, const ir::Results& found, const std::string& engine) {
  const auto same = [](const std::vector<ir::Tensor>& a, const std::vector<ir::Tensor>& b) {
    bool all = a.size() == b.size();
    for (size_t i = 0; all && i < a.size(); ++i) all = ir::same_bits(a[i], b[i]);
    return all;
  };
  require(same(wanted.outputs, found.outputs) && same(wanted.last_output, found.last_output) &&
              same(wanted.new_states, found.new_states),
          engine + " gives other bits than the interpreter");
}

// What every text that is a cell must hold: it prints as one that is equal, and all engines agree.
void run(ir::Recurrence recurrence, bool natively) {
  ir::Diagnostics diagnostics;
  if (recurrence.time.value_or(time) > 2 * time) return;
  if (!ir::validate(recurrence, diagnostics)) return;
  const int64_t steps = recurrence.time.value_or(time);
  const auto arguments = engine::made_up_arguments(recurrence, batch, steps, {}, diagnostics);
  if (!arguments) return;
  const auto wanted = ir::interpret(recurrence, *arguments, diagnostics);
  if (!wanted) return;
  passes::Options options;
  options.verify_each = true;
  const engine::Engine engine;
  const auto pipeline = passes::run_passes(recurrence, engine.target(), options, diagnostics);
  require(pipeline.has_value(), "passes refuse a valid recurrence: " + diagnostics.render());
  const auto looped = ir::interpret(*pipeline->program, recurrence, *arguments, diagnostics);
  require(looped.has_value(), "the loop program refuses the arguments: " + diagnostics.render());
  require_same(*wanted, *looped, "the loop program");
  if (!natively) return;
  options.checked = true;
  const auto compiled = engine.compile(recurrence, options, diagnostics);
  require(compiled.has_value(), "a valid recurrence does not compile: " + diagnostics.render());
  const auto found = engine::run(compiled->kernel, *arguments, diagnostics);
  require(found.has_value(), diagnostics.render());
  require_same(*wanted, *found, "native code");
}

}  // namespace

void run_text(Bytes bytes) {
  ir::Diagnostics diagnostics;
  const auto source =
      std::make_shared<const ir::SourceText>(ir::SourceText{"fuzz.rondo", {bytes.begin(), bytes.end()}});
  const auto program = text::Program::parse(source, diagnostics);
  diagnostics.render();
  if (!program) return;
  for (const std::string& cell : program->cells()) {
    std::map<std::string, int64_t> settings;
    for (const std::string& parameter : program->open_parameters(cell)) settings[parameter] = 3;
    ir::Diagnostics of_cell;
    const auto recurrence = program->instantiate(cell, settings, {}, of_cell);
    of_cell.render();
    if (!recurrence || !is_small(*recurrence)) continue;
    size_t sum = bytes.size();
    for (const uint8_t byte : bytes) sum = sum * 31 + byte;
    run(*recurrence, sum % 8 == 0);
  }
}

}  // namespace rondo::fuzz
