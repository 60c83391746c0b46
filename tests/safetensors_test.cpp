#include "frontend/data/safetensors.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "frontend/data/arrays.h"
#include "tests/data/scratch.h"

using namespace rondo;
using Arrays = std::map<std::string, ir::Tensor>;
using Catch::Matchers::Contains;
using test::only_message;
using test::Scratch;

namespace {

std::string file_of(const std::string& json, const std::string& data) {
  std::string bytes;
  for (size_t i = 0; i < 8; ++i) bytes += static_cast<char>(json.size() >> (8 * i) & 0xFF);
  return bytes + json + data;
}

std::string entry(const std::string& dtype, const std::string& shape, size_t begin, size_t end) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":[)" + std::to_string(begin) +
         "," + std::to_string(end) + "]}";
}

Arrays read(const Scratch& scratch, const std::string& bytes) {
  ir::Diagnostics diagnostics;
  std::optional<Arrays> arrays = data::read_arrays(scratch.write("a.safetensors", bytes), diagnostics);
  INFO(diagnostics.render());
  REQUIRE(arrays);
  return std::move(*arrays);
}

std::string error_of(const Scratch& scratch, const std::string& bytes) {
  ir::Diagnostics diagnostics;
  CHECK_FALSE(data::read_safetensors(scratch.write("a.safetensors", bytes), diagnostics));
  return only_message(diagnostics);
}

}  // namespace

TEST_CASE("safetensors: every element type", "[data]") {
  const Scratch scratch;
  const auto check = [&](const std::string& dtype, const std::string& bytes, ir::DType held, double value) {
    INFO(dtype);
    const Arrays arrays =
        read(scratch, file_of("{\"x\":" + entry(dtype, "[1]", 0, bytes.size()) + "}", bytes));
    REQUIRE(arrays.size() == 1);
    CHECK(ir::same_bits(arrays.at("x"), ir::Tensor::of(held, {1}, std::vector<double>{value})));
  };
  using namespace std::string_literals;
  check("F32", "\0\0\xc0\x3f"s, ir::DType::F32, 1.5);
  check("F64", "\0\0\0\0\0\0\xf8\x3f"s, ir::DType::F64, 1.5);
  check("F16", "\0\x3e"s, ir::DType::F32, 1.5);
  check("BF16", "\xc0\x3f"s, ir::DType::F32, 1.5);
  check("BF16", "\x80\xff"s, ir::DType::F32, -INFINITY);
  check("I8", "\xff"s, ir::DType::I32, -1);
  check("U8", "\xff"s, ir::DType::I32, 255);
  check("I16", "\xfe\xff"s, ir::DType::I32, -2);
  check("U16", "\xfe\xff"s, ir::DType::I32, 65534);
  check("I32", "\xfe\xff\xff\xff"s, ir::DType::I32, -2);
  check("U32", "\xfe\xff\xff\xff"s, ir::DType::I64, 4294967294.0);
  check("I64", "\xfe\xff\xff\xff\xff\xff\xff\xff"s, ir::DType::I64, -2);
  check("U64", "\2\0\0\0\0\0\0\0"s, ir::DType::I64, 2);
  check("BOOL", "\1"s, ir::DType::Bool, 1);
}

TEST_CASE("safetensors: several arrays in any order, metadata, padding", "[data]") {
  const Scratch scratch;
  const std::string json = R"({"__metadata__":{"format":"pt"},"late":)" + entry("U8", "[2,2]", 4, 8) +
                           ",\"scalar\":" + entry("F32", "[]", 0, 4) +
                           ",\"none\":" + entry("F32", "[0,5]", 4, 4) + "}     ";
  const std::string bytes = file_of(json, std::string("\0\0\x80\x3f\1\2\3\4", 8));
  Arrays arrays = read(scratch, bytes);
  REQUIRE(arrays.size() == 3);
  CHECK(arrays.at("scalar").at(0) == 1);
  CHECK(arrays.at("scalar").dims().empty());
  CHECK(arrays.at("none").dims() == ir::Dims{0, 5});
  CHECK(ir::same_bits(arrays.at("late"),
                      ir::Tensor::of(ir::DType::I32, {2, 2}, std::vector<double>{1, 2, 3, 4})));
  CHECK(read(scratch, file_of("{}", "")).empty());
  ir::Diagnostics diagnostics;
  CHECK(data::read_arrays(scratch.write("weights", bytes), diagnostics));
}

TEST_CASE("safetensors: each mistake has its message", "[data]") {
  const Scratch scratch;
  const auto error = [&](const std::string& json, const std::string& data = "12345678") {
    return error_of(scratch, file_of(json, data));
  };
  CHECK_THAT(error("{\"x\":" + entry("F8_E4M3", "[8]", 0, 8) + "}"),
             Contains("array 'x' has elements of type 'F8_E4M3'"));
  CHECK_THAT(error("{\"x\":" + entry("F32", "[3]", 0, 12) + "}"),
             Contains("stands at bytes 0 to 12 of 8 bytes of data"));
  CHECK_THAT(error("{\"x\":" + entry("F32", "[3]", 0, 8) + "}"),
             Contains("shape [3] of F32, which does not take the 8 bytes"));
  CHECK_THAT(error("{\"x\":" + entry("F32", "[1]", 8, 4) + "}"), Contains("stands at bytes 8 to 4"));
  CHECK_THAT(error("{\"x\":" + entry("F32", "[1]", 4, 8) + "}"),
             Contains("starts at byte 4 of the data; expected 0"));
  CHECK_THAT(error("{\"x\":" + entry("F32", "[1]", 0, 4) + "}"),
             Contains("4 bytes of data belong to no array"));
  CHECK_THAT(error("{\"x\":" + entry("F32", "[2]", 0, 8) + ",\"y\":" + entry("F32", "[1]", 4, 8) + "}"),
             Contains("array 'y' starts at byte 4 of the data; expected 8"));
  CHECK_THAT(error("{\"x\":" + entry("F32", "[2]", 0, 8) + ",\"x\":" + entry("F32", "[2]", 0, 8) + "}"),
             Contains("'x' stands in it twice"));
  CHECK_THAT(error("{\"x\":" + entry("U64", "[1]", 0, 8) + "}", std::string(8, '\xff')),
             Contains("unsigned 64-bit number"));
  CHECK_THAT(error_of(scratch, ""), Contains("expected a .safetensors file, found an empty file"));
  CHECK_THAT(error_of(scratch, "PK\x03\x04............"), Contains("found a zip archive"));
}

TEST_CASE("safetensors: a damaged header is an error", "[data]") {
  const Scratch scratch;
  for (const char* json : {"",
                           "[]",
                           "1",
                           "null",
                           "{",
                           "{]",
                           "{} {}",
                           "{\"x\":1}",
                           "{\"x\":[]}",
                           "{\"x\":{}}",
                           "{\"x\":{\"dtype\":1}}",
                           "{\"x\":{\"dtype\":\"F32\",\"shape\":[2]}}",
                           "{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}",
                           "{\"x\":{\"more\":1}}",
                           "{\"x\":{\"shape\":[-1]}}",
                           "{\"x\":{\"shape\":[1.5]}}",
                           "{\"x\":{\"shape\":[[1]]}}",
                           "{\"x\":{\"shape\":{}}}",
                           "{\"x\":{\"shape\":[99999999999999999999999]}}",
                           "{\"x\":{\"shape\":[18446744073709551615]}}",
                           "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}",
                           "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}",
                           "{\"__metadata__\":{\"a\":{}}}",
                           "{\"__metadata__\":1}",
                           "{\"x\xff\":{}}"}) {
    INFO(json);
    CHECK_THAT(error_of(scratch, file_of(json, "12345678")),
               Contains("the header of the .safetensors file is damaged: "));
  }
  // Depth costs nothing: the second bracket already ends it.
  CHECK_THAT(error_of(scratch, file_of("{\"x\":" + std::string(5'000'000, '['), "")),
             Contains("a list stands where it does not"));
}

TEST_CASE("safetensors: hostile sizes are refused before memory is taken", "[data]") {
  const Scratch scratch;
  CHECK_THAT(error_of(scratch, std::string(8, '\xff') + "{}"),
             Contains("header of at most 100000000 bytes, found 18446744073709551615"));
  CHECK_THAT(error_of(scratch, std::string("\0\0\1\0\0\0\0\0{}", 10)),
             Contains("the header has 65536 bytes, found 2"));
  for (const char* shape : {"[9223372036854775807,2]", "[4294967296,4294967296]", "[9223372036854775807,0]"})
    CHECK_THAT(error_of(scratch, file_of(std::string("{\"x\":") + entry("F32", shape, 0, 0) + "}", "")),
               Contains("which does not take the 0 bytes"));
  CHECK_THAT(
      error_of(
          scratch,
          file_of("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,18446744073709551615]}}", "")),
      Contains("stands at bytes 0 to 18446744073709551615 of 0 bytes"));
}

TEST_CASE("safetensors: a file cut at any byte is an error", "[data]") {
  const Scratch scratch;
  const std::string whole = file_of("{\"x\":" + entry("F32", "[2]", 0, 8) + "}", "12345678");
  for (size_t length = 0; length < whole.size(); ++length) {
    ir::Diagnostics diagnostics;
    REQUIRE_FALSE(
        data::read_safetensors(scratch.write("cut.safetensors", whole.substr(0, length)), diagnostics));
    REQUIRE(diagnostics.error_count() == 1);
  }
}

TEST_CASE("safetensors: flipped bits give arrays or an error, nothing worse", "[data]") {
  const Scratch scratch;
  std::mt19937 random(20240609);
  const std::string whole = file_of("{\"__metadata__\":{\"a\":\"b\"},\"x\":" + entry("F16", "[2,2]", 0, 8) +
                                        ",\"y\":" + entry("U64", "[1]", 8, 16) + "}",
                                    "12345678abcdefgh");
  for (int round = 0; round < 4000; ++round) {
    std::string damaged = whole;
    for (auto flips = 1 + random() % 3; flips-- > 0;)
      damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    ir::Diagnostics diagnostics;
    const std::optional<Arrays> arrays =
        data::read_safetensors(scratch.write("damaged.safetensors", damaged), diagnostics);
    REQUIRE(arrays.has_value() == !diagnostics.has_errors());
  }
}
