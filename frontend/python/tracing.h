// The values that a Python step function computes with while it is traced.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "frontend/python/batched_builder.h"

namespace rondo::python {

/// One evaluation of a step function with symbolic values. Used by one thread.
class Trace : public std::enable_shared_from_this<Trace> {
 public:
  /// `transient`: nobody writes to the copies of captured arrays, so that they may be those of the last
  /// trace.
  Trace(std::string name, std::optional<int64_t> batch, bool transient)
      : builder_(std::move(name), batch), transient_(transient) {}

  BatchedBuilder& builder() { return builder_; }

  /// Leaves, batched but for `weight`. Dimensions are those of one sample.
  nanobind::object input(const std::string& name, nanobind::handle dtype, const ir::Dims& dims);
  nanobind::object state(const std::string& name, nanobind::handle dtype, const ir::Dims& dims);
  nanobind::object constant(const std::string& name, nanobind::handle dtype, const ir::Dims& dims);
  nanobind::object weight(const std::string& name, nanobind::handle dtype, const ir::Dims& dims);

  /// What an array is called should it be captured: a name that no other leaf has. The array must stay.
  void name(nanobind::handle array, std::string name);

  /// Whatever Python hands to an operation: a traced value, a number, a scalar of numpy's, or an array, which
  /// is captured as it is at that moment; the same array object is one capture until its numbers change.
  /// Raises CompileError for element types that are none of Rondo's.
  Operand operand(nanobind::handle object);
  /// The Python object of a value. Raises CompileError where an error was reported.
  nanobind::object wrap(const Traced& traced);
  /// Says where the nodes that follow come from: the caller's frame.
  BatchedBuilder& here();
  /// Raises CompileError at that place.
  [[noreturn]] void refuse(const std::string& message);

  void set_output(const std::string& name, nanobind::handle value);
  void set_next(const std::string& state, nanobind::handle value);
  /// The finished step. Nothing can be traced behind it.
  ir::StepGraph finish();

  /// Copies of the caller's arrays in the order of their captures, and the names of the leaves that they
  /// became: (array, weight or None, constant or None).
  nanobind::list captures() const;

 private:
  void at_origin(nanobind::handle value);
  Operand scalar(nanobind::handle object);
  Operand capture(nanobind::handle object);
  nanobind::object leaf(ir::Value value, bool batched);
  std::string name_of_capture(nanobind::handle array) const;

  BatchedBuilder builder_;
  std::unordered_map<PyObject*, std::string> names_;
  // An array, a copy of its numbers as they were when an operation met it, and what the builder knows of it.
  struct CapturedArray {
    nanobind::object array, copy;
    Captured* captured;
  };

  std::unordered_map<PyObject*, size_t>
      captured_;  // positions in `arrays_`, the last of an array that changed
  std::vector<CapturedArray> arrays_;
  bool finished_ = false;
  bool transient_;
};

void bind_tracing(nanobind::module_& module);

}  // namespace rondo::python
