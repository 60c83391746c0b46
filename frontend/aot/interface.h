// What a C program sees of a kernel that was compiled ahead of time: its arrays by name, and its sizes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/loop_program.h"
#include "ir/recurrence.h"
#include "ir/target.h"

namespace rondo::aot {

/// An array of the kernel.
struct Array {
  std::string field;  ///< its name in C: "x", "initial_h", "output"
  std::string leaf;   ///< its name in the cell: "x", "h"; empty for an only output
  ir::BufferKind kind = ir::BufferKind::Input;
  ir::DType dtype = ir::DType::F32;
  ir::Dims dims;  ///< of one sample and step
  int64_t elements() const { return ir::element_count(dims); }
};

/// All that the header tells. The arrays of a call stand in the order of the kernel's signature.
struct Interface {
  std::string prefix;
  std::string cell;
  std::vector<Array> weights;
  std::vector<Array> arrays;  ///< of a call: all but the weights
  ir::Recurrence recurrence;
  std::vector<ir::Target> targets;  ///< more than one: the object picks at run time
  bool has_weights_inside = false;
  int64_t prepared_bytes = 0;
  int64_t workspace_bytes = 0;  ///< of a batch of one
  std::string fingerprint;

  bool chooses() const { return targets.size() > 1; }
  /// Whether calls want what the prepare function made.
  bool is_prepared() const { return chooses() || (!weights.empty() && !has_weights_inside); }
  /// Why there is no stream; empty where there is one.
  std::string no_stream() const;
};

/// Names and shapes of all arrays of a program that was lowered from the recurrence.
void describe_arrays(const ir::LoopProgram& program, Interface& interface);

/// "float", "uint8_t".
std::string_view c_type(ir::DType dtype);

}  // namespace rondo::aot
