// What `rondo.rnn` keeps of the arrays that step functions read, for the next call.
#pragma once

#include <cstdint>
#include <deque>

#include "frontend/python/arrays.h"

namespace rondo::python {

/// Copies of arrays as they were read last. An array that still has the same bytes need not be copied again,
/// nor what was made of the copy be made anew: to compare costs less than to pack weights. Nothing is taken
/// on trust: every byte is compared. Used with Python's lock held.
class RecentArrays {
 public:
  /// A dense copy that nobody may write to: a kept one where it has the bytes of the array, else a new one.
  nanobind::object copy_of(const ArrayView& view);
  /// Whether it is one of the copies that are kept.
  bool keeps(nanobind::handle copy) const;

 private:
  struct Entry {
    const void* data;  // where the caller's array lies
    ir::Dims strides;
    ir::DType dtype;
    nanobind::object copy;
    ir::Dims dims;
    int64_t bytes;
  };
  void make_room(int64_t bytes);

  std::deque<Entry> entries_;  // the last read behind
  int64_t bytes_ = 0;
};

/// Those of this process.
RecentArrays& recent_arrays();

}  // namespace rondo::python
