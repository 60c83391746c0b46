#include "frontend/data/npz.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "frontend/data/arrays.h"
#include "frontend/data/bytes.h"
#include "frontend/data/npy.h"
#include "tests/data/scratch.h"

using namespace rondo;
using Arrays = std::map<std::string, ir::Tensor>;
using Catch::Matchers::Contains;
using data::Compression;
using test::only_message;
using test::Scratch;

namespace {

Arrays some_arrays() {
  Arrays arrays;
  arrays["W"] = ir::Tensor::of(ir::DType::F32, {2, 2}, std::vector<double>{1, 2, 3, NAN});
  arrays["layer/b"] = ir::Tensor::of(ir::DType::I64, {1}, std::vector<double>{-5});
  arrays["empty"] = ir::Tensor(ir::DType::F64, {0, 2});
  arrays["\xc3\xa4"] = ir::Tensor::of(ir::DType::Bool, {}, std::vector<double>{1});
  return arrays;
}

bool same(const Arrays& a, const Arrays& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.first == other.first && ir::same_bits(one.second, other.second);
  });
}

Arrays read(const std::string& path) {
  ir::Diagnostics diagnostics;
  std::optional<Arrays> arrays = data::read_arrays(path, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(arrays);
  return std::move(*arrays);
}

std::string error_of(const std::string& path) {
  ir::Diagnostics diagnostics;
  CHECK_FALSE(data::read_npz(path, diagnostics));
  return only_message(diagnostics);
}

void put(std::string& bytes, size_t at, uint32_t value, size_t size = 4) {
  for (size_t i = 0; i < size; ++i) bytes.at(at + i) = static_cast<char>(value >> (8 * i) & 0xFF);
}

// An archive with one small array, and where its records begin.
struct Archive {
  std::string bytes;
  size_t central = 0;
};
Archive archive_of_one(const Scratch& scratch, Compression compression) {
  Arrays arrays;
  arrays["x"] = ir::Tensor::of(ir::DType::F32, {2}, std::vector<double>{1, 2});
  ir::Diagnostics diagnostics;
  REQUIRE(data::write_npz(scratch.path("one.npz"), arrays, compression, diagnostics));
  Archive archive{test::read_whole(scratch.path("one.npz")), 0};
  archive.central = archive.bytes.find("PK\x01\x02");
  REQUIRE(archive.central != std::string::npos);
  return archive;
}

}  // namespace

TEST_CASE("npz: numpy's archives, stored and deflated", "[data]") {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const Arrays arrays = read(std::string(RONDO_SOURCE_DIR "/tests/data/") + name);
    REQUIRE(arrays.size() == 9);
    const auto check = [&](const char* key, ir::DType dtype, const ir::Dims& dims,
                           std::vector<double> elements) {
      INFO(key);
      CHECK(ir::same_bits(arrays.at(key), ir::Tensor::of(dtype, dims, elements)));
    };
    check("f4", ir::DType::F32, {2, 3}, {0, 0.25, 0.5, 0.75, 1, 1.25});
    check("f2", ir::DType::F32, {5}, {0.5, -1.5, 65504, 0x1p-24, INFINITY});
    check("i4_big", ir::DType::I32, {3}, {1, -2, 2147483647});
    check("bool", ir::DType::Bool, {2, 2}, {1, 0, 0, 1});
    check("scalar", ir::DType::F32, {}, {2.5});
    check("empty", ir::DType::F32, {0, 3}, {});
    check("layer/kernel", ir::DType::I64, {2}, {1, 2});
    CHECK(arrays.at("u8").as<int64_t>()[1] == std::numeric_limits<int64_t>::max());
    for (int i = 0; i < 24; ++i) CHECK(arrays.at("f8_fortran").at(i) == i);
  }
  CHECK_THAT(error_of(RONDO_SOURCE_DIR "/tests/data/objects.npz"),
             Contains("array 'x': this is an array of Python objects, which is refused"));
}

TEST_CASE("npz: what is written reads back, and always as the same bytes", "[data]") {
  const Scratch scratch;
  for (const Compression compression : {Compression::Stored, Compression::Deflated}) {
    ir::Diagnostics diagnostics;
    REQUIRE(data::write_npz(scratch.path("a.npz"), some_arrays(), compression, diagnostics));
    CHECK(same(read(scratch.path("a.npz")), some_arrays()));
    const std::string first = test::read_whole(scratch.path("a.npz"));
    REQUIRE(data::write_npz(scratch.path("a.npz"), some_arrays(), compression, diagnostics));
    CHECK(test::read_whole(scratch.path("a.npz")) == first);
    // By its first bytes, whatever its name.
    CHECK(same(read(scratch.write("weights", first)), some_arrays()));
    REQUIRE(data::write_npz(scratch.path("none.npz"), {}, compression, diagnostics));
    CHECK(read(scratch.path("none.npz")).empty());
  }
  CHECK(scratch.file_count() == 3);
}

TEST_CASE("npz: nothing is left of an archive that cannot be written", "[data]") {
  const Scratch scratch;
  const auto error = [&](const std::string& path, const Arrays& arrays) {
    ir::Diagnostics diagnostics;
    CHECK_FALSE(data::write_npz(path, arrays, Compression::Stored, diagnostics));
    return only_message(diagnostics);
  };
  CHECK_THAT(error(scratch.path("no/a.npz"), some_arrays()),
             Contains("cannot be written: No such file or directory"));
  CHECK_THAT(error("/dev/null", some_arrays()), Contains("found a pipe or a device"));
  scratch.write("old.npz", "old");
  for (const std::string& name : {std::string(70000, 'n'), std::string("a\0b", 3), std::string("\xff")}) {
    Arrays bad = some_arrays();
    bad[name] = ir::Tensor();
    CHECK_THAT(error(scratch.path("old.npz"), bad), Contains("cannot be written: array '"));
  }
  CHECK(test::read_whole(scratch.path("old.npz")) == "old");
  CHECK(scratch.file_count() == 1);
}

TEST_CASE("npz: each mistake has its message", "[data]") {
  const Scratch scratch;
  CHECK(error_of(scratch.path("none.npz")) == scratch.path("none.npz") + ": file not found");
  CHECK_THAT(error_of(scratch.write("a.npz", "")),
             Contains("expected a .npz archive (written by numpy.savez), found an empty"));
  CHECK_THAT(error_of(scratch.write("a.npz", "\x93NUMPY...")), Contains("found a .npy file"));
  CHECK_THAT(error_of(scratch.write("a.npz", "\x89HDF\r\n\x1a\n....")), Contains("found an HDF5 file"));
  CHECK_THAT(error_of(scratch.write("a.npz", "PK\x03\x04 nothing more")),
             Contains("cannot be read as a zip archive"));
  ir::Diagnostics diagnostics;
  CHECK_FALSE(data::read_arrays(scratch.write("array", data::npy_header(ir::Tensor())), diagnostics));
  CHECK_THAT(only_message(diagnostics), Contains("a .npy file, which holds one array without a name"));
  diagnostics = {};
  CHECK_FALSE(data::read_arrays(scratch.write("text", "hello"), diagnostics));
  CHECK_THAT(only_message(diagnostics),
             Contains("expected named arrays (.npz or .safetensors), found something else"));
}

TEST_CASE("npz: archives that lie about sizes", "[data]") {
  const Scratch scratch;
  const Archive stored = archive_of_one(scratch, Compression::Stored);
  const Archive deflated = archive_of_one(scratch, Compression::Deflated);
  constexpr size_t method = 10, checksum = 16, compressed = 20, unpacked = 24;  // in a central record
  const auto error = [&](const Archive& archive, size_t field, uint32_t value, size_t size = 4) {
    std::string bytes = archive.bytes;
    put(bytes, archive.central + field, value, size);
    return error_of(scratch.write("a.npz", bytes));
  };
  CHECK_THAT(error(deflated, unpacked, 0xFFFFFFF0u), Contains("which cannot be; it is damaged or hostile"));
  CHECK_THAT(error(stored, unpacked, 5000), Contains("which cannot be"));
  CHECK_THAT(error(stored, compressed, 5000),
             Contains("said to have 5000 compressed bytes, more than the file holds"));
  CHECK_THAT(error(deflated, unpacked, 5000), Contains("4864 bytes stand behind the array of shape [2]"));
  CHECK_THAT(error(deflated, unpacked, 130), Contains("ends too early: shape [2] takes 8 bytes, found 2"));
  CHECK_THAT(error(stored, method, 14, 2), Contains("compressed by method 14; expected stored or deflated"));
  CHECK_THAT(error(stored, checksum, 1), Contains("CRC"));
  CHECK_THAT(error(stored, 8, 1, 2), Contains("is encrypted"));
}

TEST_CASE("npz: entries that share their bytes, or their name, are refused", "[data]") {
  const Scratch scratch;
  const Archive one = archive_of_one(scratch, Compression::Stored);
  const size_t end = one.bytes.find("PK\x05\x06");
  const std::string record = one.bytes.substr(one.central, end - one.central);
  const auto repeated = [&](int times, bool rename) {
    std::string records;
    for (int i = 0; i < times; ++i) {
      records += record;
      if (rename) records[records.size() - record.size() + 46] = static_cast<char>('a' + i);
    }
    std::string bytes = one.bytes.substr(0, one.central) + records + one.bytes.substr(end);
    const size_t tail = one.central + records.size();
    put(bytes, tail + 8, static_cast<uint32_t>(times), 2);
    put(bytes, tail + 10, static_cast<uint32_t>(times), 2);
    put(bytes, tail + 12, static_cast<uint32_t>(records.size()));
    return scratch.write("a.npz", bytes);
  };
  CHECK_THAT(error_of(repeated(2, false)), Contains("array 'x' stands in the archive twice"));
  ir::Diagnostics diagnostics;
  CHECK_FALSE(data::read_npz(repeated(20, true), diagnostics));
  CHECK_THAT(diagnostics.render(), Contains("more than the file holds"));
}

TEST_CASE("npz: a file cut at any byte is an error", "[data]") {
  const Scratch scratch;
  for (const Compression compression : {Compression::Stored, Compression::Deflated}) {
    const Archive archive = archive_of_one(scratch, compression);
    for (size_t length = 0; length < archive.bytes.size(); ++length) {
      ir::Diagnostics diagnostics;
      REQUIRE_FALSE(data::read_npz(scratch.write("cut.npz", archive.bytes.substr(0, length)), diagnostics));
      REQUIRE(diagnostics.has_errors());
    }
  }
}

TEST_CASE("npz: flipped bits give arrays or an error, nothing worse", "[data]") {
  const Scratch scratch;
  std::mt19937 random(20240608);
  for (const Compression compression : {Compression::Stored, Compression::Deflated}) {
    const Archive archive = archive_of_one(scratch, compression);
    for (int round = 0; round < 2000; ++round) {
      std::string damaged = archive.bytes;
      for (auto flips = 1 + random() % 3; flips-- > 0;)
        damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
      ir::Diagnostics diagnostics;
      const std::optional<Arrays> arrays = data::read_npz(scratch.write("damaged.npz", damaged), diagnostics);
      REQUIRE(arrays.has_value() == !diagnostics.has_errors());
    }
  }
}
