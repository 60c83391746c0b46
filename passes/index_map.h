// Where a value is read, as affine functions of the loops around it: data movement without data being moved.
#pragma once

#include <optional>
#include <vector>

#include "ir/loop_program.h"
#include "ir/step_graph.h"

namespace rondo::passes {

/// offset + sum of factors[i] * loop i. The last factor belongs to k, the index of a sum; it is 0 outside of
/// one.
struct Affine {
  int64_t offset = 0;
  std::vector<int64_t> factors;

  Affine scaled(int64_t by) const;
  Affine plus(const Affine& other) const;
};

/// One affine function for each axis of a value.
using IndexMap = std::vector<Affine>;

/// The map under which a value with as many axes as there are loops is read by the loops themselves.
IndexMap identity_map(size_t loops);
/// A map of `axes` zeros for that many loops.
Affine constant_index(int64_t offset, size_t loops);
/// The index k of a sum inside that many loops.
Affine sum_index(size_t loops);

/// How the operand of a broadcasting operation of shape `dims` is read where the result is read by `map`.
IndexMap through_broadcast(const IndexMap& map, const ir::Dims& dims);
/// How the operand of a Slice or Transpose is read.
IndexMap through_slice(const IndexMap& map, const ir::SliceRanges& ranges);
IndexMap through_transpose(const IndexMap& map, const std::vector<int>& axes);
/// How the operand of a Reshape is read; nothing where an axis of the result would have to be taken apart.
std::optional<IndexMap> through_reshape(const IndexMap& map, const ir::Dims& from, const ir::Dims& to,
                                        size_t loops);

/// Position in dense row-major memory of a value of shape `dims`.
Affine linearized(const IndexMap& map, const ir::Dims& dims, size_t loops);

}  // namespace rondo::passes
