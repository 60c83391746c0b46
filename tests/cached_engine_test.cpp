// The engine with a cache: what was compiled before is not compiled again, and what differs is.
#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

#include "frontend/engine/build_id.h"
#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "frontend/engine/kernel_key.h"
#include "tests/data/scratch.h"
#include "tests/parsing.h"

using namespace rondo;
using engine::Engine;
using engine::KernelCache;

namespace {

ir::Recurrence cell(const std::string& next) {
  const Parsed parsed =
      parse_cell("cell c() { input x : f32[8]; state s : f32[8]; next s = " + next + "; output next s }");
  REQUIRE(parsed.recurrence.has_value());
  return *parsed.recurrence;
}

engine::Compiled compiled(const Engine& engine, const ir::Recurrence& recurrence,
                          const passes::Options& options = {}) {
  ir::Diagnostics diagnostics;
  auto result = engine.compile(recurrence, options, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(result.has_value());
  return std::move(*result);
}

std::vector<float> run(const engine::Compiled& compiled) {
  ir::Arguments arguments;
  arguments.inputs["x"] = ir::Tensor(ir::DType::F32, {2, 5, 8});
  for (int64_t i = 0; i < 80; ++i) arguments.inputs["x"].set(i, 0.1 * static_cast<double>(i));
  ir::Diagnostics diagnostics;
  const auto results = engine::run(compiled.kernel, arguments, diagnostics);
  REQUIRE(results.has_value());
  std::vector<float> numbers(80);
  std::memcpy(numbers.data(), results->outputs[0].bytes(), 80 * sizeof(float));
  return numbers;
}

}  // namespace

TEST_CASE("what was compiled before comes from the cache, with the same bits", "[cache]") {
  const test::Scratch scratch;
  const std::string folder = scratch.path("cache");
  const ir::Recurrence recurrence = cell("tanh(s + x)");
  const engine::Compiled first = compiled(Engine({}, KernelCache::open(folder)), recurrence);
  const engine::Compiled second = compiled(Engine({}, KernelCache::open(folder)), recurrence);
  CHECK_FALSE(first.cached);
  CHECK(second.cached);
  CHECK(first.kernel.code_bytes() == second.kernel.code_bytes());
  CHECK(run(first) == run(second));
  CHECK_FALSE(compiled(Engine(), recurrence).cached);
}

TEST_CASE("with a hit nothing is compiled", "[cache]") {
  const test::Scratch scratch;
  const auto cache = KernelCache::open(scratch.path("cache"));
  const Engine engine({}, cache);
  const ir::Recurrence sum = cell("s + x"), difference = cell("s - x");
  const auto expected = run(compiled(engine, sum));
  // The code of one under the key of the other: it runs, so no other was made.
  const auto key = [&](const ir::Recurrence& r) {
    return engine::kernel_key(r, {}, engine.target(), engine::build_id());
  };
  const auto image = cache->find(key(sum));
  REQUIRE(image.has_value());
  cache->keep(key(difference), *image);
  CHECK(run(compiled(engine, difference)) == expected);
}

TEST_CASE("whatever shapes code is in the key", "[cache]") {
  const ir::Target host = Engine().target();
  const ir::Recurrence usual = cell("s + x");
  std::set<std::string> keys;
  int count = 0;
  const auto add = [&](const ir::Recurrence& r, const passes::Options& o, const ir::Target& t,
                       const std::string& build) {
    keys.insert(engine::kernel_key(r, o, t, build));
    ++count;
  };
  add(usual, {}, host, "1");
  add(usual, {}, host, "2");
  for (const char* next : {"x + s", "s + x * 2", "s + x * 2.0000002", "s - x"})
    add(cell(next), {}, host, "1");

  const auto with_recurrence = [&](auto&& change) {
    ir::Recurrence changed = usual;
    change(changed);
    add(changed, {}, host, "1");
  };
  with_recurrence([](auto& r) { r.go_backwards = true; });
  with_recurrence([](auto& r) { r.time_major = true; });
  with_recurrence([](auto& r) { r.zero_output_for_mask = true; });
  with_recurrence([](auto& r) { r.masking = ir::Masking::Mask; });
  with_recurrence([](auto& r) { r.masking = ir::Masking::Lengths; });
  with_recurrence([](auto& r) { r.unroll = ir::Unroll::Never; });
  with_recurrence([](auto& r) { r.unroll = ir::Unroll::Always; });
  with_recurrence([](auto& r) { r.input_length = 7; });
  with_recurrence([](auto& r) { r.time = 7; });

  const auto with_options = [&](auto&& change) {
    passes::Options changed;
    change(changed);
    add(usual, changed, host, "1");
  };
  with_options([](auto& o) { o.lanes = 4; });
  with_options([](auto& o) { o.lanes = 8; });
  with_options([](auto& o) { o.unroll = 4; });
  with_options([](auto& o) { o.samples_across_lanes = false; });
  with_options([](auto& o) { o.samples_across_lanes = true; });
  with_options([](auto& o) { o.disabled = {"hoist"}; });
  with_options([](auto& o) { o.disabled = {"hoist", "sink"}; });

  const auto with_target = [&](auto&& change) {
    ir::Target changed = host;
    change(changed);
    add(usual, {}, changed, "1");
  };
  with_target([](auto& t) { t.triple += "x"; });
  with_target([](auto& t) { t.cpu += "x"; });
  with_target([](auto& t) { t.features += ",+x"; });
  with_target([](auto& t) { t.vector_bits *= 2; });
  with_target([](auto& t) { t.vector_registers *= 2; });
  with_target([](auto& t) { t.has_fma = !t.has_fma; });

  CHECK(keys.size() == static_cast<size_t>(count));
}

TEST_CASE("dumps and checks do not make another kernel", "[cache]") {
  const Engine engine;
  passes::Options options;
  options.dump_after = "all";
  options.verify_each = !options.verify_each;
  CHECK(engine::kernel_key(cell("s + x"), options, engine.target(), "1") ==
        engine::kernel_key(cell("s + x"), {}, engine.target(), "1"));
}

TEST_CASE("a build has a fingerprint", "[cache]") {
  const std::string id = engine::build_id();
  CHECK(id.size() >= 16);
  CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
}
