// The C interface: what it refuses, and structures of programs that were compiled with another header.
#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "include/rondo/rondo.h"

using Catch::Matchers::Contains;

namespace {

const std::string smoother =
    "cell smoother() { input x : f32[2]; state s : f32[2]; weight a : f32[2]\n"
    "  next s = s + a * (x - s); output next s }";

struct Said {
  rondo_messages* messages = nullptr;
  ~Said() { rondo_messages_free(messages); }
  std::string text() const { return rondo_messages_text(messages); }
};

rondo_cell* cell_of(const std::string& text) {
  rondo_program* program = nullptr;
  rondo_cell* cell = nullptr;
  REQUIRE(rondo_program_parse("cell.rondo", text.data(), text.size(), &program, nullptr) == RONDO_OK);
  REQUIRE(rondo_program_cell(program, nullptr, nullptr, 0, &cell, nullptr) == RONDO_OK);
  rondo_program_free(program);
  return cell;
}

// With rates of a half and a quarter. It keeps what it was made from.
rondo_model* model_of_smoother() {
  rondo_cell* cell = cell_of(smoother);
  rondo_kernel* kernel = nullptr;
  rondo_model* model = nullptr;
  const float rates[2] = {0.5F, 0.25F};
  const void* weights[] = {rates};
  REQUIRE(rondo_compile(cell, nullptr, &kernel, nullptr) == RONDO_OK);
  REQUIRE(rondo_model_new(kernel, weights, &model, nullptr) == RONDO_OK);
  rondo_kernel_free(kernel);
  rondo_cell_free(cell);
  return model;
}

}  // namespace

TEST_CASE("null is refused where it makes no sense, and nothing is left behind", "[library]") {
  rondo_program* program = nullptr;
  rondo_cell* cell = nullptr;
  rondo_kernel* kernel = nullptr;
  rondo_model* model = nullptr;
  rondo_call* call = nullptr;
  rondo_stream* stream = nullptr;
  Said said;
  CHECK(rondo_program_parse("p", nullptr, 0, &program, &said.messages) == RONDO_WRONG);
  CHECK(said.text() == "rondo: error: 'text' is null\n");
  CHECK(rondo_program_parse("p", "", 0, nullptr, nullptr) == RONDO_WRONG);
  CHECK(rondo_program_parse("p", "", SIZE_MAX, &program, nullptr) == RONDO_NO_MEMORY);
  CHECK(rondo_program_cell(nullptr, nullptr, nullptr, 0, &cell, nullptr) == RONDO_WRONG);
  CHECK(rondo_compile(nullptr, nullptr, &kernel, nullptr) == RONDO_WRONG);
  CHECK(rondo_model_new(nullptr, nullptr, &model, nullptr) == RONDO_WRONG);
  CHECK(rondo_call_new(nullptr, nullptr, &call, nullptr) == RONDO_WRONG);
  CHECK(rondo_stream_new(nullptr, 1, nullptr, nullptr, &stream, nullptr) == RONDO_WRONG);
  CHECK(rondo_builder_new(nullptr, nullptr) == RONDO_WRONG);
  rondo_messages_free(nullptr);
  rondo_program_free(nullptr);
  rondo_cell_free(nullptr);
  rondo_kernel_free(nullptr);
  rondo_model_free(nullptr);
  rondo_call_free(nullptr);
  rondo_stream_free(nullptr);
  rondo_builder_free(nullptr);
  rondo_text_free(nullptr);
}

TEST_CASE("messages tell line, column and text", "[library]") {
  const std::string text = "cell c() {\n  input x : f32[2]\n  output y\n}";
  rondo_program* program = nullptr;
  rondo_cell* cell = nullptr;
  Said said;
  REQUIRE(rondo_program_parse("c.rondo", text.data(), text.size(), &program, &said.messages) == RONDO_OK);
  CHECK(said.messages == nullptr);
  CHECK(rondo_program_cell_count(program) == 1);
  CHECK(std::string(rondo_program_cell_name(program, 0)) == "c");
  CHECK(rondo_program_cell_name(program, 1) == nullptr);
  REQUIRE(rondo_program_cell(program, "c", nullptr, 0, &cell, &said.messages) == RONDO_WRONG);
  rondo_program_free(program);
  REQUIRE(rondo_messages_count(said.messages) >= 1);
  rondo_message message;
  REQUIRE(rondo_messages_get(said.messages, 0, &message) == RONDO_OK);
  CHECK(message.severity == RONDO_ERROR);
  CHECK(std::string(message.source) == "c.rondo");
  CHECK(message.line == 3);
  CHECK(message.column == 10);
  CHECK(rondo_messages_get(said.messages, 99, &message) == RONDO_WRONG);
}

TEST_CASE("a structure of an older header has defaults behind its end", "[library]") {
  rondo_cell* cell = cell_of(smoother);
  rondo_options options = RONDO_OPTIONS_INIT;
  options.go_backwards = 1;
  options.flush_denormals = 77;  // garbage behind what an old program knows
  options.size = offsetof(rondo_options, flush_denormals);
  rondo_cell* changed = nullptr;
  REQUIRE(rondo_cell_with(cell, &options, &changed, nullptr) == RONDO_OK);
  rondo_text* text = nullptr;
  REQUIRE(rondo_cell_text(changed, &text) == RONDO_OK);
  CHECK_THAT(rondo_text_data(text), Contains("go_backwards = true") && !Contains("flush"));
  rondo_text_free(text);
  rondo_cell_free(changed);
  // The whole structure of before 'math', with what happens to be in its padding.
  options.flush_denormals = -1;
  std::memset(reinterpret_cast<char*>(&options) + offsetof(rondo_options, flush_denormals) + sizeof(int32_t),
              0x55, sizeof options - offsetof(rondo_options, flush_denormals) - sizeof(int32_t));
  options.size = 48;
  rondo_cell* known = nullptr;
  CHECK(rondo_cell_with(cell, &options, &known, nullptr) == RONDO_OK);
  rondo_cell_free(known);
  options = RONDO_OPTIONS_INIT;
  options.flush_denormals = 77;
  Said said;
  CHECK(rondo_cell_with(cell, &options, &changed, &said.messages) == RONDO_WRONG);
  CHECK_THAT(said.text(), Contains("'flush_denormals'") && Contains("found 77"));
  for (const size_t size : {size_t{0}, size_t{13}, size_t{1} << 40}) {
    options.size = size;
    Said of_size;
    CHECK(rondo_cell_with(cell, &options, &changed, &of_size.messages) == RONDO_WRONG);
    CHECK_THAT(of_size.text(), Contains("begin with RONDO_OPTIONS_INIT"));
  }
  rondo_cell_free(cell);
}

TEST_CASE("objects keep what they were made from", "[library]") {
  rondo_cell* cell = cell_of(smoother);
  rondo_kernel* kernel = nullptr;
  rondo_model* model = nullptr;
  rondo_stream* stream = nullptr;
  REQUIRE(rondo_compile(cell, nullptr, &kernel, nullptr) == RONDO_OK);
  rondo_cell_free(cell);
  {
    const float rates[2] = {0.5F, 0.25F};
    const void* weights[] = {rates};
    REQUIRE(rondo_model_new(kernel, weights, &model, nullptr) == RONDO_OK);
  }
  rondo_kernel_free(kernel);
  REQUIRE(rondo_stream_new(model, 1, nullptr, nullptr, &stream, nullptr) == RONDO_OK);
  rondo_model_free(model);
  const float x[2] = {4, 4};
  float y[2] = {0, 0};
  const void* in = x;
  void* out = y;
  rondo_stream_step(stream, &in, nullptr, &out);
  CHECK(y[0] == 2);
  CHECK(y[1] == 1);
  rondo_stream_free(stream);
}

TEST_CASE("a builder that met mistakes makes no cell, and says all of them", "[library]") {
  rondo_builder* builder = nullptr;
  REQUIRE(rondo_builder_new("c", &builder) == RONDO_OK);
  const int64_t two = 2, three = 3;
  const rondo_value x = rondo_builder_leaf(builder, RONDO_INPUT, "x", RONDO_F32, &two, 1);
  const rondo_value y = rondo_builder_leaf(builder, RONDO_INPUT, "y", RONDO_F32, &three, 1);
  rondo_argument sum[2] = {};
  sum[0].value = x;
  sum[1].value = y;
  rondo_value result;
  CHECK(rondo_builder_call(builder, "add", sum, 2, &result, 1) == 1);
  CHECK(result.id < 0);
  CHECK(rondo_builder_call(builder, "softmax", sum, 2, &result, 1) == 1);
  rondo_dtype dtype;
  CHECK(rondo_builder_type(builder, result, &dtype, nullptr, 0) == -1);
  rondo_builder_output(builder, "", {12345});
  rondo_builder_leaf(builder, RONDO_INPUT, nullptr, RONDO_F32, &two, 1);
  rondo_builder_leaf(builder, RONDO_INPUT, "deep", RONDO_F32, &two, SIZE_MAX);
  rondo_builder_leaf(builder, RONDO_INPUT, "flat", RONDO_F32, nullptr, 1);
  CHECK(rondo_builder_call(builder, nullptr, nullptr, 0, nullptr, 0) == 1);
  sum[1].kind = static_cast<rondo_argument_kind>(7);
  CHECK(rondo_builder_call(builder, "add", sum, 2, &result, 1) == 1);
  rondo_builder_at(builder, nullptr, 1, 1);
  rondo_cell* cell = nullptr;
  Said said;
  CHECK(rondo_builder_finish(builder, &cell, &said.messages) == RONDO_WRONG);
  CHECK_THAT(said.text(), Contains("[2] and [3]") && Contains("softmax(x, axis=-1)"));
  CHECK_THAT(said.text(), Contains("this builder did not make") && Contains("'name' is null") &&
                              Contains("'deep' would have") && Contains("'extents' is null") &&
                              Contains("'function' is null") && Contains("no such kind of argument"));
  rondo_builder_free(builder);
}

TEST_CASE("a builder that has made its cell makes no other, and its values are none any more", "[library]") {
  rondo_builder* builder = nullptr;
  REQUIRE(rondo_builder_new("c", &builder) == RONDO_OK);
  const int64_t two = 2;
  const rondo_value x = rondo_builder_leaf(builder, RONDO_INPUT, "x", RONDO_F32, &two, 1);
  rondo_builder_output(builder, "", x);
  rondo_cell *cell = nullptr, *other = nullptr;
  REQUIRE(rondo_builder_finish(builder, &cell, nullptr) == RONDO_OK);
  rondo_dtype dtype;
  int64_t extent = 0;
  CHECK(rondo_builder_type(builder, x, &dtype, &extent, 1) == -1);
  rondo_builder_output(builder, "again", x);
  Said said;
  CHECK(rondo_builder_finish(builder, &other, &said.messages) == RONDO_WRONG);
  CHECK_THAT(said.text(), Contains("has been finished"));
  CHECK(rondo_cell_leaf_count(cell, RONDO_INPUT) == 1);
  CHECK(rondo_cell_leaf_count(cell, static_cast<rondo_leaf_kind>(7)) == 0);
  rondo_cell_free(cell);
  rondo_builder_free(builder);
}

TEST_CASE("a call of more samples than any memory has, or of too many threads, is refused", "[library]") {
  rondo_model* model = model_of_smoother();
  float x[2] = {1, 1}, y[2] = {0, 0};
  const rondo_view in{x, 0, 0}, out{y, 0, 0};
  for (const int64_t batch : {INT64_MAX, int64_t{1} << 62, int64_t{1} << 60}) {
    rondo_arguments arguments = RONDO_ARGUMENTS_INIT;
    arguments.batch = batch;
    arguments.time = 1;
    arguments.inputs = &in;
    arguments.outputs = &out;
    rondo_call* call = nullptr;
    Said said;
    CHECK(rondo_call_new(model, &arguments, &call, &said.messages) == RONDO_WRONG);
    CHECK_THAT(said.text(), Contains("larger than any memory"));
    CHECK(call == nullptr);
  }
  for (const int32_t threads : {-1, INT32_MAX}) {
    rondo_arguments arguments = RONDO_ARGUMENTS_INIT;
    arguments.batch = INT32_MAX;
    arguments.time = 1;
    arguments.inputs = &in;
    arguments.outputs = &out;
    arguments.threads = threads;
    rondo_call* call = nullptr;
    Said said;
    CHECK(rondo_call_new(model, &arguments, &call, &said.messages) == RONDO_WRONG);
    CHECK_THAT(said.text(), Contains("up to 1024 threads"));
  }
  rondo_model_free(model);
}

TEST_CASE("a call that would write over what it reads is refused", "[library]") {
  rondo_model* model = model_of_smoother();
  float numbers[16] = {1, 2, 0, 0, 3, 4, 0, 0, 5, 6};
  const auto bind = [&](float* y, rondo_call** call) {
    const rondo_view in{numbers, 0, 4}, out{y, 0, 4};
    rondo_arguments arguments = RONDO_ARGUMENTS_INIT;
    arguments.batch = 1;
    arguments.time = 3;
    arguments.inputs = &in;
    arguments.outputs = &out;
    Said said;
    return rondo_call_new(model, &arguments, call, &said.messages) == RONDO_OK ? "" : said.text();
  };
  rondo_call* call = nullptr;
  CHECK_THAT(bind(numbers + 1, &call), Contains("the output and input 'x' share memory"));
  CHECK_THAT(bind(numbers, &call), Contains("share memory"));
  CHECK(bind(numbers + 2, &call) == "");  // between the rows of the input
  rondo_call_run(call);
  CHECK(numbers[2] == 0.5F);
  CHECK(numbers[11] == 0.25F * 6 + 0.75F * (0.25F * 4 + 0.75F * 0.5F));
  rondo_call_free(call);
  rondo_model_free(model);
}
