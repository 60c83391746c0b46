// Arrays of Python, of any library that speaks DLPack or the buffer protocol, as Rondo sees them.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <string_view>

#include "ir/tensor.h"

namespace rondo::python {

/// An array in memory that somebody else owns; `owner` keeps it alive.
struct ArrayView {
  nanobind::object owner;
  void* data = nullptr;
  ir::DType dtype = ir::DType::F32;
  ir::Dims dims;
  ir::Dims strides;  ///< in elements
};

/// The array as it lies in memory: numpy's and all that export DLPack or a buffer; anything else (a list) is
/// converted by numpy first. Raises ValueError, beginning with `what`, where it has no element type of
/// Rondo's, or is not in the memory of this machine.
ArrayView view_of(nanobind::handle array, std::string_view what);

/// The same for a mask or for lengths, of which more element types are taken: numpy converts those, to bool,
/// which is "not 0", and to int64. Raises ValueError for lengths that are no integers.
ArrayView view_of_mask(nanobind::handle mask);
ArrayView view_of_lengths(nanobind::handle lengths);

/// The same for an array to be written to, never of a copy; raises ValueError also where it cannot be, and
/// where its elements share memory.
ArrayView view_to_write(nanobind::handle array, std::string_view what);

/// Whether what stands behind the first axes lies row-major without gaps, and every element where its type
/// wants it.
bool is_dense_behind(const ArrayView& view, size_t first);

/// A dense copy.
ir::Tensor tensor_of(const ArrayView& view);
/// A new array of numpy's with the same elements.
nanobind::object copy_of(const ArrayView& view);
/// Whether both have the same bytes. Requires equal types and shapes, and `kept` to lie densely.
bool same_bytes(const ArrayView& view, const ArrayView& kept);

/// A new numpy array, whose elements are anything, or zeros.
nanobind::object new_array(ir::DType dtype, const ir::Dims& dims, bool zeros);

/// numpy's dtype object.
nanobind::object numpy_dtype(ir::DType dtype);
/// Raises ValueError, beginning with `what`, for one that Rondo does not have.
ir::DType dtype_from(nanobind::handle dtype, std::string_view what);

}  // namespace rondo::python
