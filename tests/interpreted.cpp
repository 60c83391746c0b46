#include "tests/interpreted.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "frontend/engine/call.h"
#include "ir/interpreter.h"
#include "tests/parsing.h"
#include "tests/random_recurrence.h"

namespace rondo::tests {

namespace {

bool same(const std::vector<ir::Tensor>& a, const std::vector<ir::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), ir::same_bits);
}

}  // namespace

ir::Recurrence ready_cell(const std::string& name, const std::map<std::string, int64_t>& sizes) {
  std::ifstream file(RONDO_SOURCE_DIR "/cells/" + name + ".rondo");
  std::stringstream text;
  text << file.rdbuf();
  const Parsed parsed = parse_cell(text.str(), sizes);
  INFO(parsed.diagnostics.render());
  REQUIRE(parsed.recurrence.has_value());
  return *parsed.recurrence;
}

engine::Compiled compile(const ir::Recurrence& recurrence, const passes::Options& options) {
  ir::Diagnostics diagnostics;
  auto compiled = engine::Engine().compile(recurrence, options, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(compiled.has_value());
  return std::move(*compiled);
}

void require_interpreters_bits(const ir::Recurrence& recurrence, const engine::Compiled& compiled,
                               std::span<const int64_t> batches, int64_t time, std::span<const int> threads) {
  Random random(1);
  for (const int64_t batch : batches) {
    const ir::Arguments arguments = random_arguments(random, recurrence, batch, time, false);
    ir::Diagnostics diagnostics;
    const auto wanted = ir::interpret(recurrence, arguments, diagnostics);
    REQUIRE(wanted.has_value());
    for (const int count : threads) {
      INFO("B=" << batch << " threads=" << count);
      auto call = engine::Call::bind(compiled.kernel, arguments, diagnostics, count);
      REQUIRE(call.has_value());
      for (int run = 0; run < 3; ++run) call->run();
      REQUIRE(same(call->results().outputs, wanted->outputs));
      REQUIRE(same(call->results().last_output, wanted->last_output));
      REQUIRE(same(call->results().new_states, wanted->new_states));
    }
  }
}

}  // namespace rondo::tests
