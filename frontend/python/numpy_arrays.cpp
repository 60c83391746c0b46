#include "frontend/python/numpy_arrays.h"

#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#include <numpy/arrayobject.h>

#include <vector>

namespace nb = nanobind;

namespace rondo::python {

namespace {

using ir::DType;

PyArrayObject* as_array(nb::handle object) {
  return reinterpret_cast<PyArrayObject*>(object.ptr());
}

int type_number(DType dtype) {
  switch (dtype) {
    case DType::F32:
      return NPY_FLOAT32;
    case DType::F64:
      return NPY_FLOAT64;
    case DType::I32:
      return NPY_INT32;
    case DType::I64:
      return NPY_INT64;
    case DType::Bool:
      return NPY_BOOL;
  }
  __builtin_unreachable();
}

// By kind and size, as numpy has two types of 64 bits.
std::optional<DType> dtype_of(PyArrayObject* array) {
  const PyArray_Descr* type = PyArray_DESCR(array);
  const npy_intp bytes = PyArray_ITEMSIZE(array);
  if (PyArray_ISBYTESWAPPED(array)) return std::nullopt;
  if (type->kind == 'b') return DType::Bool;
  if (type->kind == 'f' && (bytes == 4 || bytes == 8)) return bytes == 4 ? DType::F32 : DType::F64;
  if (type->kind == 'i' && (bytes == 4 || bytes == 8)) return bytes == 4 ? DType::I32 : DType::I64;
  return std::nullopt;
}

}  // namespace

void import_numpy_interface() {
  if (_import_array() < 0) throw nb::python_error();
}

bool is_numpy_array(nb::handle object) {
  return PyArray_Check(object.ptr());
}

std::optional<ArrayView> view_of_numpy(nb::handle object) {
  PyArrayObject* array = as_array(object);
  const std::optional<DType> dtype = dtype_of(array);
  if (!dtype) return std::nullopt;
  const auto axes = static_cast<size_t>(PyArray_NDIM(array));
  const npy_intp *dims = PyArray_DIMS(array), *strides = PyArray_STRIDES(array),
                 bytes = PyArray_ITEMSIZE(array);
  ArrayView view{
      nb::borrow(object), PyArray_DATA(array), *dtype, {dims, dims + axes}, {strides, strides + axes}};
  for (int64_t& stride : view.strides) {
    if (stride % bytes != 0) return std::nullopt;
    stride /= bytes;
  }
  return view;
}

nb::object new_array(DType dtype, const ir::Dims& dims, bool zeros) {
  const std::vector<npy_intp> shape(dims.begin(), dims.end());
  const int axes = static_cast<int>(shape.size());
  nb::object array = nb::steal(zeros ? PyArray_ZEROS(axes, shape.data(), type_number(dtype), 0)
                                     : PyArray_SimpleNew(axes, shape.data(), type_number(dtype)));
  if (!array.is_valid()) throw nb::python_error();
  return array;
}

}  // namespace rondo::python
