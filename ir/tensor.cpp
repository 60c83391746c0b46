#include "ir/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

#include "ir/diagnostics.h"

namespace rondo::ir {

namespace {

constexpr std::align_val_t alignment{64};

// Calls `body` with a null pointer of the element type.
template <class Body>
auto with_element_type(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::F32:
      return body(static_cast<float*>(nullptr));
    case DType::F64:
      return body(static_cast<double*>(nullptr));
    case DType::I32:
      return body(static_cast<int32_t*>(nullptr));
    case DType::I64:
      return body(static_cast<int64_t*>(nullptr));
    case DType::Bool:
      return body(static_cast<uint8_t*>(nullptr));
  }
  __builtin_unreachable();
}

template <class To, class From>
To convert_element(From value) {
  if constexpr (std::is_same_v<To, uint8_t>) {
    return value != From{0} ? 1 : 0;
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    if (std::isnan(value)) return 0;
    if (value <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    if (value >= static_cast<From>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace

void Tensor::Free::operator()(std::byte* bytes) const {
  ::operator delete(bytes, alignment);
}

Tensor::Tensor(DType dtype, Dims dims) : dtype_(dtype), dims_(std::move(dims)), count_(element_count(dims_)) {
  const size_t size = std::max<size_t>(byte_count(), 1);
  bytes_.reset(static_cast<std::byte*>(::operator new(size, alignment)));
  std::memset(bytes_.get(), 0, size);
}

Tensor::Tensor(const Tensor& other) : Tensor(other.dtype_, other.dims_) {
  if (other.count_ > 0) std::memcpy(bytes(), other.bytes(), byte_count());
}

Tensor& Tensor::operator=(Tensor other) noexcept {
  dtype_ = other.dtype_;
  dims_ = std::move(other.dims_);
  count_ = other.count_;
  bytes_ = std::move(other.bytes_);
  return *this;
}

Tensor Tensor::of(DType dtype, Dims dims, std::span<const double> elements) {
  Tensor result(dtype, std::move(dims));
  RONDO_CHECK(static_cast<int64_t>(elements.size()) == result.count(),
              "Tensor::of: wrong number of elements");
  for (size_t i = 0; i < elements.size(); ++i) result.set(static_cast<int64_t>(i), elements[i]);
  return result;
}

double Tensor::at(int64_t index) const {
  return with_element_type(
      dtype_, [&]<class T>(T*) { return static_cast<double>(as<T>()[static_cast<size_t>(index)]); });
}

void Tensor::set(int64_t index, double value) {
  with_element_type(dtype_,
                    [&]<class T>(T*) { as<T>()[static_cast<size_t>(index)] = convert_element<T>(value); });
}

Tensor Tensor::converted(DType dtype) const {
  Tensor result(dtype, dims_);
  with_element_type(dtype_, [&]<class From>(From*) {
    with_element_type(dtype, [&]<class To>(To*) {
      std::transform(as<From>().begin(), as<From>().end(), result.as<To>().begin(),
                     convert_element<To, From>);
    });
  });
  return result;
}

Tensor Tensor::with_leading_axes_swapped() const {
  Dims swapped = dims_;
  std::swap(swapped.at(0), swapped.at(1));
  Tensor result(dtype_, swapped);
  const int64_t rows = dims_[0], columns = dims_[1];
  if (count_ == 0) return result;
  const auto block = static_cast<size_t>(count_ / (rows * columns) * size_of(dtype_));
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      std::memcpy(result.bytes() + static_cast<size_t>(column * rows + row) * block,
                  bytes() + static_cast<size_t>(row * columns + column) * block, block);
  return result;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.dims() != b.dims()) return false;
  return with_element_type(a.dtype(), [&]<class T>(T*) {
    const std::span<const T> left = a.as<T>(), right = b.as<T>();
    for (size_t i = 0; i < left.size(); ++i) {
      if constexpr (std::is_floating_point_v<T>) {
        if (std::isnan(left[i]) && std::isnan(right[i])) continue;
        if (std::signbit(left[i]) != std::signbit(right[i])) return false;
      }
      if (left[i] != right[i]) return false;
    }
    return true;
  });
}

double largest_difference(const Tensor& a, const Tensor& b) {
  RONDO_CHECK(a.dims() == b.dims(), "largest_difference of tensors with different shapes");
  double largest = 0;
  for (int64_t i = 0; i < a.count(); ++i) {
    const double left = a.at(i), right = b.at(i);
    if (left == right || (std::isnan(left) && std::isnan(right))) continue;
    const double difference = std::abs(left - right) / std::max(1.0, std::abs(right));
    if (!std::isfinite(difference)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, difference);
  }
  return largest;
}

}  // namespace rondo::ir
