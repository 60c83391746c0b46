// The .npy format of numpy: one array. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <optional>
#include <string>

#include "frontend/data/bytes.h"
#include "ir/tensor.h"

namespace rondo::data {

/// Reads an array: versions 1 to 3, either byte order, C or Fortran order. float16 becomes f32; integers
/// below 32 bits i32; uint32 and uint64 i64; the array is row-major in any case. Reports a damaged or
/// truncated file, bytes behind the array, and element types that have no counterpart (objects, strings,
/// complex numbers, records).
std::optional<ir::Tensor> read_npy(const std::string& path, ir::Diagnostics& diagnostics);

/// The same from any source, which must end where the array does. What the array takes is taken off
/// `memory_left`.
std::optional<ir::Tensor> read_npy(ByteSource& source, uint64_t& memory_left, ir::Diagnostics& diagnostics);

/// Writes version 1, whole or not at all; reports what the system says.
bool write_npy(const std::string& path, const ir::Tensor& tensor, ir::Diagnostics& diagnostics);

/// All that stands before the elements of `tensor` in a .npy file.
std::string npy_header(const ir::Tensor& tensor);

}  // namespace rondo::data
