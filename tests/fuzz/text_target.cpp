#include <stdexcept>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "frontend/engine/measurement.h"
#include "ir/interpreter.h"
#include "ir/loop_interpreter.h"
#include "tests/fuzz/small_cells.h"
#include "tests/fuzz/targets.h"

namespace rondo::fuzz {

namespace {

constexpr int64_t batch = 2, time = 3;

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

// All engines agree.
void run(const ir::Recurrence& recurrence, bool natively) {
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

void run_text(Bytes text) {
  size_t sum = text.size();
  for (const uint8_t byte : text) sum = sum * 31 + byte;
  for (const ir::Recurrence& cell : small_cells(text)) run(cell, sum % 8 == 0);
}

}  // namespace rondo::fuzz
