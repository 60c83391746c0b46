// Python's arrays as the arguments of a call: checked against the recurrence, and copied only where a kernel
// could not read them where they are.
#pragma once

#include <nanobind/nanobind.h>

#include <deque>
#include <optional>
#include <vector>

#include "frontend/engine/kernel.h"
#include "frontend/python/arrays.h"
#include "ir/arguments.h"

namespace rondo::python {

/// An input, (B, T, ...) or time-major (T, B, ...), as a kernel reads it; copied to `copies` where its
/// features do not lie densely.
rondo_array timed_array(const ArrayView& view, bool time_major, std::deque<ir::Tensor>& copies);
/// A mask, (B, T) or (B, T, 1) or time-major; copied where it is not boolean.
rondo_array mask_array(const ArrayView& view, bool time_major, std::deque<ir::Tensor>& copies);

/// An array that a call writes to.
struct ResultArray {
  nanobind::object array;
  rondo_array view;
};
/// A new one, or the caller's where `given` is not None: `leading` extents, one of which is the batch, then
/// the features of `type`. Raises ValueError, with `what` in the message, where the caller's does not fit.
ResultArray result_array(const nanobind::object& given, const char* what, const ir::Type& type,
                         const ir::Dims& leading, size_t batch_axis, bool zeros);

/// (B, T) or time-major (T, B), and the features behind.
ir::Dims timed_dims(const ir::Recurrence& recurrence, int64_t batch, int64_t time, const ir::Dims& features);

/// The arrays that a caller hands over for one call, and what stands in for some of them. Keeps them alive.
class GivenArrays {
 public:
  /// Raises ValueError for a wrong number of arrays, or one that is no array of Rondo's. `states` may be
  /// None: zeros. `held`: constants that are not the caller's to give, by the position of their leaf.
  GivenArrays(const ir::Recurrence& recurrence, const nanobind::sequence& inputs, nanobind::handle states,
              const nanobind::sequence& constants, nanobind::handle mask, nanobind::handle lengths,
              const std::vector<const ir::Tensor*>& held);

  /// Batch and time. Raises ValueError that names every array that does not fit.
  ir::Extents check() const;

  /// All but the results, as a kernel reads them. Arrays whose features do not lie densely are copied.
  engine::CallArrays arrays();

 private:
  bool fit(ir::Extents extents) const;
  [[noreturn]] void explain_misfit() const;
  rondo_array rows(const ArrayView& view);
  rondo_array zeros(ir::NodeId node);
  rondo_array lengths_array();
  const ir::Tensor& own(ir::Tensor tensor);

  const ir::Recurrence& recurrence_;
  std::vector<ArrayView> inputs_, states_, constants_;  // no states: zeros; constants without those held
  std::optional<ArrayView> mask_, lengths_;
  std::vector<const ir::Tensor*> held_;  // by leaf; null where the caller gives it
  std::deque<ir::Tensor> owned_;
};

/// New arrays for the results of a call, or the caller's.
class ResultArrays {
 public:
  /// `out`: None, or (last_output, outputs, new_states), each None or a list of arrays to write to. Raises
  /// ValueError where one of them does not fit, or cannot be written to.
  ResultArrays(const ir::Recurrence& recurrence, ir::Extents extents, nanobind::handle out);

  void add_to(engine::CallArrays& arrays) const;
  /// (last_output, outputs, new_states), a list each.
  nanobind::tuple to_python() const;

 private:
  std::vector<ResultArray> last_outputs_, outputs_, final_states_;
};

}  // namespace rondo::python
