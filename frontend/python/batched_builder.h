// Step graphs from values that have the batch axis in front, as the arrays of a Python caller have it.
//
// The step graph knows one sample only. What is written over arrays of shape (B, ...) means the same wherever
// numpy would keep the samples apart; whatever would let one sample see another, or move the batch axis away
// from the front, is a mistake that is reported with both shapes.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frontend/text/functions.h"
#include "ir/graph_builder.h"

namespace rondo::python {

/// A value of the step function. Batched: its shape begins with the batch axis, (B, ...), also where all
/// samples have the same (zeros_like of a state). A bare number takes the element type that it meets.
struct Traced {
  ir::Value value;
  bool batched = false;
};

/// An array of the caller's that the step function uses. It becomes a weight, or a constant of each sample
/// where its first axis meets the batch axis: its uses tell.
struct Captured {
  std::string name;
  ir::DType dtype = ir::DType::F32;
  ir::Dims dims;
  ir::Value shared, rows;  ///< nothing until used as such
};

/// What an operation is given: a value, or an array whose role is still open.
struct Operand {
  Traced traced;
  Captured* captured = nullptr;
};

class BatchedBuilder {
 public:
  /// The batch extent may be unknown; then no captured array can be one for each sample.
  BatchedBuilder(std::string cell_name, std::optional<int64_t> batch);

  ir::GraphBuilder& graph() { return builder_; }
  ir::Diagnostics& diagnostics() { return diagnostics_; }
  std::optional<int64_t> batch() const { return batch_; }

  /// A new array of the caller's, under a name that no other leaf has. Stays where it is.
  Captured& capture(std::string name, ir::DType dtype, ir::Dims dims);
  /// In the order in which they were captured.
  const std::deque<Captured>& captures() const { return captures_; }

  /// A function whose tensors meet element by element, with numpy's promotion and broadcasting. `numbers` are
  /// the parameters behind the tensors.
  Traced elementwise(const text::Function& function, const std::vector<Operand>& operands,
                     const std::vector<double>& numbers = {});
  /// numpy's matmul.
  Traced matmul(Operand a, Operand b);
  /// Along an axis that counts the batch axis.
  Traced concatenate(const std::vector<Operand>& parts, int axis);
  /// Any function of the language over per-sample shapes and axes. The result is batched if `batched`.
  std::vector<Traced> per_sample(const text::Function& function, const text::Arguments& arguments,
                                 bool batched);
  Traced subscript(const Traced& x, const std::vector<ir::Subscript>& subscripts);

  /// As a value of the step: an array is shared by all samples.
  Traced shared(const Operand& operand);
  /// As one value for each sample: an output or a next state. `what` begins the message where it is none.
  Traced batched(const Operand& operand, const std::string& what);

  ir::DType dtype(const Operand& operand) const;
  /// Axes as numpy counts them, the batch axis among them.
  int rank(const Operand& operand) const;
  /// "(4, 3)", or "(B, 3)" where the batch is unknown.
  std::string shape_text(const Operand& operand) const;

 private:
  Traced error(const std::string& message);
  Traced rows(Captured& captured);
  bool first_axis_is_batch(const Captured& captured) const;
  // The operands of a function in shapes that meet; nothing where they do not, which is reported.
  std::optional<std::vector<Traced>> met(const text::Function& function, const std::vector<Operand>& operands,
                                         int batched_rank);
  // The element type in which values meet; nothing where all are bare numbers.
  std::optional<ir::DType> common_type(std::span<const Traced> values) const;
  std::optional<Traced> aligned(const Operand& operand, int wanted, std::string& why);
  ir::Value typed(const Traced& x, ir::DType dtype);
  std::string shapes_text(const std::vector<Operand>& operands) const;

  ir::Diagnostics diagnostics_;
  ir::GraphBuilder builder_;
  std::optional<int64_t> batch_;
  std::deque<Captured> captures_;
};

/// The element type that both are converted to, as numpy 2 has it: integers and f32 meet in f64.
ir::DType promoted(ir::DType a, ir::DType b);

}  // namespace rondo::python
