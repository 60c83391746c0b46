#include "frontend/engine/array_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "ir/type.h"

namespace rondo::engine {

using namespace ir;

namespace {

// So many bytes are more than any address space has; sums of a few such numbers do not overflow.
constexpr int64_t most_bytes = int64_t{1} << 47;

struct Axis {
  int64_t stride = 0;  // in bytes; of an axis with one row, of no concern
  int64_t count = 1;
};

// The rows of an array: at `base` + i * outer.stride + j * inner.stride for all i and j below the counts.
// Strides are positive, that of `outer` the larger one, except where there is but one row.
struct Rows2 {
  int64_t base = 0;
  int64_t bytes = 0;  // of a row
  Axis outer, inner;

  int64_t span() const { return outer.stride * (outer.count - 1) + inner.stride * (inner.count - 1); }
  int64_t end() const { return base + span() + bytes; }
};

int64_t divide_up(int64_t a, int64_t b) {
  return a / b + (a % b > 0 ? 1 : 0);
}

// Whether a * b lies within (-most_bytes, most_bytes); `product` then.
bool multiply(int64_t a, int64_t b, int64_t& product) {
  return !__builtin_mul_overflow(a, b, &product) && product > -most_bytes && product < most_bytes;
}

// One axis of an array as positive bytes; `base` moves to the row with the lowest address. False where it
// reaches further than memory.
bool lay_axis(int64_t stride, int64_t element_bytes, int64_t count, int64_t& base, Axis& axis) {
  int64_t step = 0, reach = 0;
  if (count < 2) return true;
  if (!multiply(stride, element_bytes, step) || !multiply(step, count - 1, reach)) return false;
  base += std::min<int64_t>(reach, 0);
  // Rows that all stand in one place may be any number: two are as good.
  axis = {std::abs(step), step == 0 ? 2 : count};
  return true;
}

// Nothing where it reaches further than memory.
std::optional<Rows2> lay(const Buffer& buffer, const rondo_array& array, int64_t batch, int64_t time) {
  Rows2 rows;
  rows.base = static_cast<int64_t>(reinterpret_cast<uintptr_t>(array.data));
  const int64_t size = size_of(buffer.dtype);
  rows.bytes = buffer.elements * size;
  if (buffer.rows != Rows::One && !lay_axis(array.batch_stride, size, batch, rows.base, rows.outer))
    return std::nullopt;
  if (buffer.rows == Rows::Steps && !lay_axis(array.time_stride, size, time, rows.base, rows.inner))
    return std::nullopt;
  if (rows.outer.stride < rows.inner.stride) std::swap(rows.outer, rows.inner);
  if (rows.base < 0 || rows.span() >= most_bytes) return std::nullopt;
  return rows;
}

// How many rows may be looked at, all in all: a fraction of a second. Where they run out, "yes" stands for
// "who knows".
using Budget = int64_t;
constexpr Budget most_rows = int64_t{1} << 24;
bool is_spent_on_another(Budget& budget) {
  --budget;
  return budget < 0;
}

// Whether there is i in [0, outer.count) and j in [0, inner.count) with low < i * outer.stride + j *
// inner.stride < high. Few i come into question, unless the rows themselves overlap.
bool any_between(Axis outer, Axis inner, int64_t low, int64_t high, Budget& budget) {
  const auto inner_between = [&](int64_t above, int64_t below) {
    if (inner.stride == 0 || inner.count == 1) return above < 0 && 0 < below;
    const int64_t j = std::max<int64_t>(0, above < 0 ? 0 : above / inner.stride + 1);
    return j < inner.count && j * inner.stride < below;
  };
  if (outer.stride == 0 || outer.count == 1) return inner_between(low, high);
  const int64_t reach = inner.stride * (inner.count - 1);
  const int64_t first = std::max<int64_t>(0, divide_up(low - reach, outer.stride));
  for (int64_t i = first; i < outer.count && i * outer.stride < high; ++i)
    if (is_spent_on_another(budget) || inner_between(low - i * outer.stride, high - i * outer.stride))
      return true;
  return false;
}

// Differences of j have either sign: counted from their lowest.
Axis differences(Axis axis) {
  return {axis.stride, 2 * axis.count - 1};
}
int64_t lowest_difference(Axis axis) {
  return -axis.stride * (axis.count - 1);
}

// Whether two rows of one array share a byte.
bool overlaps_itself(const Rows2& a, Budget& budget) {
  if (a.bytes == 0) return false;
  if (a.inner.count > 1 && a.inner.stride < a.bytes) return true;
  if (a.outer.count == 1) return false;
  // Rows i apart, i > 0: that i counts from one.
  const int64_t origin = a.outer.stride + lowest_difference(a.inner);
  return any_between({a.outer.stride, a.outer.count - 1}, differences(a.inner), -a.bytes - origin,
                     a.bytes - origin, budget);
}

bool overlap(const Rows2& a, const Rows2& b, Budget& budget) {
  if (a.bytes == 0 || b.bytes == 0 || a.end() <= b.base || b.end() <= a.base) return false;
  const auto same = [](Axis x, Axis y) { return x.stride == y.stride && x.count == y.count; };
  // A row of b begins between (row of a) - b.bytes and (row of a) + a.bytes.
  if (same(a.outer, b.outer) && same(a.inner, b.inner)) {
    const int64_t origin = b.base - a.base + lowest_difference(a.outer) + lowest_difference(a.inner);
    return any_between(differences(a.outer), differences(a.inner), -b.bytes - origin, a.bytes - origin,
                       budget);
  }
  for (int64_t i = 0; i < a.outer.count; ++i)
    for (int64_t j = 0; j < a.inner.count; ++j) {
      const int64_t row = a.base + i * a.outer.stride + j * a.inner.stride - b.base;
      if (is_spent_on_another(budget) || any_between(b.outer, b.inner, row - b.bytes, row + a.bytes, budget))
        return true;
    }
  return false;
}

bool is_written(const Buffer& buffer) {
  return buffer.kind == BufferKind::Output || buffer.kind == BufferKind::LastOutput ||
         buffer.kind == BufferKind::FinalState;
}

// What is written at the end may take the place of what was read at the beginning.
bool may_replace(const Buffer& written, const Buffer& read) {
  const bool pair = (written.kind == BufferKind::FinalState && read.kind == BufferKind::InitialState) ||
                    (written.kind == BufferKind::LastOutput && read.kind == BufferKind::PreviousOutput);
  return pair && written.name == read.name;
}

std::string name(const Buffer& buffer) {
  std::string kind(name_of(buffer.kind));
  std::replace(kind.begin(), kind.end(), '_', ' ');
  return buffer.name.empty() ? "the " + kind : fmt::format("{} '{}'", kind, buffer.name);
}

class LayoutCheck {
 public:
  LayoutCheck(std::span<const Buffer> arguments, Diagnostics& diagnostics)
      : arguments_(arguments), diagnostics_(diagnostics), rows_(arguments.size()) {}

  void check_alone(size_t i, const rondo_array& array, int64_t batch, int64_t time) {
    const Buffer& buffer = arguments_[i];
    if (buffer.rows == Rows::Steps && time == 0) return;  // it has no elements
    const auto address = reinterpret_cast<uintptr_t>(array.data);
    const auto size = static_cast<uintptr_t>(size_of(buffer.dtype));
    if (address % size != 0)
      return diagnostics_.error(
          fmt::format("{} lies at an address that {} does not divide, the size of its elements; copy it to "
                      "memory that is aligned",
                      name(buffer), size));
    rows_[i] = lay(buffer, array, batch, time);
    if (!rows_[i])
      return diagnostics_.error(
          fmt::format("the strides of {} reach further than any memory: {} from sample to sample, {} from "
                      "step to step, in elements",
                      name(buffer), array.batch_stride, array.time_stride));
    if (is_written(buffer) && overlaps_itself(*rows_[i], budget_))
      diagnostics_.error(
          fmt::format("rows of {}{} overlap one another: rows of {} elements need strides that keep them "
                      "apart; found {} from sample to sample, {} from step to step",
                      name(buffer), perhaps(), buffer.elements, array.batch_stride, array.time_stride));
  }

  void check_pair(size_t written, size_t other, std::span<const rondo_array> arrays) {
    if (!rows_[written] || !rows_[other]) return;
    const auto is_same = [](const Rows2& a, const Rows2& b) {
      return a.base == b.base && a.outer.stride == b.outer.stride && a.inner.stride == b.inner.stride;
    };
    if (may_replace(arguments_[written], arguments_[other]) && is_same(*rows_[written], *rows_[other]) &&
        (arrays[written].batch_stride < 0) == (arrays[other].batch_stride < 0))
      return;
    if (overlap(*rows_[written], *rows_[other], budget_))
      diagnostics_.error(
          fmt::format("{} and {}{} share memory; what a call writes must lie apart from all else",
                      name(arguments_[written]), name(arguments_[other]), perhaps()));
  }

 private:
  const char* perhaps() const { return budget_ < 0 ? ", of too many rows to be sure, may" : ""; }

  std::span<const Buffer> arguments_;
  Diagnostics& diagnostics_;
  Budget budget_ = most_rows;
  std::vector<std::optional<Rows2>> rows_;  // nothing: not checked, or wrong
};

}  // namespace

void check_layout(std::span<const Buffer> arguments, std::span<const rondo_array> arrays, int64_t batch,
                  int64_t time, Diagnostics& diagnostics) {
  if (batch == 0) return;
  LayoutCheck check(arguments, diagnostics);
  // A call keeps weights itself.
  const auto is_callers = [&](size_t i) { return arguments[i].kind != BufferKind::Weight; };
  for (size_t i = 0; i < arrays.size(); ++i)
    if (is_callers(i)) check.check_alone(i, arrays[i], batch, time);
  for (size_t i = 0; i < arrays.size(); ++i) {
    if (!is_written(arguments[i])) continue;
    for (size_t j = 0; j < arrays.size(); ++j)
      if (is_callers(j) && j != i && !(is_written(arguments[j]) && j < i)) check.check_pair(i, j, arrays);
  }
}

}  // namespace rondo::engine
