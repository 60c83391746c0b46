// Streams: however a sequence is cut, the bits are those of one call over the whole of it.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "frontend/engine/call.h"
#include "frontend/engine/engine.h"
#include "frontend/engine/stream.h"
#include "ir/interpreter.h"
#include "ir/printer.h"
#include "tests/interpreted.h"
#include "tests/parsing.h"
#include "tests/random_recurrence.h"
#include "tests/ready_cells.h"

using namespace rondo;

namespace {

// Weights and the beginning of a stream out of the arguments of a whole call.
struct Opened {
  engine::Model model;
  engine::Stream stream;
};

Opened open(const ir::Recurrence& recurrence, const ir::Arguments& arguments, int64_t batch,
            const passes::Options& options = {}) {
  ir::Diagnostics diagnostics;
  const auto compiled = engine::Engine().compile(recurrence, options, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(compiled.has_value());
  std::vector<const void*> weights;
  for (const ir::Leaf& weight : recurrence.step.weights)
    weights.push_back(arguments.weights.at(weight.name).bytes());
  const auto model = engine::Model::prepare(compiled->kernel, weights, diagnostics);
  REQUIRE(model.has_value());
  engine::StreamStart start;
  std::vector<ir::Tensor> zeros;
  zeros.reserve(recurrence.step.states.size());
  for (const ir::State& state : recurrence.step.states) {
    const auto given = arguments.states.find(state.name);
    const ir::Type& type = recurrence.step.type(state.node);
    if (given == arguments.states.end())
      start.states.push_back(zeros.emplace_back(type.dtype, ir::Dims{batch, type.count()}).bytes());
    else
      start.states.push_back(given->second.bytes());
  }
  for (const ir::Leaf& constant : recurrence.step.constants)
    start.constants.push_back(arguments.constants.at(constant.name).bytes());
  auto stream = engine::Stream::open(*model, batch, start, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(stream.has_value());
  return {*model, std::move(*stream)};
}

// Hands the stream the steps [begin, end) of a whole call.
class Feeder {
 public:
  Feeder(const ir::Recurrence& recurrence, const ir::Arguments& arguments, ir::Results& results)
      : r_(recurrence), arguments_(arguments), results_(results) {
    if (arguments.mask) mask_ = ir::normalized_mask(*arguments.mask);
  }

  void feed(engine::Stream& stream, int64_t begin, int64_t end) {
    std::vector<rondo_array> inputs, outputs;
    for (const ir::Leaf& input : r_.step.inputs)
      inputs.push_back(from(arguments_.inputs.at(input.name), begin));
    for (ir::Tensor& output : results_.outputs) outputs.push_back(from(output, begin));
    const rondo_array mask = r_.masking == ir::Masking::Mask ? from(mask_, begin) : rondo_array{};
    stream.block(end - begin, inputs, mask.data ? &mask : nullptr, outputs);
  }

 private:
  rondo_array from(const ir::Tensor& tensor, int64_t step) const {
    const int64_t leading = tensor.dims()[0] * tensor.dims()[1];
    const int64_t row = tensor.count() / leading, second = tensor.dims()[1] * row;
    rondo_array array{const_cast<std::byte*>(tensor.bytes()), r_.time_major ? row : second,
                      r_.time_major ? second : row};
    array.data = static_cast<std::byte*>(array.data) + step * array.time_stride * ir::size_of(tensor.dtype());
    return array;
  }

  const ir::Recurrence& r_;
  const ir::Arguments& arguments_;
  ir::Results& results_;
  ir::Tensor mask_;
};

bool same(const std::vector<ir::Tensor>& a, const std::vector<ir::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), ir::same_bits);
}

bool state_is(const engine::Stream& stream, const std::vector<ir::Tensor>& states) {
  for (size_t i = 0; i < states.size(); ++i) {
    ir::Tensor found(states[i].dtype(), states[i].dims());
    std::memcpy(found.bytes(), stream.state(i), found.byte_count());
    if (!ir::same_bits(found, states[i])) return false;
  }
  return true;
}

ir::Recurrence random_stream(tests::Random& random) {
  ir::Recurrence recurrence = tests::random_recurrence(random, 3 + static_cast<int>(random() % 10), 16);
  recurrence.go_backwards = false;
  recurrence.input_length.reset();
  recurrence.time.reset();
  recurrence.unroll = ir::Unroll::Auto;
  if (recurrence.masking == ir::Masking::Lengths) recurrence.masking = ir::Masking::Mask;
  if (recurrence.step.states.empty()) recurrence.masking = ir::Masking::None;  // nothing would hold
  return recurrence;
}

const char* const smoother = R"(
  cell smoother() {
    input x : f32[3]
    state s : f32[3]
    next s = 0.9 * s + 0.1 * x
    output next s
  }
)";

}  // namespace

TEST_CASE("random recurrences cut anywhere, with snapshots on the way, give the bits of one call",
          "[stream]") {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    tests::Random random(seed);
    const ir::Recurrence recurrence = random_stream(random);
    const int64_t batch = std::array<int64_t, 4>{1, 2, 5, 17}[random() % 4];
    const int64_t time = 1 + static_cast<int64_t>(random() % 40);
    const ir::Arguments arguments = tests::random_arguments(random, recurrence, batch, time, false);
    INFO("seed " << seed << ", B=" << batch << ", T=" << time << "\n" << ir::print(recurrence));
    ir::Diagnostics diagnostics;
    const auto wanted = ir::interpret(recurrence, arguments, diagnostics);
    REQUIRE(wanted.has_value());
    passes::Options options;
    if (random() % 2) options.samples_across_lanes = random() % 2 == 0;
    if (random() % 2) options.expected_batch = batch;
    // Blocks of a kernel for single steps are run step by step.
    ir::Recurrence streamed = recurrence;
    if (random() % 2) streamed.time = 1;
    options.verify_each = true;
    engine::Stream stream = open(streamed, arguments, batch, options).stream;
    auto results = ir::allocate_results(recurrence, {batch, time, time}, diagnostics);
    Feeder feeder(recurrence, arguments, *results);
    std::vector<std::byte> saved;
    int64_t saved_at = -1;
    for (int64_t t = 0; t < time;) {
      if (random() % 3 == 0) {
        saved.assign(stream.snapshot().begin(), stream.snapshot().end());
        saved_at = t;
      } else if (saved_at >= 0 && random() % 4 == 0) {
        REQUIRE(stream.restore(saved));
        t = std::exchange(saved_at, -1);
      } else if (random() % 8 == 0) {
        auto copy = stream.clone(diagnostics);
        REQUIRE(copy.has_value());
        stream = std::move(*copy);
      }
      const int64_t end = std::min(time, t + static_cast<int64_t>(random() % 9));
      feeder.feed(stream, t, end);
      t = end;
    }
    CHECK(same(results->outputs, wanted->outputs));
    CHECK(state_is(stream, wanted->new_states));
  }
}

TEST_CASE("a stream steps over dense rows as it runs blocks", "[stream]") {
  const Parsed parsed = parse_cell(smoother, {});
  Opened opened = open(*parsed.recurrence, {}, 2);
  engine::Stream& stream = opened.stream;
  const std::array<float, 6> x{1, 2, 3, 4, 5, 6};
  std::array<float, 6> y{}, expected{};
  const void* in = x.data();
  void* out = y.data();
  for (int t = 0; t < 5; ++t) {
    stream.step(&in, nullptr, &out);
    for (size_t i = 0; i < 6; ++i) expected[i] = std::fma(0.9F, expected[i], 0.1F * x[i]);
  }
  CHECK(y[5] == Approx(expected[5]));
  CHECK(std::equal(y.begin(), y.end(), static_cast<const float*>(stream.state(0))));
}

// Of every ready cell: states that are updated in place stand in the caller's arrays, others are copied there
// behind the step.
TEST_CASE("a kernel for one step leaves states where the caller has them", "[stream]") {
  const int64_t units = GENERATE(5, 8, 20, 33), batch = GENERATE(1, 3);
  for (auto& [name, recurrence] : tests::ready_cells({{"units", units}, {"channels", units}})) {
    INFO(name << ", " << units << " units, B=" << batch);
    tests::Random random(9);
    const ir::Arguments arguments = tests::random_arguments(random, recurrence, batch, 4, false);
    ir::Diagnostics diagnostics;
    const auto wanted = ir::interpret(recurrence, arguments, diagnostics);
    REQUIRE(wanted.has_value());
    recurrence.time = 1;
    passes::Options options;
    options.expected_batch = batch;
    options.samples_across_lanes = false;
    options.verify_each = true;
    const ir::LoopProgram program = *tests::compile(recurrence, options).pipeline.program;
    CHECK(program.setup.empty());
    if (units <= 20) CHECK(program.before.empty());
    engine::Stream stream = open(recurrence, arguments, batch, options).stream;
    recurrence.time.reset();
    auto results = ir::allocate_results(recurrence, {batch, 4, 4}, diagnostics);
    Feeder(recurrence, arguments, *results).feed(stream, 0, 4);
    CHECK(same(results->outputs, wanted->outputs));
    CHECK(state_is(stream, wanted->new_states));
  }
}

TEST_CASE("single samples of a stream begin anew, and the others do not notice", "[stream]") {
  const Parsed parsed = parse_cell(smoother, {});
  Opened opened = open(*parsed.recurrence, {}, 2);
  const std::array<float, 6> x{1, 2, 3, 1, 2, 3};
  std::array<float, 6> y{};
  const void* in = x.data();
  void* out = y.data();
  opened.stream.step(&in, nullptr, &out);
  const std::array<float, 6> first = y;
  opened.stream.step(&in, nullptr, &out);
  const std::array<float, 6> second = y;
  opened.stream.reset();
  opened.stream.step(&in, nullptr, &out);
  CHECK(y == first);
  opened.stream.reset(1);
  opened.stream.step(&in, nullptr, &out);
  CHECK(std::equal(y.begin(), y.begin() + 3, second.begin()));
  CHECK(std::equal(y.begin() + 3, y.end(), first.begin() + 3));
}

TEST_CASE("a masked first step of a block repeats what the block before left", "[stream]") {
  Parsed parsed = parse_cell(smoother, {});
  parsed.recurrence->masking = ir::Masking::Mask;
  Opened opened = open(*parsed.recurrence, {}, 1);
  const std::array<float, 3> x{1, 2, 3};
  std::array<float, 3> y{9, 9, 9};
  const void* in = x.data();
  void* out = y.data();
  const uint8_t masked = 0;
  opened.stream.step(&in, &masked, &out);
  CHECK(y == std::array<float, 3>{});
  opened.stream.step(&in, nullptr, &out);
  const std::array<float, 3> kept = y;
  CHECK(kept[0] > 0);
  y = {9, 9, 9};
  opened.stream.step(&in, &masked, &out);
  CHECK(y == kept);
}

TEST_CASE("a snapshot fits the same states of as many samples, and nothing else", "[stream]") {
  const Parsed parsed = parse_cell(smoother, {});
  Opened two = open(*parsed.recurrence, {}, 2), three = open(*parsed.recurrence, {}, 3);
  const Parsed wider = parse_cell(
      "cell wide() { input x : f32[6]; state s : f32[1, 3]; next s = s + x[0]; output s + x[1] }", {});
  Opened other = open(*wider.recurrence, {}, 2);
  const auto snapshot = two.stream.snapshot();
  CHECK(two.stream.restore(snapshot));
  CHECK_FALSE(three.stream.restore(snapshot));
  CHECK_FALSE(other.stream.restore(snapshot));
  CHECK_FALSE(two.stream.restore(snapshot.first(snapshot.size() - 1)));
  CHECK_FALSE(two.stream.restore({}));
}

TEST_CASE("what needs to know its end is no stream", "[stream]") {
  const auto refusal = [](auto&& change) {
    Parsed parsed = parse_cell(smoother, {});
    change(*parsed.recurrence);
    ir::Diagnostics diagnostics;
    const auto compiled = engine::Engine().compile(*parsed.recurrence, {}, diagnostics);
    const auto model = engine::Model::prepare(compiled->kernel, {}, diagnostics);
    CHECK_FALSE(engine::Stream::open(*model, 1, {}, diagnostics).has_value());
    return diagnostics.render();
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(refusal([](ir::Recurrence& r) { r.go_backwards = true; }), Contains("go_backwards"));
  CHECK_THAT(refusal([](ir::Recurrence& r) { r.masking = ir::Masking::Lengths; }), Contains("give a mask"));
  CHECK_THAT(refusal([](ir::Recurrence& r) { r.input_length = 3; }), Contains("input_length"));
  CHECK_THAT(refusal([](ir::Recurrence& r) { r.time = 3; }), Contains("number of steps"));
}
