// A tensor in memory: what goes into a recurrence and comes out of it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "ir/type.h"

namespace rondo::ir {

/// Dense row-major array that owns its memory, aligned to 64 bytes. Unlike the shapes of a step graph, `dims`
/// has all the axes, batch and time among them. Booleans are bytes, 0 or 1.
class Tensor {
 public:
  Tensor() = default;
  /// Zeros. Requires `checked_count` of the extents, or a caller that knows the memory is there.
  Tensor(DType dtype, Dims dims);
  Tensor(const Tensor& other);
  Tensor(Tensor&&) noexcept = default;
  Tensor& operator=(Tensor other) noexcept;

  /// A tensor of `dtype` with the given elements, converted; as many as the extents say.
  static Tensor of(DType dtype, Dims dims, std::span<const double> elements);

  DType dtype() const { return dtype_; }
  const Dims& dims() const { return dims_; }
  int rank() const { return static_cast<int>(dims_.size()); }
  int64_t count() const { return count_; }
  std::byte* bytes() { return bytes_.get(); }
  const std::byte* bytes() const { return bytes_.get(); }
  size_t byte_count() const { return static_cast<size_t>(count_ * size_of(dtype_)); }

  template <class T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(bytes_.get()), static_cast<size_t>(count_)};
  }
  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(bytes_.get()), static_cast<size_t>(count_)};
  }

  /// One element, by its position in memory, whatever the type.
  double at(int64_t index) const;
  void set(int64_t index, double value);

  /// The same elements as another type (C's conversions; to boolean: "is it not 0").
  Tensor converted(DType dtype) const;
  /// The first two axes exchanged: batch-major to time-major and back.
  Tensor with_leading_axes_swapped() const;

 private:
  struct Free {
    void operator()(std::byte* bytes) const;
  };
  DType dtype_ = DType::F32;
  Dims dims_{0};
  int64_t count_ = 0;
  std::unique_ptr<std::byte[], Free> bytes_;
};

/// Whether both have the same type, shape and elements; NaN equals NaN, and -0 differs from +0.
bool same_bits(const Tensor& a, const Tensor& b);

/// Largest |a - b| / max(1, |b|) over all elements; infinity where one is NaN or infinite and the other is
/// not equal. Requires equal shapes.
double largest_difference(const Tensor& a, const Tensor& b);

}  // namespace rondo::ir
