#include "passes/index_map.h"

namespace rondo::passes {

using namespace ir;

Affine Affine::scaled(int64_t by) const {
  Affine result = *this;
  result.offset *= by;
  for (int64_t& factor : result.factors) factor *= by;
  return result;
}

Affine Affine::plus(const Affine& other) const {
  Affine result = *this;
  result.offset += other.offset;
  for (size_t i = 0; i < factors.size(); ++i) result.factors[i] += other.factors[i];
  return result;
}

Affine constant_index(int64_t offset, size_t loops) {
  return {offset, std::vector<int64_t>(loops + 1)};
}

Affine sum_index(size_t loops) {
  Affine result = constant_index(0, loops);
  result.factors.back() = 1;
  return result;
}

IndexMap identity_map(size_t loops) {
  IndexMap map(loops, constant_index(0, loops));
  for (size_t i = 0; i < loops; ++i) map[i].factors[i] = 1;
  return map;
}

IndexMap through_broadcast(const IndexMap& map, const Dims& dims) {
  IndexMap result;
  const size_t missing = map.size() - dims.size();
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    result.push_back(map[axis + missing]);
    if (dims[axis] == 1) result.back() = constant_index(0, result.back().factors.size() - 1);
  }
  return result;
}

IndexMap through_slice(const IndexMap& map, const SliceRanges& ranges) {
  IndexMap result;
  for (size_t axis = 0; axis < map.size(); ++axis) {
    result.push_back(map[axis].scaled(ranges.axes[axis].step));
    result.back().offset += ranges.axes[axis].start;
  }
  return result;
}

IndexMap through_transpose(const IndexMap& map, const std::vector<int>& axes) {
  IndexMap result(map.size());
  for (size_t axis = 0; axis < map.size(); ++axis) result[static_cast<size_t>(axes[axis])] = map[axis];
  return result;
}

// Walks both shapes at once, in groups of axes that have equally many elements. Several axes of the result
// that come from one axis of the operand are joined; the other way round an index would have to be divided,
// unless all axes of the operand but one have a single element.
std::optional<IndexMap> through_reshape(const IndexMap& map, const Dims& from, const Dims& to, size_t loops) {
  if (element_count(from) == 0) return std::nullopt;
  IndexMap result;
  size_t i = 0, j = 0;  // next axis of the operand and of the result
  const auto zero = [&] { return constant_index(0, loops); };
  while (i < from.size() || j < to.size()) {
    if (i < from.size() && from[i] == 1) {
      result.push_back(zero());
      ++i;
      continue;
    }
    if (j < to.size() && to[j] == 1) {
      ++j;
      continue;
    }
    if (i >= from.size() || j >= to.size()) return std::nullopt;
    Affine joined = map[j];
    int64_t covered = to[j++];
    while (covered < from[i]) {
      if (j >= to.size()) return std::nullopt;
      joined = joined.scaled(to[j]).plus(map[j]);
      covered *= to[j++];
    }
    if (covered != from[i]) return std::nullopt;
    result.push_back(joined);
    ++i;
  }
  return result;
}

Affine linearized(const IndexMap& map, const Dims& dims, size_t loops) {
  const Dims strides = row_major_strides(dims);
  Affine result = constant_index(0, loops);
  for (size_t axis = 0; axis < dims.size(); ++axis) result = result.plus(map[axis].scaled(strides[axis]));
  return result;
}

}  // namespace rondo::passes
