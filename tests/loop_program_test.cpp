// Loop programs written by hand: printed, verified, and run against the reference interpreter.
#include "ir/loop_program.h"

#include <catch2/catch.hpp>

#include "ir/graph_builder.h"
#include "ir/interpreter.h"
#include "ir/loop_interpreter.h"

using namespace rondo::ir;

namespace {

// Buffers of the programs below, by their position.
constexpr BufferId x{0}, start{1}, h{2}, final_h{3}, y{4}, last{5}, w{6}, u{7}, v{8}, projected{9}, past{10};

// The element at the column index times the strides.
Access at(BufferId buffer, Dims strides, Time time = Time::Current) {
  return {buffer, time, 0, std::move(strides), 0};
}

Instruction literal(double value) {
  return {.literal = {value}};
}

Instruction load(Access access) {
  return {.opcode = Opcode::Load, .access = std::move(access)};
}

Instruction compute(Op op, std::vector<int> operands) {
  return {.opcode = Opcode::Compute, .op = op, .operands = std::move(operands)};
}

// A row times a matrix of n columns.
Instruction contract(int64_t n, BufferId row, BufferId matrix) {
  const Access left{row, Time::Current, 0, {0}, 1}, right{matrix, Time::Current, 0, {1}, n};
  return {.opcode = Opcode::Contract, .access = left, .rhs = right, .k = n};
}

Instruction store(Access access, int operand, Guard guard = Guard::None) {
  return {.opcode = Opcode::Store, .operands = {operand}, .access = std::move(access), .guard = guard};
}

Nest nest(Rows rows, int64_t columns, std::vector<Instruction> body) {
  Stage stage;
  stage.extents = {columns};
  stage.body = std::move(body);
  return {rows, {std::move(stage)}, LoopOrder::RowsOutside};
}

Buffer buffer(BufferKind kind, std::string name, Rows rows, int64_t elements) {
  return {.name = std::move(name), .kind = kind, .rows = rows, .elements = elements};
}

// What every cell of one input, one state and one unnamed output has.
LoopProgram frame(std::string name, int64_t n) {
  LoopProgram p;
  p.name = std::move(name);
  p.buffers = {buffer(BufferKind::Input, "x", Rows::Steps, n),
               buffer(BufferKind::InitialState, "h", Rows::Samples, n),
               buffer(BufferKind::State, "h", Rows::Samples, n),
               buffer(BufferKind::FinalState, "h", Rows::Samples, n),
               buffer(BufferKind::Output, "", Rows::Steps, n),
               buffer(BufferKind::LastOutput, "", Rows::Samples, n)};
  p.setup = {nest(Rows::Samples, n, {load(at(start, {1})), store(at(h, {1}), 0)})};
  p.tail = {nest(Rows::Samples, n, {literal(0), store(at(y, {1}), 0)})};
  p.finish = {nest(Rows::Samples, n,
                   {load(at(h, {1})), store(at(final_h, {1}), 0), load(at(y, {1}, Time::Previous)),
                    store(at(last, {1}), 2)})};
  return p;
}

// h' = 0.25 x + 0.75 h.
LoopProgram average() {
  LoopProgram p = frame("average", 3);
  p[h].in_place = true;
  p.step = {nest(Rows::Samples, 3,
                 {literal(0.25), load(at(x, {1})), compute(Op::Multiply, {0, 1}), literal(0.75),
                  load(at(h, {1})), compute(Op::Multiply, {3, 4}), compute(Op::Add, {2, 5}),
                  store(at(h, {1}, Time::Next), 6), store(at(y, {1}), 6)})};
  return p;
}

Recurrence average_recurrence() {
  Diagnostics diagnostics;
  GraphBuilder g("average", diagnostics);
  const Value in = g.input("x", DType::F32, {3}), state = g.state("h", DType::F32, {3});
  const Value next = g.apply(
      Op::Add, {g.apply(Op::Multiply, {g.number(0.25), in}), g.apply(Op::Multiply, {g.number(0.75), state})});
  g.set_next("h", next);
  g.output("", next);
  Recurrence r;
  r.step = g.finish().value();
  return r;
}

// h' = tanh(x w + h u), y = h' v: x w ahead of the loop, h' v behind it.
LoopProgram simple_rnn(Guard of_output) {
  LoopProgram p = frame("simple", 2);
  for (const char* name : {"w", "u", "v"})
    p.buffers.push_back(buffer(BufferKind::Weight, name, Rows::One, 4));
  for (const char* name : {"projected", "past"})
    p.buffers.push_back(buffer(BufferKind::Temporary, name, Rows::Steps, 2));
  p[projected].row_stride = 4;
  p.masking = Masking::Mask;
  p.before = {nest(Rows::Steps, 2, {contract(2, x, w), store(at(projected, {1}), 0)})};
  p.step = {
      nest(Rows::Samples, 2,
           {load(at(projected, {1})), contract(2, h, u), compute(Op::Add, {0, 1}), compute(Op::Tanh, {2}),
            store(at(h, {1}, Time::Next), 3, Guard::Hold), store(at(past, {1}), 3)})};
  p.after = {nest(Rows::Steps, 2, {contract(2, past, v), store(at(y, {1}), 0, of_output)})};
  return p;
}

Recurrence rnn_recurrence() {
  Diagnostics diagnostics;
  GraphBuilder g("simple", diagnostics);
  const Value in = g.input("x", DType::F32, {2}), state = g.state("h", DType::F32, {2});
  const Value of_x = g.weight("w", DType::F32, {2, 2}), of_h = g.weight("u", DType::F32, {2, 2});
  const Value next = g.apply(Op::Tanh, {g.apply(Op::Add, {g.matmul(in, of_x), g.matmul(state, of_h)})});
  g.set_next("h", next);
  g.output("", g.matmul(next, g.weight("v", DType::F32, {2, 2})));
  Recurrence r;
  r.step = g.finish().value();
  r.masking = Masking::Mask;
  return r;
}

Tensor numbers(Dims dims) {
  Tensor result(DType::F32, std::move(dims));
  for (int64_t i = 0; i < result.count(); ++i) result.set(i, static_cast<double>(i * 37 % 23) / 16 - 0.7);
  return result;
}

// Two samples and five steps, with holes in the mask (the first step among them).
Arguments arguments_for(const Recurrence& r) {
  const int64_t n = r.step.type(r.step.states[0].node).dims[0];
  Arguments arguments;
  arguments.inputs["x"] = numbers(r.time_major ? Dims{5, 2, n} : Dims{2, 5, n});
  arguments.states["h"] = numbers({2, n});
  for (const Leaf& weight : r.step.weights) {
    arguments.weights[weight.name] = numbers({n, n});
    arguments.weights[weight.name].set(0, static_cast<double>(weight.name[0]) / 128);
  }
  const double kept[] = {0, 1, 1, 0, 1, 1, 0, 0, 1, 0};
  if (r.masking == Masking::Mask)
    arguments.mask = Tensor::of(DType::Bool, r.time_major ? Dims{5, 2} : Dims{2, 5}, kept);
  const double lengths[] = {3, 0};
  if (r.masking == Masking::Lengths) arguments.lengths = Tensor::of(DType::I32, {2}, lengths);
  return arguments;
}

bool agrees(const LoopProgram& program, const Recurrence& recurrence, const Arguments& arguments) {
  Diagnostics diagnostics;
  const std::optional<Results> expected = interpret(recurrence, arguments, diagnostics);
  const std::optional<Results> found = interpret(program, recurrence, arguments, diagnostics);
  INFO(diagnostics.render());
  REQUIRE((expected && found));
  return same_bits(found->last_output[0], expected->last_output[0]) &&
         same_bits(found->outputs[0], expected->outputs[0]) &&
         same_bits(found->new_states[0], expected->new_states[0]);
}

bool agrees(const LoopProgram& program, const Recurrence& recurrence) {
  return agrees(program, recurrence, arguments_for(recurrence));
}

}  // namespace

TEST_CASE("a loop program prints as text") {
  LoopProgram p = average();
  p.step[0].stages[0].lanes = 16;
  p.step[0].stages[0].tiles = {{6, 1}, {1, 4}};
  p.input_length = 7;
  p.setup.clear();
  p.tail.clear();
  CHECK(print(p) ==
        "loop program average: unroll 1, time_block all, lanes over columns, masking none, input_length 7\n"
        "  input x f32[3] steps\n"
        "  initial_state h f32[3] samples\n"
        "  state h f32[3] samples row_stride 0 in_place\n"
        "  final_state h f32[3] samples\n"
        "  output (unnamed) f32[3] steps\n"
        "  last_output (unnamed) f32[3] samples\n"
        "step\n"
        "  nest samples\n"
        "    stage [3] x16 tiles 6x1 1x4\n"
        "      %0 = literal f32 0.25\n"
        "      %1 = load f32 x[c]\n"
        "      %2 = multiply f32 %0, %1\n"
        "      %3 = literal f32 0.75\n"
        "      %4 = load f32 h.current[c]\n"
        "      %5 = multiply f32 %3, %4\n"
        "      %6 = add f32 %2, %5\n"
        "      store h.next[c] <- %6\n"
        "      store out[c] <- %6\n"
        "finish\n"
        "  nest samples\n"
        "    stage [3]\n"
        "      %0 = load f32 h.current[c]\n"
        "      store h.final[c] <- %0\n"
        "      %2 = load f32 out.previous[c]\n"
        "      store last[c] <- %2\n");
}

TEST_CASE("the line of an instruction says which elements it touches") {
  LoopProgram p = simple_rnn(Guard::Hold);
  Stage stage = p.step[0].stages[0];
  CHECK(print_line(p, stage, 1) == "%1 = contract f32 k=2 h.current[k] * u[2*k + c]");
  CHECK(print_line(p, stage, 4) == "store h.next[c] <- %3 (hold)");
  stage.body[0].access = {w, Time::Current, 7, {-4, 1}, 0};
  CHECK(print_line(p, stage, 0) == "%0 = load f32 w[-4*c0 + c1 + 7]");
  stage.body[1] = {.opcode = Opcode::Load, .operands = {0}, .access = {w, {}, -1, {1}, 2}, .k = 5};
  CHECK(print_line(p, stage, 1) == "%1 = load f32 w[2*clamp(%0, 5) + c - 1]");
  stage.body[1] = {.opcode = Opcode::Reduce, .op = Op::Max, .access = {{}, {}, -1, {1}, 2}, .k = 5};
  CHECK(print_line(p, stage, 1) == "%1 = max f32 k=5 <buffer -1>[2*k + c - 1]");
}

TEST_CASE("a loop program that is in order passes the verifier") {
  CHECK(verify(average()) == "");
  CHECK(verify(simple_rnn(Guard::Hold)) == "");
  // Nothing is touched where there are no columns.
  LoopProgram p = frame("empty", 3);
  p.step = {nest(Rows::Samples, 0, {load({x, Time::Current, 99, {1}, 0}), store(at(y, {1}), 0)})};
  CHECK(verify(p) == "");
}

TEST_CASE("the verifier says where, and shows the line") {
  LoopProgram p = simple_rnn(Guard::Hold);
  p.step[0].stages[0].body[0].access.offset = 1;
  CHECK(verify(p) ==
        "phase 'step', nest 0, stage 0, instruction 0: reaches from element 1 to 2 of 'projected', which has "
        "2\n"
        "    %0 = load f32 projected[c + 1]");
}

TEST_CASE("the verifier says what is wrong") {
  using Body = std::vector<Instruction>;
  struct Mistake {
    const char* message;
    void (*make)(LoopProgram& p, Body& body);  // body: of the only nest in `step`
  };
  const Mistake mistakes[] = {
      {"reaches from element -1 to 2 of 'u', which has 4", [](auto&, Body& b) { b[1].rhs.strides = {-1}; }},
      {"9223372036854775807", [](auto&, Body& b) { b[0].access = {projected, {}, INT64_MAX, {INT64_MAX}}; }},
      {"2 strides for 'projected' over a", [](auto&, Body& b) { b[0].access.strides = {1, 1}; }},
      {"no column space has extents", [](auto& p, Body&) { p.step[0].stages[0].extents = {-1}; }},
      {"there is no buffer 99", [](auto&, Body& b) { b[0].access.buffer = {99}; }},
      {"operand %2 does not come before its user", [](auto&, Body& b) { b[2].operands = {0, 2}; }},
      {"operand %5 is a store", [](auto&, Body& b) { b.push_back(compute(Op::Tanh, {5})); }},
      {"has 1 operands", [](auto&, Body& b) { b[2].operands = {0}; }},
      {"is not element-wise", [](auto&, Body& b) { b[2].op = Op::Dot; }},
      {"two operands of one", [](auto& p, Body& b) { b[0].dtype = p[projected].dtype = DType::F64; }},
      {"the result is bool, not f32", [](auto&, Body& b) { b[2].op = Op::Less; }},
      {"condition of 'where'", [](auto&, Body& b) { b[2] = compute(Op::Select, {0, 1, 1}); }},
      {"'past' has elements f64, not f32", [](auto& p, Body&) { p[past].dtype = DType::F64; }},
      {"contractions are of floats", [](auto&, Body& b) { b[1].dtype = DType::I32; }},
      {"'u' has elements f64, not f32", [](auto& p, Body&) { p[u].dtype = DType::F64; }},
      {"input 'x' is not written", [](auto&, Body& b) { b[4].access = at(x, {1}); }},
      {"final_state 'h' is never read", [](auto&, Body& b) { b[0].access = at(final_h, {1}); }},
      {"only the next value of a state", [](auto&, Body& b) { b[4].access.time = Time::Current; }},
      {"only an output has a previous value", [](auto&, Body& b) { b[0].access.time = Time::Previous; }},
      {"only a state has a next value", [](auto&, Body& b) { b[1].rhs.time = Time::Next; }},
      {"a nest over 'samples' has no row of 'x'", [](auto& p, Body&) { p.before[0].rows = Rows::Samples; }},
      {"a nest over 'one' has no row of 'h'", [](auto& p, Body&) { p.step[0].rows = Rows::One; }},
      {"a nest over 'samples' has no row of", [](auto& p, Body&) { std::swap(p.before, p.finish); }},
      {"knows no state", [](auto& p, Body&) { p.before[0].stages[0].body[0].access.buffer = h; }},
      {"runs over the steps of a block", [](auto& p, Body&) { p.step[0].rows = Rows::Steps; }},
      {"a state that is not kept holds", [](auto&, Body& b) { b[4].guard = Guard::Zero; }},
      {"only states and outputs are guarded", [](auto&, Body& b) { b[5].guard = Guard::Hold; }},
      {"no step of a sample", [](auto& p, Body&) { p.tail[0].stages[0].body[1].guard = Guard::Zero; }},
      {"must be bool", [](auto&, Body& b) { b.emplace_back().opcode = Opcode::Keep; }},
      {"masking is none", [](auto& p, Body& b) { p.masking = {}, b.emplace_back().opcode = Opcode::Keep; }},
      {"unroll is 0", [](auto& p, Body&) { p.unroll = 0; }},
      {"the last tile has 2 rows", [](auto& p, Body&) { p.step[0].stages[0].tiles = {{4, 1}, {2, 1}}; }},
      {"columns outside need a single stage",
       [](auto& p, Body&) { p.finish[0].order = LoopOrder::ColumnsOutside, p.finish[0].stages.resize(2); }},
      {"'projected': rows of 2 elements overlap", [](auto& p, Body&) { p[projected].row_stride = 1; }},
      {"input 'x': only temporaries can share memory", [](auto& p, Body&) { p[x].slot = 0; }},
      {"input 'x': only a state can be updated in place", [](auto& p, Body&) { p[x].in_place = true; }},
      {"has rows 'steps', but should have 'one'", [](auto& p, Body&) { p[w].rows = Rows::Steps; }},
      {"weight 'u': is there twice", [](auto& p, Body&) { p[v].name = "u"; }},
  };
  for (const Mistake& mistake : mistakes) {
    LoopProgram p = simple_rnn(Guard::Hold);
    mistake.make(p, p.step[0].stages[0].body);
    INFO("expected: " << mistake.message << "\nfound: " << verify(p));
    CHECK(verify(p).find(mistake.message) != std::string::npos);
  }
}

TEST_CASE("a loop program of one fused nest gives the reference's results") {
  LoopProgram p = average();
  Recurrence r = average_recurrence();
  SECTION("as it is") {}
  SECTION("with two copies of the state") {
    p[h].in_place = false;
  }
  SECTION("backwards, time-major") {
    p.go_backwards = r.go_backwards = r.time_major = true;
  }
  SECTION("cut short, down to no step") {
    p.input_length = r.input_length = GENERATE(3, 0);
  }
  CHECK(agrees(p, r));
  Arguments arguments = arguments_for(r);
  arguments.states.clear();
  CHECK(agrees(p, r, arguments));
}

TEST_CASE("work ahead of the loop and behind it gives the reference's results") {
  LoopProgram p = simple_rnn(Guard::Hold);
  Recurrence r = rnn_recurrence();
  SECTION("hold") {}
  SECTION("zero") {
    p = simple_rnn(Guard::Zero);
    r.zero_output_for_mask = true;
  }
  SECTION("lengths backwards") {
    p.masking = r.masking = Masking::Lengths;
    p.go_backwards = r.go_backwards = true;
  }
  SECTION("no mask") {
    r.masking = p.masking = Masking::None;
  }
  SECTION("masks fused") {
    std::vector<Instruction>& body = p.step[0].stages[0].body;
    body[4] = {.opcode = Opcode::Keep, .dtype = DType::Bool};
    body.insert(body.end(),
                {load(at(h, {1})), compute(Op::Select, {4, 3, 6}), store(at(h, {1}, Time::Next), 7)});
  }
  SECTION("backwards, time-major, cut short") {
    p.go_backwards = r.go_backwards = r.time_major = true;
    p.input_length = r.input_length = 4;
  }
  for (int64_t block : {0, 1, 2, 3, 9}) {
    p.time_block = block;
    CHECK(agrees(p, r));
  }
}

TEST_CASE("a wrong decision about memory shows in the results") {
  LoopProgram p = simple_rnn(Guard::Hold);
  const Recurrence r = rnn_recurrence();
  REQUIRE(agrees(p, r));
  SECTION("a state overwritten while it is still read") {
    p[h].in_place = true;
    CHECK_FALSE(agrees(p, r));
  }
  SECTION("memory shared by values that live together") {
    p[projected].slot = p[past].slot = 0;
    p[projected].row_stride = p[past].row_stride = 2;
    CHECK(agrees(p, r));  // each row is read just before it is overwritten
    p[past].row_stride = 4;
    CHECK_FALSE(agrees(p, r));
  }
  SECTION("memory read before it is written") {
    p.before.clear();
    CHECK_FALSE(agrees(p, r));
  }
  SECTION("slots behind the last step forgotten") {
    p.tail.clear();
    Recurrence cut = r;
    p.input_length = cut.input_length = 3;
    CHECK_FALSE(agrees(p, cut));
  }
}

TEST_CASE("reductions and gathers of a loop program follow the reference") {
  // y[c] = sum of all h + table[index[c]], the indices partly out of range.
  Diagnostics diagnostics;
  GraphBuilder g("gather", diagnostics);
  const Value index = g.input("x", DType::I64, {3}), state = g.state("h", DType::F32, {40});
  g.set_next("h", state);
  const Value taken = g.take(g.weight("w", DType::F32, {4}), index, 0);
  g.output("", g.apply(Op::Add, {g.reduce(Op::Sum, state, {}), taken}));
  Recurrence r;
  r.step = g.finish().value();

  LoopProgram p = frame("gather", 3);
  p.buffers.push_back(buffer(BufferKind::Weight, "w", Rows::One, 4));
  p[x].dtype = DType::I64;
  for (BufferId id : {start, h, final_h}) p[id].elements = 40;
  p[h].in_place = true;  // and never written in a step
  p.setup[0].stages[0].extents = {40};
  p.finish = {nest(Rows::Samples, 40, {load(at(h, {1})), store(at(final_h, {1}), 0)}),
              nest(Rows::Samples, 3, {load(at(y, {1}, Time::Previous)), store(at(last, {1}), 0)})};
  const Instruction which{.opcode = Opcode::Load, .dtype = DType::I64, .access = at(x, {1})};
  const Instruction take{.opcode = Opcode::Load, .operands = {0}, .access = {w, {}, 0, {0}, 1}, .k = 4};
  const Instruction sum{.opcode = Opcode::Reduce, .op = Op::Sum, .access = {h, {}, 0, {0}, 1}, .k = 40};
  p.step = {nest(Rows::Samples, 3, {which, take, sum, compute(Op::Add, {2, 1}), store(at(y, {1}), 3)})};

  Arguments arguments;
  const double indices[] = {0, 3, 2, -7, 1, 9};
  arguments.inputs["x"] = Tensor::of(DType::I64, {1, 2, 3}, indices);
  arguments.states["h"] = numbers({1, 40});
  arguments.weights["w"] = numbers({4});
  CHECK(verify(p) == "");
  CHECK(agrees(p, r, arguments));
}
