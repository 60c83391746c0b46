#include "frontend/python/arrays.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "frontend/python/errors.h"
#include "frontend/python/numpy_arrays.h"

namespace nb = nanobind;

namespace rondo::python {

namespace {

using ir::DType;

constexpr std::array dtypes{DType::F32, DType::F64, DType::I32, DType::I64, DType::Bool};

const char* numpy_name(DType dtype) {
  switch (dtype) {
    case DType::F32:
      return "float32";
    case DType::F64:
      return "float64";
    case DType::I32:
      return "int32";
    case DType::I64:
      return "int64";
    case DType::Bool:
      return "bool";
  }
  __builtin_unreachable();
}

// An element type by the kind of its numbers, as DLPack tells them, and its bytes.
std::optional<DType> dtype_of(nb::dlpack::dtype_code code, int64_t bytes) {
  using enum nb::dlpack::dtype_code;
  const bool is_float = code == Float, is_int = code == Int;
  for (DType dtype : dtypes)
    if (bytes == ir::size_of(dtype) && (ir::is_float(dtype)     ? is_float
                                        : ir::is_integer(dtype) ? is_int
                                                                : code == Bool))
      return dtype;
  return std::nullopt;
}

// The same by a character of the buffer protocol.
std::optional<DType> dtype_of(const char* format, int64_t bytes) {
  using enum nb::dlpack::dtype_code;
  if (!format) return std::nullopt;
  if (*format == '@' || *format == '=') ++format;
  if (format[0] == '\0' || format[1] != '\0') return std::nullopt;
  switch (*format) {
    case 'f':
    case 'd':
      return dtype_of(Float, bytes);
    case 'i':
    case 'l':
    case 'q':
      return dtype_of(Int, bytes);
    case '?':
      return dtype_of(Bool, bytes);
    default:
      return std::nullopt;
  }
}

[[noreturn]] void refuse_dtype(std::string_view what, const nb::object& dtype) {
  raise_value_error(fmt::format(
      "{} has the element type {}; Rondo has float32, float64, int32, int64 and bool: convert it first", what,
      nb::cast<std::string>(nb::str(nb::handle(dtype)))));
}

nb::object numpy() {
  return nb::module_::import_("numpy");
}

void copy_axes(const ArrayView& view, size_t axis, int64_t offset, std::byte*& to) {
  const auto size = static_cast<size_t>(ir::size_of(view.dtype));
  const auto* from = static_cast<const std::byte*>(view.data);
  if (axis == view.dims.size()) {
    std::memcpy(to, from + offset * static_cast<int64_t>(size), size);
    to += size;
    return;
  }
  const bool dense = axis + 1 == view.dims.size() && view.strides[axis] == 1;
  if (dense) {
    const size_t bytes = static_cast<size_t>(view.dims[axis]) * size;
    if (bytes > 0) std::memcpy(to, from + offset * static_cast<int64_t>(size), bytes);
    to += bytes;
    return;
  }
  for (int64_t i = 0; i < view.dims[axis]; ++i)
    copy_axes(view, axis + 1, offset + i * view.strides[axis], to);
}

}  // namespace

namespace {

// Of what has a buffer. Nothing where there is none.
std::optional<ArrayView> view_of_buffer(nb::handle array, std::string_view what) {
  Py_buffer buffer;
  if (PyObject_GetBuffer(array.ptr(), &buffer, PyBUF_STRIDES | PyBUF_FORMAT) != 0) {
    PyErr_Clear();
    return std::nullopt;
  }
  // What the memory is stays as it is while somebody refers to the array.
  const std::unique_ptr<Py_buffer, void (*)(Py_buffer*)> release(&buffer, PyBuffer_Release);
  const std::optional<DType> dtype = dtype_of(buffer.format, buffer.itemsize);
  if (!dtype) refuse_dtype(what, numpy().attr("asarray")(nb::borrow(array)).attr("dtype"));
  ArrayView view{nb::borrow(array), buffer.buf, *dtype, {buffer.shape, buffer.shape + buffer.ndim}, {}};
  for (int axis = 0; axis < buffer.ndim; ++axis) {
    if (buffer.strides[axis] % buffer.itemsize != 0) return std::nullopt;
    view.strides.push_back(buffer.strides[axis] / buffer.itemsize);
  }
  return view;
}

// Of what speaks DLPack. Nothing for an element type that Rondo has not.
std::optional<ArrayView> view_of_dlpack(nb::handle array, std::string_view what) {
  nb::ndarray<nb::ro> exported;
  if (!nb::ndarray_check(array) || !nb::try_cast(array, exported)) return std::nullopt;
  if (exported.device_type() != nb::device::cpu::value)
    raise_value_error(std::string(what) +
                      " is in the memory of another device; copy it to this machine's first");
  const auto [code, bits, lanes] = exported.dtype();
  const std::optional<DType> dtype = dtype_of(static_cast<nb::dlpack::dtype_code>(code), bits / 8);
  if (!dtype || lanes != 1) return std::nullopt;
  ArrayView view{nb::cast(exported), const_cast<void*>(exported.data()), *dtype, {}, {}};
  for (size_t axis = 0; axis < exported.ndim(); ++axis) {
    view.dims.push_back(static_cast<int64_t>(exported.shape(axis)));
    view.strides.push_back(exported.stride(axis));
  }
  return view;
}

}  // namespace

ArrayView view_of(nb::handle array, std::string_view what) {
  if (is_numpy_array(array))
    if (std::optional<ArrayView> view = view_of_numpy(array)) return std::move(*view);
  if (std::optional<ArrayView> view = view_of_buffer(array, what)) return std::move(*view);
  if (std::optional<ArrayView> view = view_of_dlpack(array, what)) return std::move(*view);
  const nb::object converted = numpy().attr("asarray")(nb::borrow(array), nb::arg("order") = "C");
  const std::optional<ArrayView> view = view_of_buffer(converted, what);
  if (!view) refuse_dtype(what, converted.attr("dtype"));
  return *view;
}

namespace {

bool has_dtype_of_rondo(const nb::object& array) {
  const auto name = nb::cast<std::string>(array.attr("dtype").attr("str"));  // "<f4", "|b1"
  return std::any_of(dtypes.begin(), dtypes.end(), [&](DType dtype) {
    return name == nb::cast<std::string>(numpy_dtype(dtype).attr("str"));
  });
}

// Bool arrays of numpy's and the like are seen as they are, and so are arrays of other libraries; at the rest
// numpy looks first.
std::optional<ArrayView> view_at_once(nb::handle array, std::string_view what) {
  Py_buffer buffer;
  if (PyObject_GetBuffer(array.ptr(), &buffer, PyBUF_STRIDES | PyBUF_FORMAT) != 0) {
    PyErr_Clear();
    return view_of_dlpack(array, what);
  }
  const bool is_bool = buffer.format && std::string_view(buffer.format) == "?";
  PyBuffer_Release(&buffer);
  if (!is_bool) return std::nullopt;
  return view_of(array, what);
}

}  // namespace

ArrayView view_of_mask(nb::handle mask) {
  constexpr std::string_view what = "the mask";
  if (std::optional<ArrayView> view = view_at_once(mask, what)) return std::move(*view);
  const nb::object array = numpy().attr("asarray")(nb::borrow(mask));
  const nb::object dtype = array.attr("dtype");
  if (std::string_view("biuf").find(nb::cast<std::string>(dtype.attr("kind"))) == std::string_view::npos)
    raise_value_error(fmt::format("the mask should be booleans or numbers, found {}",
                                  nb::cast<std::string>(nb::str(nb::handle(dtype)))));
  return view_of(has_dtype_of_rondo(array) ? array : nb::object(numpy().attr("not_equal")(array, 0)), what);
}

[[noreturn]] static void refuse_lengths(const nb::object& array) {
  raise_value_error(fmt::format("input_length should be integers, found {}",
                                nb::cast<std::string>(nb::str(nb::handle(nb::object(array.attr("dtype")))))));
}

ArrayView view_of_lengths(nb::handle lengths) {
  std::optional<ArrayView> view = view_at_once(lengths, "input_length");
  if (view && ir::is_integer(view->dtype)) return std::move(*view);
  const nb::object array = numpy().attr("asarray")(nb::borrow(lengths));
  const auto kind = nb::cast<std::string>(array.attr("dtype").attr("kind"));
  if (kind != "i" && kind != "u") refuse_lengths(array);
  return view_of(
      has_dtype_of_rondo(array) ? array : nb::object(array.attr("astype")(numpy_dtype(DType::I64))),
      "input_length");
}

namespace {

// Whether two elements may lie in the same place; none do where each axis steps over all that the shorter
// ones reach.
bool may_overlap_itself(const ArrayView& view) {
  if (ir::element_count(view.dims) == 0) return false;
  std::vector<std::pair<int64_t, int64_t>> axes;  // stride and extent
  for (size_t axis = 0; axis < view.dims.size(); ++axis)
    if (view.dims[axis] > 1) axes.emplace_back(std::abs(view.strides[axis]), view.dims[axis]);
  std::sort(axes.begin(), axes.end());
  int64_t reach = 1;
  for (const auto& [stride, extent] : axes) {
    if (stride < reach) return true;
    reach += (extent - 1) * stride;
  }
  return false;
}

}  // namespace

ArrayView view_to_write(nb::handle array, std::string_view what) {
  Py_buffer buffer;
  if (PyObject_GetBuffer(array.ptr(), &buffer, PyBUF_STRIDES | PyBUF_WRITABLE) != 0) {
    PyErr_Clear();
    raise_value_error(std::string(what) + " is no array that can be written to");
  }
  PyBuffer_Release(&buffer);
  // Never a copy: what is written to one is lost.
  const std::optional<ArrayView> view = view_of_buffer(array, what);
  if (!view) raise_value_error(std::string(what) + " has strides that are not whole elements");
  if (may_overlap_itself(*view)) raise_value_error(std::string(what) + " has elements that share memory");
  return *view;
}

bool is_dense_behind(const ArrayView& view, size_t first) {
  int64_t step = 1;
  for (size_t axis = view.dims.size(); axis-- > first;) {
    if (view.dims[axis] != 1 && view.strides[axis] != step) return false;
    step *= view.dims[axis];
  }
  return reinterpret_cast<uintptr_t>(view.data) % static_cast<uintptr_t>(ir::size_of(view.dtype)) == 0;
}

ir::Tensor tensor_of(const ArrayView& view) {
  ir::Tensor tensor(view.dtype, view.dims);
  std::byte* to = tensor.bytes();
  if (tensor.count() > 0) copy_axes(view, 0, 0, to);
  return tensor;
}

nb::object copy_of(const ArrayView& view) {
  nb::object copy = new_array(view.dtype, view.dims, false);
  auto* to = static_cast<std::byte*>(view_of(copy, "a copy").data);
  if (ir::element_count(view.dims) > 0) copy_axes(view, 0, 0, to);
  return copy;
}

bool same_bytes(const ArrayView& view, const ArrayView& kept) {
  const auto bytes = static_cast<size_t>(ir::element_count(view.dims) * ir::size_of(view.dtype));
  if (bytes == 0) return true;
  if (is_dense_behind(view, 0)) return std::memcmp(view.data, kept.data, bytes) == 0;
  return std::memcmp(tensor_of(view).bytes(), kept.data, bytes) == 0;
}

nb::object numpy_dtype(DType dtype) {
  static const auto& objects = *new std::array<nb::object, dtypes.size()>([] {
    std::array<nb::object, dtypes.size()> made;
    const nb::object type = numpy().attr("dtype");
    for (DType each : dtypes) made[static_cast<size_t>(each)] = type(numpy_name(each));
    return made;
  }());
  return objects[static_cast<size_t>(dtype)];
}

DType dtype_from(nb::handle dtype, std::string_view what) {
  for (DType candidate : dtypes)
    if (numpy_dtype(candidate).is(dtype)) return candidate;
  // By name: TensorFlow's has one, torch's is "torch.float32"; whatever else there is, numpy knows.
  const auto text = nb::cast<std::string>(nb::str(dtype));
  const nb::object named = nb::hasattr(dtype, "name") ? nb::object(dtype.attr("name"))
                           : text.starts_with("torch.")
                               ? nb::object(nb::str(text.substr(6).c_str()))
                               : nb::object(numpy().attr("dtype")(dtype).attr("name"));
  const auto name = nb::cast<std::string>(named);
  for (DType candidate : dtypes)
    if (name == numpy_name(candidate)) return candidate;
  refuse_dtype(what, named);
}

}  // namespace rondo::python
