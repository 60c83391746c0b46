#include "frontend/data/element.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <vector>

namespace rondo::data {

namespace {

static_assert(std::endian::native == std::endian::little, "elements are copied as they stand in the file");

// The element of the unsigned type `Word` at `bytes`, whatever its alignment and byte order.
template <class Word>
Word load(const std::byte* bytes, bool swap) {
  std::array<std::byte, sizeof(Word)> raw;
  std::memcpy(raw.data(), bytes, sizeof(Word));
  if (swap) std::reverse(raw.begin(), raw.end());
  return std::bit_cast<Word>(raw);
}

float from_half(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 0x1Fu;
  const uint32_t fraction = half & 0x3FFu;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000u | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  // Zero or subnormal: exact in single precision.
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
  return sign ? -magnitude : magnitude;
}

float from_bfloat(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

// Converts each `Word` of `in` to a `To`.
template <class Word, class To, class Convert>
bool convert_all(std::span<const std::byte> in, bool swap, std::byte* out, Convert&& convert) {
  To* target = reinterpret_cast<To*>(out);
  for (size_t i = 0; i < in.size() / sizeof(Word); ++i)
    target[i] = convert(load<Word>(in.data() + i * sizeof(Word), swap));
  return true;
}

bool convert_u64(std::span<const std::byte> in, bool swap, std::byte* out) {
  bool fits = true;
  convert_all<uint64_t, int64_t>(in, swap, out, [&](uint64_t word) {
    fits = fits && word <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    return static_cast<int64_t>(word);
  });
  return fits;
}

// Converts stored elements; false where a value does not fit.
bool convert(StoredType type, std::span<const std::byte> in, std::byte* out) {
  const bool swap = type.big_endian;
  const auto same = [](auto word) { return word; };
  switch (type.encoding) {
    case Encoding::Bool:
      return convert_all<uint8_t, uint8_t>(in, false, out,
                                           [](uint8_t b) { return static_cast<uint8_t>(b != 0); });
    case Encoding::I8:
      return convert_all<uint8_t, int32_t>(in, false, out, [](uint8_t w) { return static_cast<int8_t>(w); });
    case Encoding::U8:
      return convert_all<uint8_t, int32_t>(in, false, out, same);
    case Encoding::I16:
      return convert_all<uint16_t, int32_t>(in, swap, out,
                                            [](uint16_t w) { return static_cast<int16_t>(w); });
    case Encoding::U16:
      return convert_all<uint16_t, int32_t>(in, swap, out, same);
    case Encoding::U32:
      return convert_all<uint32_t, int64_t>(in, swap, out, same);
    case Encoding::U64:
      return convert_u64(in, swap, out);
    case Encoding::F16:
      return convert_all<uint16_t, float>(in, swap, out, from_half);
    case Encoding::BF16:
      return convert_all<uint16_t, float>(in, swap, out, from_bfloat);
    case Encoding::I32:
    case Encoding::F32:
      return convert_all<uint32_t, uint32_t>(in, swap, out, same);
    case Encoding::I64:
    case Encoding::F64:
      return convert_all<uint64_t, uint64_t>(in, swap, out, same);
  }
  __builtin_unreachable();
}

bool is_stored_as_held(StoredType type) {
  switch (type.encoding) {
    case Encoding::I32:
    case Encoding::I64:
    case Encoding::F32:
    case Encoding::F64:
      return !type.big_endian;
    default:
      return false;
  }
}

}  // namespace

int64_t stored_size(Encoding encoding) {
  switch (encoding) {
    case Encoding::Bool:
    case Encoding::I8:
    case Encoding::U8:
      return 1;
    case Encoding::I16:
    case Encoding::U16:
    case Encoding::F16:
    case Encoding::BF16:
      return 2;
    case Encoding::I32:
    case Encoding::U32:
    case Encoding::F32:
      return 4;
    case Encoding::I64:
    case Encoding::U64:
    case Encoding::F64:
      return 8;
  }
  __builtin_unreachable();
}

ir::DType held_as(Encoding encoding) {
  switch (encoding) {
    case Encoding::Bool:
      return ir::DType::Bool;
    case Encoding::I8:
    case Encoding::U8:
    case Encoding::I16:
    case Encoding::U16:
    case Encoding::I32:
      return ir::DType::I32;
    case Encoding::U32:
    case Encoding::I64:
    case Encoding::U64:
      return ir::DType::I64;
    case Encoding::F16:
    case Encoding::BF16:
    case Encoding::F32:
      return ir::DType::F32;
    case Encoding::F64:
      return ir::DType::F64;
  }
  __builtin_unreachable();
}

std::optional<ir::Tensor> read_elements(ByteSource& source, StoredType type, const ir::Dims& dims,
                                        uint64_t& memory_left, ir::Diagnostics& diagnostics) {
  const std::optional<int64_t> count = ir::checked_count(dims);
  if (!count || dims.size() > max_rank) {
    diagnostics.error(
        fmt::format("{}: an array of shape {} is too large: at most {} elements and {} axes can be read",
                    source.name(), printable(ir::to_string(dims)), ir::max_elements, max_rank));
    return std::nullopt;
  }
  const auto stored = static_cast<uint64_t>(*count * stored_size(type.encoding));
  if (stored > source.remaining()) {
    diagnostics.error(
        fmt::format("{}: the data ends too early: shape {} takes {} bytes, found {}; the file is truncated",
                    source.name(), ir::to_string(dims), stored, source.remaining()));
    return std::nullopt;
  }
  const auto held = static_cast<uint64_t>(*count * ir::size_of(held_as(type.encoding)));
  if (held > memory_left) {
    diagnostics.error(
        fmt::format("{}: an array of shape {} takes {} bytes of memory; only {} may still be used",
                    source.name(), ir::to_string(dims), held, memory_left));
    return std::nullopt;
  }
  memory_left -= held;

  ir::Tensor result(held_as(type.encoding), dims);
  if (is_stored_as_held(type)) {
    if (!source.read({result.bytes(), result.byte_count()}, diagnostics)) return std::nullopt;
    return result;
  }
  std::vector<std::byte> chunk(1 << 16);
  const size_t expansion = static_cast<size_t>(ir::size_of(result.dtype()) / stored_size(type.encoding));
  for (uint64_t done = 0; done < stored;) {
    const std::span<std::byte> part(chunk.data(),
                                    static_cast<size_t>(std::min<uint64_t>(chunk.size(), stored - done)));
    if (!source.read(part, diagnostics)) return std::nullopt;
    if (!convert(type, part, result.bytes() + static_cast<size_t>(done) * expansion)) {
      diagnostics.error(
          fmt::format("{}: an unsigned 64-bit number is above {}; expected numbers that a signed one holds: "
                      "convert the array",
                      source.name(), std::numeric_limits<int64_t>::max()));
      return std::nullopt;
    }
    done += part.size();
  }
  return result;
}

ir::Tensor from_column_major(const ir::Tensor& reversed) {
  const ir::Dims dims(reversed.dims().rbegin(), reversed.dims().rend());
  ir::Dims strides = ir::row_major_strides(reversed.dims());
  std::reverse(strides.begin(), strides.end());
  ir::Tensor result(reversed.dtype(), dims);
  const auto size = static_cast<size_t>(ir::size_of(result.dtype()));
  ir::Dims position(dims.size(), 0);
  int64_t source = 0;
  for (int64_t target = 0; target < result.count(); ++target) {
    std::memcpy(result.bytes() + static_cast<size_t>(target) * size,
                reversed.bytes() + static_cast<size_t>(source) * size, size);
    for (size_t axis = dims.size(); axis-- > 0;) {
      source += strides[axis];
      if (++position[axis] < dims[axis]) break;
      source -= strides[axis] * dims[axis];
      position[axis] = 0;
    }
  }
  return result;
}

}  // namespace rondo::data
