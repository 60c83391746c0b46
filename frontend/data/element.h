// Element types as files store them, and how they become the element types of a tensor.
#pragma once

#include <cstdint>
#include <optional>

#include "frontend/data/bytes.h"
#include "ir/tensor.h"

namespace rondo::data {

/// How a file stores an element. Files know more types than a step graph does.
enum class Encoding : uint8_t { Bool, I8, U8, I16, U16, I32, U32, I64, U64, F16, BF16, F32, F64 };

struct StoredType {
  Encoding encoding = Encoding::F32;
  bool big_endian = false;
};

/// Bytes of one stored element.
int64_t stored_size(Encoding encoding);
/// The smallest element type of ours that holds all values: F16 and BF16 become F32, small integers I32, U32
/// I64. U64 becomes I64 as well, which can fail.
ir::DType held_as(Encoding encoding);

/// Most axes an array may have; numpy's own limit.
inline constexpr size_t max_rank = 64;

/// Reads a row-major array. Before anything is allocated, the extents are held against the limits and against
/// `memory_left`, from which the array is then taken off. Reports, and returns nothing for: a source that is
/// too short, an array that is too large, and an unsigned 64-bit number that a signed one cannot hold.
std::optional<ir::Tensor> read_elements(ByteSource& source, StoredType type, const ir::Dims& dims,
                                        uint64_t& memory_left, ir::Diagnostics& diagnostics);

/// The row-major tensor of the given extents, from `reversed`, which has them in reverse and so holds the
/// elements in column-major (Fortran) order.
ir::Tensor from_column_major(const ir::Tensor& reversed);

}  // namespace rondo::data
