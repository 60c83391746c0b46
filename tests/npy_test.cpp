#include "frontend/data/npy.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <random>

#include "frontend/data/arrays.h"
#include "tests/data/scratch.h"

using namespace rondo;
using Catch::Matchers::Contains;
using test::only_message;
using test::Scratch;

namespace {

template <class T>
std::string raw(std::initializer_list<T> values) {
  std::string bytes;
  for (const T& value : values) bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
  return bytes;
}

std::string npy(const std::string& header, const std::string& data, int major = 1) {
  std::string result = "\x93NUMPY";
  result += static_cast<char>(major);
  result += '\0';
  for (size_t i = 0; i < (major == 1 ? 2 : 4); ++i)
    result += static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return result + header + data;
}

std::string header(const std::string& descr, const std::string& shape, const std::string& order = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

std::optional<ir::Tensor> read(const std::string& bytes, ir::Diagnostics& diagnostics) {
  data::MemorySource source("x.npy", std::as_bytes(std::span(bytes)));
  uint64_t memory = data::memory_limit();
  return data::read_npy(source, memory, diagnostics);
}

ir::Tensor read(const std::string& bytes) {
  ir::Diagnostics diagnostics;
  std::optional<ir::Tensor> tensor = read(bytes, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(tensor);
  return std::move(*tensor);
}

std::string error_of(const std::string& bytes) {
  ir::Diagnostics diagnostics;
  CHECK_FALSE(read(bytes, diagnostics));
  return only_message(diagnostics);
}

void check(const ir::Tensor& tensor, ir::DType dtype, const ir::Dims& dims,
           const std::vector<double>& elements) {
  CHECK(ir::same_bits(tensor, ir::Tensor::of(dtype, dims, elements)));
}

}  // namespace

TEST_CASE("npy: every element type becomes the one that holds it", "[data]") {
  using enum ir::DType;
  check(read(npy(header("<f4", "(2,)"), raw<float>({1.5f, -2}))), F32, {2}, {1.5, -2});
  check(read(npy(header("<f8", "(2,)"), raw<double>({0.1, -2}))), F64, {2}, {0.1, -2});
  check(read(npy(header("<i4", "(2,)"), raw<int32_t>({7, -2}))), I32, {2}, {7, -2});
  check(read(npy(header("<i8", "(1,)"), raw<int64_t>({int64_t{1} << 40}))), I64, {1}, {0x1p40});
  check(read(npy(header("|b1", "(3,)"), raw<uint8_t>({0, 1, 255}))), Bool, {3}, {0, 1, 1});
  check(read(npy(header("|i1", "(2,)"), raw<int8_t>({-128, 127}))), I32, {2}, {-128, 127});
  check(read(npy(header("|u1", "(2,)"), raw<uint8_t>({0, 255}))), I32, {2}, {0, 255});
  check(read(npy(header("<i2", "(1,)"), raw<int16_t>({-32768}))), I32, {1}, {-32768});
  check(read(npy(header("<u2", "(1,)"), raw<uint16_t>({65535}))), I32, {1}, {65535});
  check(read(npy(header("<u4", "(1,)"), raw<uint32_t>({0xFFFFFFFF}))), I64, {1}, {4294967295.0});
  check(read(npy(header("<u8", "(1,)"), raw<uint64_t>({5}))), I64, {1}, {5});
  const std::string halves = raw<uint16_t>({0x3C00, 0xC000, 0x7BFF, 0x0001, 0x8000, 0x0400, 0x7C00, 0xFC00});
  check(read(npy(header("<f2", "(8,)"), halves)), F32, {8},
        {1, -2, 65504, 0x1p-24, -0.0, 0x1p-14, INFINITY, -INFINITY});
  CHECK(std::isnan(read(npy(header("<f2", "(1,)"), raw<uint16_t>({0x7E00}))).at(0)));
}

TEST_CASE("npy: big-endian elements are swapped", "[data]") {
  check(read(npy(header(">f4", "(1,)"), std::string("\x3f\xc0\x00\x00", 4))), ir::DType::F32, {1}, {1.5});
  check(read(npy(header(">i8", "(1,)"), std::string("\0\0\0\0\0\0\1\2", 8))), ir::DType::I64, {1}, {258});
  check(read(npy(header(">u2", "(2,)"), std::string("\1\2\xff\xfe", 4))), ir::DType::I32, {2}, {258, 65534});
  check(read(npy(header(">f2", "(1,)"), std::string("\x3c\x00", 2))), ir::DType::F32, {1}, {1});
}

TEST_CASE("npy: Fortran order becomes row-major", "[data]") {
  check(read(npy(header("<i4", "(2, 3)", "True"), raw<int32_t>({0, 3, 1, 4, 2, 5}))), ir::DType::I32, {2, 3},
        {0, 1, 2, 3, 4, 5});
  // [2, 2, 3]: the first index runs fastest.
  check(read(npy(header("|u1", "(2, 2, 3)", "True"), raw<uint8_t>({0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11}))),
        ir::DType::I32, {2, 2, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  check(read(npy(header("<f4", "(0, 3)", "True"), "")), ir::DType::F32, {0, 3}, {});
}

TEST_CASE("npy: versions, shapes and spellings of the header", "[data]") {
  const std::string one = raw<float>({1});
  for (const int version : {1, 2, 3})
    check(read(npy(header("<f4", "(1,)"), one, version)), ir::DType::F32, {1}, {1});
  check(read(npy(header("<f4", "()"), one)), ir::DType::F32, {}, {1});
  check(read(npy(header("<f4", "(1, 1)"), one)), ir::DType::F32, {1, 1}, {1});
  check(read(npy(header("<f4", "(1L,)"), one)), ir::DType::F32, {1}, {1});
  check(read(npy(header("<f4", "(0, 7)"), "")), ir::DType::F32, {0, 7}, {});
  check(read(npy("{\"shape\":(1,),\"fortran_order\":False,\"descr\":\"<f4\"}   \n", one)), ir::DType::F32,
        {1}, {1});
}

TEST_CASE("npy: each mistake has its message", "[data]") {
  const std::string one = raw<float>({1});
  CHECK(error_of("") == "x.npy: expected a .npy file (written by numpy.save), found an empty file");
  CHECK_THAT(error_of("PK\x03\x04 and so on"), Contains("found a zip archive (.npz)"));
  CHECK_THAT(error_of("1.0, 2.0, 3.0\n"), Contains("found something else"));
  CHECK_THAT(error_of(npy(header("<f4", "(1,)"), one, 4)), Contains("expected version 1.0, 2.0 or 3.0"));
  CHECK_THAT(error_of(npy(header("<f4", "(2,)"), one)),
             Contains("ends too early: shape [2] takes 8 bytes, found 4; the file is truncated"));
  CHECK_THAT(error_of(npy(header("<f4", "(1,)"), one + "more")),
             Contains("4 bytes stand behind the array of shape [1]"));
  CHECK_THAT(error_of(npy(header("|O", "(1,)"), "pickle")),
             Contains("refused since loading one can run code"));
  CHECK_THAT(error_of(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", one)),
             Contains("structured dtype"));
  CHECK_THAT(error_of(npy(header("|V4", "(1,)"), one)), Contains("structured dtype"));
  for (const char* type : {"<c8", "<U4", "|S4", "<M8[ns]", "<f16", "=f4", "|f4", "<b2", "", "f4", "<i3"})
    CHECK_THAT(error_of(npy(header(type, "(1,)"), one)),
               Contains(std::string("elements of type '") + type + "'"));
  CHECK_THAT(error_of(npy(header("<u8", "(1,)"), raw<uint64_t>({uint64_t{1} << 63}))),
             Contains("an unsigned 64-bit number is above 9223372036854775807"));
}

TEST_CASE("npy: a damaged header is an error that says where", "[data]") {
  const std::string one = raw<float>({1});
  for (const char* text :
       {"", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f4', 'fortran_order': false, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "{'shape': (1"}) {
    INFO(text);
    CHECK_THAT(error_of(npy(text, one)), Contains("the header of the .npy file is damaged: expected "));
  }
}

TEST_CASE("npy: hostile sizes are refused before memory is taken", "[data]") {
  for (const char* shape : {"(9223372036854775807,)", "(4294967296, 4294967296)", "(2147483648, 2)",
                            "(4611686018427387904, 4, 0)", "(3037000500, 3037000500)"})
    CHECK_THAT(error_of(npy(header("<f8", shape), "")),
               Contains("is too large: at most 2147483648 elements"));
  CHECK_THAT(error_of(npy(header("<f8", "(2000000000,)"), "abc")),
             Contains("takes 16000000000 bytes, found 3"));
  std::string axes = "(";
  for (int i = 0; i < 65; ++i) axes += "1, ";
  CHECK_THAT(error_of(npy(header("<f4", axes + ")"), "1234")), Contains("at most 64 axes"));
  CHECK_THAT(error_of(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12)),
             Contains("at most 65536 bytes, found 4294967295"));

  const std::string file = npy(header("|u1", "(8,)"), "12345678");
  data::MemorySource source("x.npy", std::as_bytes(std::span(file)));
  ir::Diagnostics diagnostics;
  uint64_t memory = 31;
  CHECK_FALSE(data::read_npy(source, memory, diagnostics));
  CHECK_THAT(only_message(diagnostics), Contains("takes 32 bytes of memory; only 31 may still be used"));
}

TEST_CASE("npy: a file cut at any byte is an error", "[data]") {
  const std::string whole = npy(header("<i2", "(3, 2)", "True"), raw<int16_t>({1, 2, 3, 4, 5, 6}));
  for (size_t length = 0; length < whole.size(); ++length) {
    ir::Diagnostics diagnostics;
    REQUIRE_FALSE(read(whole.substr(0, length), diagnostics));
    REQUIRE(diagnostics.error_count() == 1);
  }
  CHECK(read(whole).at(1) == 4);
}

TEST_CASE("npy: flipped bits give an array or an error, nothing worse", "[data]") {
  std::mt19937 random(20240607);
  const std::string whole = npy(header(">u8", "(2, 3)", "True"), std::string(48, '\1'));
  for (int round = 0; round < 5000; ++round) {
    std::string damaged = whole;
    for (auto flips = 1 + random() % 4; flips-- > 0;)
      damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    ir::Diagnostics diagnostics;
    const std::optional<ir::Tensor> tensor = read(damaged, diagnostics);
    REQUIRE(tensor.has_value() == !diagnostics.has_errors());
  }
}

TEST_CASE("npy: what is written reads back with the same bits", "[data]") {
  const Scratch scratch;
  const std::vector<ir::Tensor> tensors = {
      ir::Tensor::of(ir::DType::F32, {2, 3}, std::vector<double>{1, -0.0, NAN, INFINITY, 1e-42, 0.1}),
      ir::Tensor::of(ir::DType::F64, {3}, std::vector<double>{0.1, 1e300, -5}),
      ir::Tensor::of(ir::DType::I32, {1, 1, 2}, std::vector<double>{-1, 2}),
      ir::Tensor::of(ir::DType::I64, {}, std::vector<double>{-7}),
      ir::Tensor::of(ir::DType::Bool, {2}, std::vector<double>{0, 1}),
      ir::Tensor(ir::DType::F32, {0, 4}),
      ir::Tensor(),
  };
  for (const ir::Tensor& tensor : tensors) {
    ir::Diagnostics diagnostics;
    REQUIRE(data::write_npy(scratch.path("t.npy"), tensor, diagnostics));
    const std::optional<ir::Tensor> back = data::read_array(scratch.path("t.npy"), diagnostics);
    INFO(diagnostics.render());
    REQUIRE(back);
    CHECK(ir::same_bits(*back, tensor));
    CHECK(data::npy_header(tensor).size() % 64 == 0);
  }
  CHECK(scratch.file_count() == 1);
  CHECK(test::read_whole(scratch.path("t.npy")) ==
        std::string("\x93NUMPY\x01\x00\x76\x00", 10) +
            "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }" + std::string(60, ' ') + "\n");
}

TEST_CASE("npy: files that cannot be opened or written", "[data]") {
  const Scratch scratch;
  const auto error = [&](const std::string& path) {
    ir::Diagnostics diagnostics;
    CHECK_FALSE(data::read_array(path, diagnostics));
    return only_message(diagnostics);
  };
  CHECK(error(scratch.path("none.npy")) == scratch.path("none.npy") + ": file not found");
  CHECK_THAT(error(scratch.path("")), Contains("expected a file, found a directory"));
  CHECK_THAT(error("/dev/null"), Contains("found a pipe or a device"));
  CHECK_THAT(error(""), Contains("'' is not the name of a file"));
  CHECK_THAT(error(std::string("x\0.npy", 6)), Contains("'x?.npy' is not the name of a file"));
  CHECK_THAT(error(scratch.write("sub", "") + "/x.npy"), Contains("cannot be opened: Not a directory"));

  const auto write_error = [&](const std::string& path) {
    ir::Diagnostics diagnostics;
    CHECK_FALSE(data::write_npy(path, ir::Tensor(), diagnostics));
    return only_message(diagnostics);
  };
  CHECK_THAT(write_error(scratch.path("no/such/x.npy")),
             Contains("cannot be written: No such file or directory"));
  CHECK_THAT(write_error(scratch.path("")), Contains("expected a regular file, found a directory"));
  CHECK_THAT(write_error("/dev/null"), Contains("found a pipe or a device"));
  CHECK(scratch.file_count() == 1);
}
