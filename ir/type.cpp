#include "ir/type.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rondo::ir {

std::string_view name_of(DType dtype) {
  switch (dtype) {
    case DType::F32:
      return "f32";
    case DType::F64:
      return "f64";
    case DType::I32:
      return "i32";
    case DType::I64:
      return "i64";
    case DType::Bool:
      return "bool";
  }
  __builtin_unreachable();
}

std::optional<DType> dtype_from_name(std::string_view name) {
  for (DType dtype : {DType::F32, DType::F64, DType::I32, DType::I64, DType::Bool})
    if (name_of(dtype) == name) return dtype;
  return std::nullopt;
}

int64_t size_of(DType dtype) {
  switch (dtype) {
    case DType::F32:
    case DType::I32:
      return 4;
    case DType::F64:
    case DType::I64:
      return 8;
    case DType::Bool:
      return 1;
  }
  __builtin_unreachable();
}

bool is_float(DType dtype) {
  return dtype == DType::F32 || dtype == DType::F64;
}
bool is_integer(DType dtype) {
  return dtype == DType::I32 || dtype == DType::I64;
}

int64_t element_count(const Dims& dims) {
  int64_t count = 1;
  for (int64_t extent : dims) count *= extent;
  return count;
}

std::optional<int64_t> checked_count(const Dims& dims) {
  // A zero extent makes the product zero, but the others must still be sane by themselves.
  int64_t count = 1;
  bool empty = false;
  for (int64_t extent : dims) {
    if (extent < 0 || extent > max_elements) return std::nullopt;
    if (extent == 0) {
      empty = true;
      continue;
    }
    if (count > max_elements / extent) return std::nullopt;
    count *= extent;
  }
  return empty ? 0 : count;
}

Dims row_major_strides(const Dims& dims) {
  Dims strides(dims.size());
  int64_t stride = 1;
  for (size_t axis = dims.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= dims[axis];
  }
  return strides;
}

std::string to_string(const Dims& dims) {
  return fmt::format("[{}]", fmt::join(dims, ", "));
}

std::string shape_text(const Dims& dims) {
  return fmt::format("({}{})", fmt::join(dims, ", "), dims.size() == 1 ? "," : "");
}

std::string to_string(const Type& type) {
  return fmt::format("{}{}", name_of(type.dtype), to_string(type.dims));
}

std::optional<Dims> broadcast(const Dims& a, const Dims& b) {
  Dims result(std::max(a.size(), b.size()));
  for (size_t back = 1; back <= result.size(); ++back) {
    const int64_t from_a = back <= a.size() ? a[a.size() - back] : 1;
    const int64_t from_b = back <= b.size() ? b[b.size() - back] : 1;
    if (from_a != from_b && from_a != 1 && from_b != 1) return std::nullopt;
    result[result.size() - back] = from_a == 1 ? from_b : from_a;
  }
  return result;
}

}  // namespace rondo::ir
