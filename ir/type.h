// Element types, per-sample shapes, and the type of a value in a step graph.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rondo::ir {

/// Element type of a value. Arithmetic on integers wraps; booleans are stored as one byte, 0 or 1.
enum class DType : uint8_t { F32, F64, I32, I64, Bool };

/// "f32", "f64", "i32", "i64" or "bool".
std::string_view name_of(DType dtype);
std::optional<DType> dtype_from_name(std::string_view name);

/// Bytes of one element in memory.
int64_t size_of(DType dtype);
bool is_float(DType dtype);
bool is_integer(DType dtype);

/// Extents of a value for one sample; the batch axis is never among them. Rank 0 is one number a sample.
using Dims = std::vector<int64_t>;

/// Largest number of elements that a value may have for one sample: keeps every size and offset well inside
/// 64 bits, whatever a program asks for.
inline constexpr int64_t max_elements = int64_t{1} << 31;

/// Largest number of axes of a value for one sample.
inline constexpr int max_rank = 32;

/// Product of the extents; 1 for rank 0. Requires that it does not exceed `max_elements` (see
/// `checked_count`).
int64_t element_count(const Dims& dims);

/// Product of the extents, or nothing where an extent is negative or the product exceeds `max_elements`.
std::optional<int64_t> checked_count(const Dims& dims);

/// Row-major strides, in elements.
Dims row_major_strides(const Dims& dims);

/// What a value is: its element type, its per-sample extents, and whether each sample has its own (an input,
/// a state) or all samples share one (a weight, a literal).
struct Type {
  DType dtype = DType::F32;
  bool batched = false;
  Dims dims;

  bool operator==(const Type&) const = default;
  int64_t count() const { return element_count(dims); }
  int rank() const { return static_cast<int>(dims.size()); }
};

/// "[2, 3]"; "[]" for rank 0.
std::string to_string(const Dims& dims);
/// As Python writes it: "(2, 3)", "(2,)"; for arrays with all their axes, batch and time among them.
std::string shape_text(const Dims& dims);
/// "f32[2, 3]"; says nothing of the batch axis, as the text language does not.
std::string to_string(const Type& type);

/// numpy's broadcasting of two per-sample shapes; nothing where they do not go together.
std::optional<Dims> broadcast(const Dims& a, const Dims& b);

}  // namespace rondo::ir
