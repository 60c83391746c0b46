// Arrays of a call that overlap, are not aligned or reach too far: taken where they are right, refused where
// they are not.
#include "frontend/engine/array_layout.h"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <set>

using namespace rondo;
using namespace rondo::ir;

namespace {

Buffer buffer(BufferKind kind, Rows rows, int64_t elements, std::string name = "a") {
  Buffer result;
  result.name = std::move(name);
  result.kind = kind;
  result.rows = rows;
  result.elements = elements;
  return result;
}

// An address, of which nothing is read.
rondo_array at(int64_t element, int64_t batch_stride, int64_t time_stride) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): there is no memory behind it
  return {reinterpret_cast<void*>((int64_t{1} << 20) + 4 * element), batch_stride, time_stride};
}

std::string problems(const std::vector<Buffer>& buffers, const std::vector<rondo_array>& arrays,
                     int64_t batch, int64_t time) {
  Diagnostics diagnostics;
  engine::check_layout(buffers, arrays, batch, time, diagnostics);
  return diagnostics.render();
}

// Each element that an array has, by its address; `twice` where one is met again.
std::set<int64_t> elements_of(const Buffer& buffer, const rondo_array& array, int64_t batch, int64_t time,
                              bool& twice) {
  std::set<int64_t> result;
  const auto base = static_cast<int64_t>(reinterpret_cast<uintptr_t>(array.data));
  for (int64_t b = 0; b < (buffer.rows == Rows::One ? 1 : batch); ++b)
    for (int64_t t = 0; t < (buffer.rows == Rows::Steps ? time : 1); ++t)
      for (int64_t i = 0; i < buffer.elements; ++i)
        twice |= !result.insert(base + 4 * (b * array.batch_stride + t * array.time_stride + i)).second;
  return result;
}

}  // namespace

TEST_CASE("layouts are taken exactly where no byte is shared", "[layout]") {
  std::mt19937_64 random(3);
  const auto below = [&](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)); };
  int taken = 0, refused = 0;
  for (int i = 0; i < 40000; ++i) {
    const int64_t batch = 1 + below(4), time = 1 + below(4);
    const bool same_strides = below(2) == 0;
    std::vector<Buffer> buffers;
    std::vector<rondo_array> arrays;
    std::vector<std::set<int64_t>> elements;
    bool shared = false;
    for (const BufferKind kind :
         {BufferKind::Output, below(2) == 0 ? BufferKind::Input : BufferKind::LastOutput}) {
      const Rows rows = kind == BufferKind::LastOutput ? Rows::Samples : Rows::Steps;
      buffers.push_back(buffer(kind, rows, below(4), std::string(1, static_cast<char>('a' + arrays.size()))));
      arrays.push_back(at(below(60), below(28) - 10, below(28) - 10));
      if (same_strides && !arrays.empty()) {
        arrays.back().batch_stride = arrays.front().batch_stride;
        arrays.back().time_stride = arrays.front().time_stride;
      }
      bool twice = false;
      elements.push_back(elements_of(buffers.back(), arrays.back(), batch, time, twice));
      shared |= twice && kind != BufferKind::Input;
    }
    for (const int64_t address : elements[0]) shared |= elements[1].count(address) > 0;
    const std::string found = problems(buffers, arrays, batch, time);
    CAPTURE(i, batch, time, buffers[0].elements, buffers[1].elements, arrays[0].batch_stride,
            arrays[0].time_stride, arrays[1].batch_stride, arrays[1].time_stride, found);
    REQUIRE(found.empty() == !shared);
    ++(shared ? refused : taken);
  }
  CHECK(taken > 5000);
  CHECK(refused > 5000);
}

TEST_CASE("a final state may take the place of its initial state, and of nothing else", "[layout]") {
  const std::vector<Buffer> buffers{buffer(BufferKind::InitialState, Rows::Samples, 4, "h"),
                                    buffer(BufferKind::InitialState, Rows::Samples, 4, "c"),
                                    buffer(BufferKind::FinalState, Rows::Samples, 4, "h")};
  CHECK(problems(buffers, {at(0, 4, 0), at(20, 4, 0), at(0, 4, 0)}, 3, 9) == "");
  CHECK(problems(buffers, {at(0, 8, 0), at(4, 8, 0), at(40, 4, 0)}, 3, 9) == "");
  CHECK(problems(buffers, {at(0, 4, 0), at(20, 4, 0), at(20, 4, 0)}, 3, 9) ==
        "rondo: error: final state 'h' and initial state 'c' share memory; what a call writes must lie apart "
        "from all "
        "else\n");
  CHECK(problems(buffers, {at(0, 0, 0), at(20, 4, 0), at(0, 4, 0)}, 3, 9) != "");
  CHECK(problems(buffers, {at(8, -4, 0), at(20, 4, 0), at(0, 4, 0)}, 3, 9) != "");
}

TEST_CASE("strides that reach beyond memory, and addresses between elements, are refused", "[layout]") {
  const std::vector<Buffer> one{buffer(BufferKind::Input, Rows::Steps, 4, "x")};
  constexpr int64_t most = std::numeric_limits<int64_t>::max(), least = std::numeric_limits<int64_t>::min();
  CHECK(problems(one, {at(0, most, 4)}, 1, 9) == "");  // of one sample, the stride is not read
  for (const int64_t stride : {most, least, most / 4, int64_t{1} << 45, -(int64_t{1} << 40)}) {
    CAPTURE(stride);
    CHECK(problems(one, {at(0, stride, 4)}, 2, 9).find("reach further than any memory") != std::string::npos);
    CHECK(problems(one, {at(0, 4, stride)}, 2, 9).find("reach further than any memory") != std::string::npos);
  }
  rondo_array between = at(0, 36, 4);
  between.data = static_cast<char*>(between.data) + 2;
  CHECK(problems(one, {between}, 2, 9) ==
        "rondo: error: input 'x' lies at an address that 4 does not divide, the size of its elements; copy "
        "it to "
        "memory that is aligned\n");
  CHECK(problems(one, {between}, 0, 9) == "");
}

TEST_CASE("rows of an output that overlap one another are refused", "[layout]") {
  const std::vector<Buffer> one{buffer(BufferKind::Output, Rows::Steps, 4, "")};
  CHECK(problems(one, {at(0, 36, 4)}, 2, 9) == "");
  CHECK(problems(one, {at(0, 0, 4)}, 1, 9) == "");
  CHECK(problems(one, {at(0, 0, 4)}, 2, 9) ==
        "rondo: error: rows of the output overlap one another: rows of 4 elements need strides that keep "
        "them apart; "
        "found 0 from sample to sample, 4 from step to step\n");
}

TEST_CASE("layouts of too many rows to look at are refused in bounded time", "[layout]") {
  const std::vector<Buffer> buffers{buffer(BufferKind::Input, Rows::Steps, 3, "x"),
                                    buffer(BufferKind::Output, Rows::Steps, 1, "")};
  constexpr int64_t many = int64_t{1} << 40;
  CHECK(problems(buffers, {at(0, 4, 0), at(3, 8, 0)}, 1000, 1) == "");
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  CHECK(problems(buffers, {at(0, 0, 0), at(3, 0, 8)}, 1, most) != "");
  CHECK(problems(buffers, {at(0, 0, 0), at(3, 0, 0)}, most, most) != "");
  CHECK(problems({buffers[0]}, {at(0, 0, 0)}, most, most) == "");
  CHECK(problems(buffers, {at(0, 4, 0), at(3, 8, 0)}, many, 1) ==
        "rondo: error: the output and input 'x', of too many rows to be sure, may share memory; what a call "
        "writes must lie apart from all else\n");
}
